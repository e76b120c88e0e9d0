"""A digest -> the message to the administrator: plain text, in English, and as short as the day allows."""

from __future__ import annotations

import binascii
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from poller.filing.digest import Digest, Line, Span, total
from poller.filing.reasons import Outcome
from poller.mail.fields.words import one_line
from poller.notices.fields import address_field, field, id_field, text_field

_ABOUT = {
    Outcome.QUARANTINED: "refused; look whether something good is among them",
    Outcome.REVIEW: "nothing says where these belong",
    Outcome.HELD: "the mailbox was rebuilt, and these wait for your word",
    Outcome.DEFERRED: "these stay in the inbox, and are tried again by themselves",
    Outcome.REJECTED: "refused for a mistake that the sender can mend",
}
_MOST_ADDRESSES = 3
_AUTHOR, _SUBJECT, _ADDRESS, _WHY = 80, 80, 80, 300  # characters of each that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What the message needs besides the numbers. `mailbox` is in words."""

    author: str
    recipient: str
    message_id: str
    mailbox: str
    now: datetime


def compose_digest(digest: Digest, letter: Letter) -> bytes:
    """The octets: 7 bit, CRLF, short lines; marked as ours and as automatic (RFC 3834, 5), so that nothing answers."""
    header = (
        address_field("From", letter.author, "Mailfiler"),
        address_field("To", letter.recipient),
        text_field("Subject", _subject(digest)),
        field("Date", format_datetime(letter.now)),
        id_field("Message-ID", f"<{letter.message_id}>"),
        field("Auto-Submitted", "auto-generated"),
        field("X-Auto-Response-Suppress", "All"),
        field("X-Mailfiler-Notice", "digest"),
        field("MIME-Version", "1.0"),
        field("Content-Type", "text/plain; charset=utf-8"),
        field("Content-Transfer-Encoding", "quoted-printable"),
    )
    text = "".join(f"{line}\r\n" for line in _text(digest, letter))
    return "".join(header).encode("ascii") + b"\r\n" + binascii.b2a_qp(text.encode())


def _subject(digest: Digest) -> str:
    totals = [(total(digest.counts, outcome), outcome) for outcome in Outcome]
    came = ", ".join(f"{number} {outcome}" for number, outcome in totals if number)
    return f"mailfiler, {_days(digest.span)}: {came or 'nothing came in'}"


def _days(span: Span) -> str:
    first, last = span.since.date(), (span.until - timedelta(days=1)).date()
    return f"{first}" if first == last else f"{first} to {last}"


def _text(digest: Digest, letter: Letter) -> Iterator[str]:
    yield from (f"Mailbox: {letter.mailbox}", f"Time:    {_days(digest.span)} (UTC)", "")
    for count in digest.counts:
        reason = f": {count.reason}" if count.reason not in {None, count.outcome} else ""
        yield f"{count.number:7,}  {count.outcome}{reason}"
    if not digest.counts:
        yield "Nothing came in."
    for outcome, lines in digest.lines.items():
        yield from _section(outcome, lines, total(digest.counts, outcome))
    yield from _notices(digest)
    if digest.lines:
        yield from _closer(digest)
    yield from (
        "",
        "This comes every day, also when nothing came in: a day without it means that mailfiler",
        "does not run, or cannot send. ADMIN_ADDRESS in its settings says who gets it.",
    )


def _section(outcome: Outcome, lines: tuple[Line, ...], number: int) -> Iterator[str]:
    yield from ("", f"{outcome.capitalize()}: {number:,}; {_ABOUT[outcome]}.")
    yield from (_in_words(line) for line in lines)
    if number > len(lines):
        yield f"  and {number - len(lines):,} more: mailfiler messages --outcome {outcome}"


def _in_words(line: Line) -> str:
    """One line, whatever strangers wrote."""
    author = _short(line.author or "nobody", _AUTHOR)
    subject = f'"{_short(line.subject, _SUBJECT)}"' if line.subject else "no subject"
    named = ", ".join(_short(address, _ADDRESS) for address in line.recipients[:_MOST_ADDRESSES])
    more = len(line.recipients) - _MOST_ADDRESSES
    to = f" to {named}{f' and {more} more' if more > 0 else ''}" if named else ""
    which = f"{line.arrived:%Y-%m-%d %H:%M} UID {line.uid} (ID {line.id})"
    return f"  {which} from {author}, {subject}{to}: {_short(line.why, _WHY)}"


def _short(text: str, most: int) -> str:
    text = one_line(text[: most + 1])
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _notices(digest: Digest) -> Iterator[str]:
    """How many senders were told, and which rules kept how many others from it."""
    if not digest.notices:
        return
    states = Counter[str]()
    for told in digest.notices:
        states[told.state] += told.number
    rules = ", ".join(f"{told.rule} {told.number:,}" for told in digest.notices if told.rule)
    named = {"sent": "sent", "pending": "waiting", "failed": "failed", "suppressed": f"suppressed ({rules})"}
    yield from ("", "Notices: " + ", ".join(f"{states[one]:,} {word}" for one, word in named.items() if states[one]))


def _closer(digest: Digest) -> Iterator[str]:
    yield from ("", "To look closer:")
    yield from (f"  mailfiler messages --outcome {outcome}" for outcome in digest.lines)
    yield f"  mailfiler explain {next(iter(digest.lines.values()))[0].uid}"
