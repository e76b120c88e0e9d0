"""What a mail server said -> what to set, alike for the mailbox and for notices."""

from datetime import UTC, datetime

import pytest

from poller.checking.finding import Checked
from poller.checking.unreached import not_reached, tls_first
from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.settings import ImapSettings, OAuthSettings, Security, SmtpSettings, load_settings
from tests.servers.ports import free_port

WHERE = {"host": "127.0.0.1", "username": "anna", "password": ""}
IMAP = {"folder": "INBOX", **WHERE}
URL = "https://login.example/token"
TOKENS = OAuthSettings(token_url=URL, client_id="a", client_secret="", refresh_token="r", scope="")


@pytest.fixture
def checked(tmp_path):
    path = tmp_path / "settings.env"
    path.write_text(
        "FILING_ADDRESS=a@in.example.com\nACTIVITY_TYPE=E-mail\nACTIVITY_STATUS=done\nIMAP_HOST=127.0.0.1\n"
        "IMAP_USERNAME=anna\nIMAP_PASSWORD_FILE=word\n"
    )
    (tmp_path / "word").write_text("secret\n")
    return Checked(settings=load_settings(path, {}), path=path, now=datetime.now(UTC))


def imap(security=Security.TLS, oauth=None):
    return ImapSettings(port=free_port(), security=security, oauth=oauth, **IMAP)


def smtp(security=Security.STARTTLS, oauth=None):
    return SmtpSettings(port=free_port(), security=security, oauth=oauth, **WHERE)


@pytest.mark.parametrize(
    ("server", "error", "subject", "remedy"),
    [
        (imap(), LoginRefused("no."), "mailbox", "IMAP_USERNAME=anna and the first line of {word} as "),
        (smtp(), LoginRefused("no."), "notices", "SMTP_USERNAME=anna and SMTP_PASSWORD=… as the server knows them"),
        (imap(oauth=TOKENS), LoginRefused("no."), "mailbox", "IMAP_USERNAME=anna is to be the mailbox that the token"),
        (smtp(oauth=TOKENS), LoginRefused("no."), "notices", "SMTP_USERNAME=anna is to be the mailbox that the token"),
        (imap(oauth=TOKENS), Transient(f"{URL}: 503"), "mailbox", "see OAuth 2.0 above"),
        (smtp(), Transient("SMTP_HOST: the name x cannot be resolved now"), "notices", "SMTP_HOST=… with a name"),
        (imap(), ConfigurationError("IMAP_FOLDER: there is none"), "mailbox", "IMAP_FOLDER=INBOX"),
        (imap(Security.PLAIN), ConfigurationError("use IMAP_SECURITY=tls."), "mailbox", "IMAP_SECURITY=starttls"),
        (smtp(), ConfigurationError("SMTP_USERNAME: no login"), "notices", "SMTP_SECURITY=starttls and SMTP_PORT=587"),
        (imap(), Transient("refused; it is tried again."), "mailbox", "IMAP_PORT="),
        (smtp(), Transient("refused; it is tried again."), "notices", "SMTP_PORT="),
    ],
)  # fmt: skip
def test_what_was_said_leads_to_the_line_to_set(checked, server, error, subject, remedy):
    found = not_reached(checked, server, error)
    assert (found.ok, found.subject) == (False, subject)
    assert found.remedy.startswith(remedy.format(word=checked.path.parent / "word")), found.remedy
    assert "tried again" not in found.sentence


@pytest.mark.parametrize(("server", "subject", "key"), [(imap(), "mailbox", "IMAP"), (smtp(), "notices", "SMTP")])
def test_a_server_that_waits_for_tls_is_told_with_the_setting_that_does_not(server, subject, key):
    found = tls_first(server)
    assert (found.ok, found.subject, found.remedy) == (False, subject, f"{key}_SECURITY=tls")
    assert f"{key}_SECURITY={server.security} does not begin" in found.sentence
