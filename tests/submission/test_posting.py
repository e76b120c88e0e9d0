"""One message for several recipients, and what each of them came to."""

from __future__ import annotations

import pytest

from poller.errors import LoginRefused, Transient
from poller.submission.posting import post
from tests.servers.smtp import HANG_UP, ScriptedSmtp

ONE, OTHER = "1001.mycompany@in.example.com", "mycompany+1001@in.example.com"
LETTER = b"Subject: Probe\r\n\r\n.dot\r\n"


@pytest.mark.parametrize(
    ("answers", "accepted", "refused"),
    [
        ({}, (ONE, OTHER), []),
        ({"MAIL": "553 not yours"}, (), [(ONE, "553", "MAIL"), (OTHER, "553", "MAIL")]),
        ({f"RCPT TO:<{OTHER}": "550 unknown"}, (ONE,), [(OTHER, "550", "RCPT")]),
        ({"RCPT": "451 later"}, (), [(ONE, "451", "RCPT"), (OTHER, "451", "RCPT")]),
        ({"DATA": "554 no"}, (), [(ONE, "554", "DATA"), (OTHER, "554", "DATA")]),
        ({".": "554 spam"}, (), [(ONE, "554", "the message"), (OTHER, "554", "the message")]),
        (
            {f"RCPT TO:<{OTHER}": "550 unknown", ".": "554 spam"},
            (),
            [(OTHER, "550", "RCPT"), (ONE, "554", "the message")],
        ),
    ],
)
def test_each_recipient_is_accepted_or_refused_with_the_servers_words(answers, accepted, refused):
    with ScriptedSmtp(answers=answers) as server:
        posted = post(server.settings(), "anna@acme.fi", (ONE, OTHER), LETTER)
    assert posted.accepted == accepted
    assert [(one.recipient, str(one.reply)[:3], one.stage) for one in posted.refused] == refused
    assert [taken.message for taken in server.taken] == ([LETTER] if accepted else [])
    assert server.commands()[1] == "MAIL"
    assert "MAIL FROM:<anna@acme.fi>" in server.said


def test_addresses_beyond_ascii_ask_for_what_they_need():
    with ScriptedSmtp() as server:
        post(server.settings(), "änna@acme.fi", (ONE,), LETTER)
    assert "MAIL FROM:<änna@acme.fi> SMTPUTF8" in server.said


@pytest.mark.parametrize(
    ("answers", "error"),
    [({"RCPT": HANG_UP}, Transient), ({"AUTH": "535 no"}, LoginRefused), ({"EHLO": "421"}, Transient)],
)
def test_a_server_that_breaks_off_or_refuses_the_login_raises(answers, error):
    with ScriptedSmtp(answers=answers, extensions=("AUTH PLAIN",)) as server, pytest.raises(error):
        post(server.settings(username="anna", password="x"), "anna@acme.fi", (ONE,), LETTER)
