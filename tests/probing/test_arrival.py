"""What is found in the mailbox -> copies and reports."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from poller.mail.message import Fetched, MessageRef
from poller.mailbox.seeking import Sighted
from poller.probing.arrival import Arrived, Bounce

NONCE = "0123456789ab"
DOT = f"probe-{NONCE}.mycompany@in.example.com"


def sighted(source, uid=1):
    fetched = Fetched(
        ref=MessageRef(mailbox="m", uidvalidity=1, uid=uid),
        internal_date=datetime(2026, 3, 2, tzinfo=UTC),
        size=len(source),
        source=source,
    )
    return Sighted(folder="INBOX", fetched=fetched)


def joined(*sources):
    arrived = Arrived()
    for source in sources:
        arrived = arrived.joined_by(sighted(source), NONCE, 1.0)
    return arrived


COPY = f"X-Original-To: {DOT}\r\nSubject: mailfiler probe {NONCE}\r\n\r\nx\r\n".encode()


@pytest.mark.parametrize(
    ("source", "copies"),
    [
        (COPY, 1),
        (COPY.replace(b"Subject: ", b"Subject: [EXTERNAL] "), 1),
        (COPY.replace(b"Subject: mail", b"Subject: =?utf-8?Q?=5BEXTERN=5D?= mail"), 1),
        (f"Subject: Re: something else\r\nIn-Reply-To: <probe-{NONCE}@acme.fi>\r\n\r\nx\r\n".encode(), 0),
        (f"Subject: hello\r\n\r\n{NONCE}\r\n".encode(), 0),
    ],
)
def test_a_copy_has_the_nonce_in_its_subject(source, copies):
    assert len(joined(source).copies) == copies


def test_the_same_message_in_two_folders_is_one_copy():
    assert len(joined(COPY, COPY).copies) == 1
    assert len(joined(COPY, COPY.replace(b"probe-", b"other-")).copies) == 2


@pytest.mark.parametrize(
    ("status", "bounces"),
    [
        (
            f"Final-Recipient: rfc822; {DOT}\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no\r\n",
            [Bounce(recipient=DOT, words="550 no")],
        ),
        (f"Final-Recipient: RFC822;<{DOT.upper()}>\r\nStatus: 5.1.1\r\n", [Bounce(recipient=DOT, words="")]),
        (
            f"Final-Recipient: rfc822; {DOT}\r\nDiagnostic-Code: smtp; 550 one\r\n\r\nFinal-Recipient: rfc822; x@y\r\n",
            [Bounce(recipient=DOT, words="550 one")],
        ),
        ("Diagnostic-Code: smtp; 550 before any recipient\r\n", []),
        ("Final-Recipient: rfc822; anna@acme.fi\r\n", []),
    ],
)
def test_a_report_names_whom_it_is_about_and_quotes_the_server(status, bounces):
    report = "Content-Type: Multipart/Report; boundary=b\r\nSubject: Undelivered\r\n\r\n--b\r\n\r\n" + status
    assert list(joined(report.encode()).bounces) == bounces
    assert list(joined(report.encode(), report.encode()).bounces) == bounces


def test_an_address_is_named_by_a_header_or_by_a_report_and_not_by_a_text():
    text = COPY.replace(DOT.encode(), b"x").replace(b"\r\nx\r\n", f"\r\n{DOT}\r\n".encode())
    assert joined(COPY).named([DOT, "other@in.example.com"]) == {DOT}
    assert joined(text).named([DOT]) == set()
