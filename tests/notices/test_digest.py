"""The daily digest: what an administrator reads, and that no stranger writes in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from poller.filing.digest import LISTED, Count, Digest, Line, Span, Told
from poller.filing.reasons import Outcome
from poller.notices.digest import Letter, compose_digest

GOLDEN = Path(__file__).parent / "golden"
DAY = datetime(2026, 11, 21, tzinfo=UTC)
LETTER = Letter(
    author="mailer-daemon@in.example.com",
    recipient="admin@mycompany.example",
    message_id=f"{40 * '0'}@in.example.com",
    mailbox="catchall on mail.example.com",
    now=datetime(2026, 11, 22, 0, 0, 41, tzinfo=UTC),
)
UNPROVEN = (
    "nothing proves that the author may use acme.fi; the sender's administrator can sign with DKIM (d=acme.fi), "
    "or add the server 192.0.2.10 to the SPF record"
)


def span(days: int = 1) -> Span:
    return Span(since=DAY - timedelta(days=days - 1), until=DAY + timedelta(days=1))


def count(outcome: Outcome, number: int, reason: str | None = None) -> Count:
    return Count(outcome=outcome, reason=reason, number=number)


def line(number: int = 1, **values: object) -> Line:
    plain = {
        "id": 4700 + number,
        "uid": 810 + number,
        "arrived": DAY + timedelta(hours=9, minutes=number),
        "author": "anna@acme.fi",
        "subject": "Harbour",
        "recipients": ("1001.mycompany@in.example.com",),
        "why": UNPROVEN,
    }
    return Line(**plain | values)


def digest(*counts: Count, notices=(), days: int = 1, **lines: list[Line]) -> Digest:
    found = {outcome: tuple(lines[outcome]) for outcome in LISTED if outcome in lines}
    return Digest(span=span(days), counts=counts, lines=found, notices=notices)


def text(of: Digest) -> str:
    return message_from_bytes(compose_digest(of, LETTER), policy=default).get_content()


def subject(of: Digest) -> str:
    return message_from_bytes(compose_digest(of, LETTER), policy=default)["Subject"]


BUSY = digest(
    count(Outcome.FILED, 1_208),
    count(Outcome.FILED, 3, "recipient-invalid"),
    count(Outcome.DUPLICATE, 11),
    count(Outcome.REJECTED, 1, "recipient-invalid"),
    count(Outcome.REJECTED, 1, "no-subject"),
    count(Outcome.QUARANTINED, 23, "authentication-failed"),
    count(Outcome.IGNORED, 9, "ignored"),
    count(Outcome.REVIEW, 1, "no-filing-address"),
    count(Outcome.DEFERRED, 1, "authentication-unavailable"),
    count(Outcome.HELD, 1),
    quarantined=[line(1), line(2, author="jörg@bücher.example", subject="Väylä № 7 — 岸壁")],
    review=[line(3, recipients=(), author=None, why="no filing address in any header field; see RECIPIENT_HEADERS")],
    held=[line(4, why="the mailbox was rebuilt, and this message is older than that and was never seen before")],
    deferred=[line(5, why="the DNS of acme.fi does not answer")],
    rejected=[
        line(6, recipients=tuple(f"{n}.mycompany@in.example.com" for n in range(9001, 9006)), why="there is no 9001"),
        line(7, subject=None, why="the subject is missing or blank"),
    ],
    notices=(
        Told(state="sent", rule=None, number=3),
        Told(state="failed", rule=None, number=1),
        Told(state="suppressed", rule="Q17", number=4),
        Told(state="suppressed", rule="Q5", number=1),
        Told(state="pending", rule=None, number=2),
    ),
)
GOLDENS = {
    "digest-busy": BUSY,
    "digest-quiet": digest(),
    "digest-gap": digest(count(Outcome.FILED, 2), notices=(Told(state="sent", rule=None, number=1),), days=4),
}


@pytest.mark.parametrize("name", GOLDENS)
def test_the_octets_are_those_of_the_golden_file(name: str) -> None:
    octets = compose_digest(GOLDENS[name], LETTER)
    assert octets.replace(b"\r\n", b"\n").decode("ascii") == (GOLDEN / f"{name}.eml").read_text()


@pytest.mark.parametrize("name", GOLDENS)
def test_it_is_7_bit_with_short_lines_and_parses_without_defects(name: str) -> None:
    octets = compose_digest(GOLDENS[name], LETTER)
    assert octets.isascii()
    assert octets.count(b"\n") == octets.count(b"\r\n") == octets.count(b"\r")
    assert all(len(one) <= 78 for one in octets.split(b"\r\n"))
    parsed = message_from_bytes(octets, policy=default)
    assert not parsed.defects
    assert not [name for name, value in parsed.items() if value.defects]


def test_nobody_answers_it_and_it_is_known_as_our_own() -> None:
    parsed = message_from_bytes(compose_digest(BUSY, LETTER), policy=default)
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["X-Auto-Response-Suppress"] == "All"
    assert parsed["X-Mailfiler-Notice"] == "digest"
    assert parsed["Message-ID"] == f"<{LETTER.message_id}>"
    assert (parsed["From"].addresses[0].addr_spec, parsed["To"]) == (LETTER.author, LETTER.recipient)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (digest(), "mailfiler, 2026-11-21: nothing came in"),
        (digest(count(Outcome.FILED, 1)), "mailfiler, 2026-11-21: 1 filed"),
        (digest(days=3), "mailfiler, 2026-11-19 to 2026-11-21: nothing came in"),
        (
            digest(count(Outcome.HELD, 1), count(Outcome.FILED, 2), count(Outcome.FILED, 3, "retired-address")),
            "mailfiler, 2026-11-21: 5 filed, 1 held",
        ),
    ],
)
def test_the_subject_says_it_all_on_a_quiet_day(of: Digest, expected: str) -> None:
    assert subject(of) == expected


def test_what_is_not_named_is_counted() -> None:
    of = digest(count(Outcome.QUARANTINED, 500, "no-user"), quarantined=[line(number) for number in range(100)])
    assert "  and 400 more: mailfiler messages --outcome quarantined" in text(of).splitlines()
    assert text(of).count(" UID ") == 100


HOSTILE = [
    "Hi\r\nBcc: victim@x.example",
    "Hi\nQuarantined: 0; nothing to see here.",
    "Hi\x1b[2J\x07\x00",
    "Hi\u202egnp.exe",
    "Hi\ud800",
    "=?utf-8?q?Hi=0D=0ABcc:_x?=",
    "Hi\u2028there",
    "H" * 1_000_000,
]


@pytest.mark.parametrize("said", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("where", ["author", "subject", "recipients", "why"])
def test_what_strangers_wrote_stays_on_its_line(where: str, said: str) -> None:
    hostile = line(**{where: (said,) if where == "recipients" else said})
    of = digest(count(Outcome.QUARANTINED, 1, "no-user"), quarantined=[hostile])
    plain = digest(count(Outcome.QUARANTINED, 1, "no-user"), quarantined=[line()])
    octets = compose_digest(of, LETTER)
    assert octets.isascii()
    read, usual = text(of).splitlines(), text(plain).splitlines()
    assert [a for a, b in zip(read, usual, strict=True) if a != b] == [read[6]]
    assert len(read[6]) < 1_000
    assert not {"\x1b", "\0", "\u202e", "\ud800"} & set(read[6])


def test_the_whole_is_bounded_whatever_strangers_wrote() -> None:
    long = "Ж" * 10_000
    worst = [line(n, author=long, subject=long, recipients=(long,) * 50, why=long) for n in range(100)]
    of = digest(count(Outcome.QUARANTINED, 10**6, "no-user"), quarantined=worst)
    assert len(compose_digest(of, LETTER)) < 500_000
