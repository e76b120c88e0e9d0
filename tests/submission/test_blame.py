"""What servers answer, in their own words."""

from __future__ import annotations

import pytest

from poller.submission.blame import is_about_sender, wants_login
from poller.submission.reply import Reply


@pytest.mark.parametrize(
    ("stage", "code", "text"),
    [
        ("MAIL", 501, "5.1.7 Bad sender address syntax"),
        ("MAIL", 550, "5.7.1 no empty envelope here"),
        ("MAIL", 553, "sorry"),
        ("MAIL", 555, "5.5.2 Syntax error"),
        ("RCPT", 553, "5.7.1 <>: Sender address rejected: not owned by user anna"),
        ("RCPT", 550, "5.1.8 <>: domain not found"),
        ("RCPT", 550, "5.7.60 SMTP; Client does not have permissions to send as this sender"),
        ("RCPT", 550, "Null return path is not allowed for authenticated users"),
        ("the message", 554, "5.2.252 SendAsDenied; anna@example.com not allowed to send as"),
        ("the message", 554, "5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied"),
        ("the message", 550, "5.7.1 Envelope-from <> not permitted"),
        ("the message", 551, "5.7.1 Not authorised to send from this header address"),
    ],
)
def test_f36_a_refusal_of_the_sender(stage, code, text):
    assert is_about_sender(Reply(code, text), stage)


@pytest.mark.parametrize(
    ("stage", "code", "text"),
    [
        ("MAIL", 451, "4.1.8 Sender domain not found"),
        ("MAIL", 552, "Message size exceeds fixed limit"),
        ("MAIL", 554, "5.3.4 Message too big for system"),
        ("RCPT", 550, "5.1.1 <anna@example.com>: Recipient address rejected: User unknown"),
        ("RCPT", 550, "No such user here"),
        ("RCPT", 554, "5.7.1 <anna@example.com>: Relay access denied"),
        ("DATA", 554, "5.5.1 no valid recipients"),
        ("the message", 554, "5.7.1 spam"),
        ("the message", 250, "2.0.0 from <> to <anna@example.com> queued"),
    ],
)
def test_a_refusal_of_something_else(stage, code, text):
    assert not is_about_sender(Reply(code, text), stage)


@pytest.mark.parametrize(("code", "wants"), [(530, True), (534, True), (538, True), (550, False), (250, False)])
def test_a_login_that_is_missing(code, wants):
    assert wants_login(Reply(code, "5.7.0")) is wants
