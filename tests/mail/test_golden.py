"""Every golden message reads as the JSON beside it says; a key that the JSON leaves out is not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poller.child.expanding import ChildExpander
from poller.mail.reader import read_message

GOLDEN = Path(__file__).parent / "golden"


def shown(message):
    return {
        "author": message.author and [message.author.name, message.author.key],
        "recipients": [[r.role.value, r.mailbox.name, r.mailbox.key] for r in message.recipients],
        "subject": message.subject,
        "date": message.date and message.date.isoformat(),
        "message_id": message.message_id,
        "in_reply_to": list(message.in_reply_to),
        "references": list(message.references),
        "text": message.text,
        "quoted": None if message.quoted_from is None else message.text[message.quoted_from :],
        "signature": None if message.signature_from is None else message.text[message.signature_from :],
        "forwarded": [forwarded(one) for one in message.forwarded],
        "html": message.html,
        "attachments": [[a.name, a.content_type, a.size, a.inline] for a in message.attachments],
        "sha256": [a.sha256 for a in message.attachments],
        "calendar": [event(one) for one in message.calendar],
        "malformed": message.malformed,
        "defects": list(message.defects),
    }


def forwarded(one):
    """`inline`, who wrote it, to whom, about what, when, and its Message-ID."""
    people = [[r.role.value, r.mailbox.name, r.mailbox.address] for r in one.recipients]
    author = one.author and [one.author.name, one.author.address]
    return [one.kind.value, author, people, one.subject, one.date and one.date.isoformat(), one.message_id]


def event(one):
    """What it says, without what it does not say."""
    said = {name: getattr(one, name) for name in one.__dataclass_fields__ if getattr(one, name)}
    people = [[a.mailbox.name, a.mailbox.address, a.response] for a in one.attendees]
    organizer = one.organizer and [one.organizer.name, one.organizer.address]
    return said | {key: value for key, value in (("attendees", people), ("organizer", organizer)) if value}


@pytest.fixture(scope="module")
def expander():
    with ChildExpander() as expander:
        yield expander


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.eml")), ids=lambda path: path.stem)
def test_a_golden_message_reads_as_expected(path, expander):
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    twin = expected.pop("same_identity_as", None)
    message = read_message(path.read_bytes(), expander=expander if "calendar" in expected else None)
    found = shown(message)
    assert {key: found[key] for key in expected} == expected
    assert twin is None or message.identity == read_message((GOLDEN / twin).read_bytes()).identity
