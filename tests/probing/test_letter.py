"""What is sent, and what a worker makes of it."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import pytest

from poller.filing.first_look import Looking, Unread
from poller.filing.reasons import Outcome, Reason
from poller.probing.letter import Probe, letter
from poller.settings.model import FilingAddress
from tests.workplace import Workplace

MYCOMPANY = FilingAddress(prefix="mycompany", domain="in.example.com")
WRITTEN = datetime(2026, 3, 2, 12, tzinfo=UTC)


def probe(sender="anna@acme.fi"):
    return Probe(nonce="0123456789ab", address=MYCOMPANY, sender=sender, forged_id="mx.example.com")


def read(source):
    message = email.message_from_bytes(source, policy=email.policy.default)
    assert message.defects == []
    return message


@pytest.mark.parametrize(
    ("sender", "to"),
    [
        ("anna@acme.fi", "anna@acme.fi"),
        ("mailer-daemon@in.example.com", "mailer-daemon@in.example.com"),
        ("MyCompany@in.example.com", "undisclosed-recipients:;"),
    ],
)
def test_it_is_addressed_to_its_sender_and_never_to_the_filing_address(sender, to):
    assert read(letter(probe(sender), WRITTEN))["To"] == to


def test_it_is_ascii_in_lines_that_every_server_takes():
    source = letter(probe(), WRITTEN)
    assert source.isascii()
    assert source.endswith(b"\r\n")
    assert max(map(len, source.split(b"\r\n"))) <= 78
    assert b"\n" not in source.replace(b"\r\n", b"")


@pytest.mark.parametrize("form", [0, 1])
@pytest.mark.parametrize("lost", ["X-Mailfiler-Notice", "Auto-Submitted", ""])
def test_a_worker_ignores_it_also_where_one_of_its_marks_was_lost(tmp_path, form, lost):
    settings = Workplace(folder=tmp_path).settings(UNKNOWN_PROJECT="store")
    source = f"X-Original-To: {list(probe().forms)[form]}\r\n".encode() + letter(probe(), WRITTEN)
    source = source.replace(f"{lost}:".encode(), b"X-Was:") if lost else source
    look = Looking(auth=settings.auth, routing=settings.routing).look(
        Unread(source=source, size=len(source), oversized=False)
    )
    assert look.screened.route.targets[0].target.number == "probe-0123456789ab"
    assert look.decision is not None
    assert (look.decision.outcome, look.decision.reason) == (Outcome.IGNORED, Reason.IGNORED)
