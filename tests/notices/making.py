"""Small makers of what a notice is made of, so that a test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default

from poller.filing.destination import Case
from poller.filing.reasons import Reason
from poller.mail.header import split_header
from poller.notices.compose import NoticeFacts
from poller.notices.texts import load_texts
from tests.filing.making import organization, project

ORIGINAL = (
    b"Received: from mail.acme.example (mail.acme.example [192.0.2.7])\r\n"
    b"\tby mx.in.example.com (Postfix) with ESMTPS id 4T1; Mon, 2 Mar 2026 11:59:58 +0000\r\n"
    b"From: Anna Aalto <anna@acme.example>\r\n"
    b"To: Bert <bert@globex.example>\r\n"
    b"Subject: Offer for the harbour\r\n"
    b"Date: Mon, 2 Mar 2026 13:59:57 +0200\r\n"
    b"Message-ID: <offer-1@acme.example>\r\n"
    b"\r\n"
    b"The body is nobody's business.\r\n"
)
TEXTS = load_texts(None)
FACTS = NoticeFacts(
    reason=Reason.RECIPIENT_INVALID,
    case=Case.UNKNOWN_PROJECT,
    address="1010.mycompany@in.example.com",
    organization=organization("mycompany@in.example.com", retired=("oldname@in.example.com",)),
    author="mailer-daemon@in.example.com",
    recipient="anna@acme.example",
    message_id="abcdefghijklmnop.qrstuvwxyz234567@in.example.com",
    hostname="mx.in.example.com",
    written=datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC),
    arrived=datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
    header=split_header(ORIGINAL),
    subject="Offer for the harbour",
    size=4_711,
    limit=100 << 20,
    filed=False,
    is_user=True,
    suggestion=None,
    texts=TEXTS,
)
HARBOUR = replace(project("1001"), name="Harbour renewal")


def facts(*, language: str = "en", **changes: object) -> NoticeFacts:
    changed = replace(FACTS, **changes)
    return replace(changed, organization=replace(changed.organization, notice_language=language))


def parsed(notice: bytes) -> EmailMessage:
    return message_from_bytes(notice, policy=default)


def defects_of(message: Message) -> list[object]:
    """Those of every part, and of every field where the policy knows any."""
    return [
        defect
        for part in message.walk()
        for owner in (part, *part.values())
        for defect in getattr(owner, "defects", [])
    ]
