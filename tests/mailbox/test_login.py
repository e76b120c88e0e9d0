from __future__ import annotations

import base64

import pytest

from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.mailbox.inbox import Inbox
from tests.mailbox.making import said_credentials
from tests.servers.dovecot import Kind
from tests.servers.scripted import HANG_UP, ScriptedServer


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        ("TAG NO [AUTHENTICATIONFAILED] wrong", LoginRefused, "refused the user anna: .AUTHENTICATIONFAILED. wrong"),
        ("TAG NO wrong", LoginRefused, "Check IMAP_USERNAME and IMAP_PASSWORD"),
        ("TAG NO [EXPIRED] change it", LoginRefused, "change it"),
        ("TAG NO [UNAVAILABLE] database down", Transient, "lets nobody in now"),
        ("TAG NO [INUSE] too many", Transient, "lets nobody in now"),
        ("TAG NO [LIMIT] later", Transient, "lets nobody in now"),
        ("TAG NO [ALERT] Too many simultaneous connections", Transient, "lets nobody in now"),
        ("TAG NO User is authenticated but not connected.", Transient, "but not connected; it is tried again"),
        ("TAG NO [CONTACTADMIN] locked", LoginRefused, "locked"),
        ("TAG BAD what", Transient, "while logging in"),
        ("* BYE too many connections", Transient, "too many connections"),
        (HANG_UP, Transient, "closed the connection"),
    ],
)
@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 AUTH=PLAIN"])
def test_a_refused_login_is_told_from_a_server_in_trouble(answer, error, sentence, capabilities):
    with (
        ScriptedServer(capabilities=capabilities, answers={"LOGIN|AUTHENTICATE": answer}) as server,
        pytest.raises(Transient, match=sentence) as raised,
    ):
        Inbox(server.settings())
    assert type(raised.value) is error or (error is Transient and not isinstance(raised.value, LoginRefused))


def test_a_server_that_wants_tls_before_a_password_says_so():
    with (
        ScriptedServer(answers={"LOGIN": "TAG NO [PRIVACYREQUIRED] no"}) as server,
        pytest.raises(ConfigurationError, match="wants TLS before a password"),
    ):
        Inbox(server.settings())


def test_where_no_passwords_are_taken_the_setting_is_wrong():
    with (
        ScriptedServer(capabilities="IMAP4rev1 LOGINDISABLED STARTTLS") as server,
        pytest.raises(ConfigurationError, match="takes no passwords"),
    ):
        Inbox(server.settings())
    assert not said_credentials(server)


def test_a_password_may_hold_any_character(dovecot_of):
    dovecot = dovecot_of(Kind(password='pä"ss\\wörd€'))
    with Inbox(dovecot.settings(dovecot.user())) as inbox:
        assert inbox.uidnext == 1


@pytest.mark.parametrize(("username", "password"), [("anna", "pässword"), ("ännä", "x"), ("anna\r\nA1 LOGOUT", "x")])
def test_login_alone_cannot_carry_everything(username, password):
    with ScriptedServer() as server, pytest.raises(ConfigurationError, match="printable ASCII"):
        Inbox(server.settings(username=username, password=password))
    assert not said_credentials(server)


def test_login_quotes_name_and_password():
    with ScriptedServer() as server, Inbox(server.settings(username='an "na', password='a\\b "c')):
        assert said_credentials(server) == ['LOGIN "an \\"na" "a\\\\b \\"c"']


def test_the_error_of_a_login_does_not_hold_the_password():
    with (
        ScriptedServer(capabilities="IMAP4rev1 AUTH=PLAIN", answers={"AUTHENTICATE": "TAG NO no"}) as server,
        pytest.raises(LoginRefused) as raised,
    ):
        Inbox(server.settings(password="hunter2hunter2"))
    assert "hunter2" not in str(raised.value)
    assert base64.b64encode(b"hunter2").decode() not in str(raised.value)
