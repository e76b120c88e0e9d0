"""What a server answers to SEARCH and FETCH -> UIDs and their attributes (RFC 9051, 7.3.4 and 7.5.2).

`IMAPClient.search` raises at a second SEARCH line; `IMAPClient.fetch` does not fold ranges, loses what came before a
NO, and takes a sequence number for a UID when the UID is missing. So the commands go through imaplib's documented
`uid`, and the answers are read here, each by itself: one that cannot be read costs no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import ProtocolError
from imapclient.response_parser import parse_fetch_response

from poller.mailbox.client import Client
from poller.mailbox.connection import SLOWEST, STEP_SECONDS, Connection

_MONTHS = {name: n for n, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)}
_NUMBER = rb"(0|[1-9]\d{0,9})"
_DESCRIBED = re.compile(
    rb"([1-9]\d{0,9}) \("
    rb"(?:(?:UID " + _NUMBER + rb'|INTERNALDATE "([ \d]\d)-([A-Z][a-z]{2})-([12]\d{3}) (\d\d):(\d\d):(\d\d) '
    rb'([+-])(\d\d)(\d\d)"|RFC822\.SIZE ' + _NUMBER + rb")(?: (?=[A-Z])|(?=\)))){3}\)"
)
_FETCHED = re.compile(rb"([1-9]\d{0,9}) \(UID " + _NUMBER + rb" (BODY\[\](?:<\d{1,10}>)?) \{\d{1,10}\}")
_MODSEQ = re.compile(rb"\(MODSEQ \d+\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What one FETCH answer said about one UID; the attributes by the server's names for them, in upper case."""

    uid: int
    attributes: dict[bytes, Any]

    def starting(self, name: bytes) -> bytes | None:
        """The attribute of that name, with or without an offset (`BODY[]<0>`); None for NIL, or if it is not there."""
        found = next((value for key, value in self.attributes.items() if key.startswith(name)), None)
        return found if isinstance(found, bytes) else None


def search(connection: Connection, doing: str, criteria: str) -> list[int]:
    """UID SEARCH -> UIDs, ascending, from however many SEARCH lines."""

    def command(client: Client) -> list[int]:
        kind, lines = client._imap.uid("SEARCH", criteria)  # noqa: SLF001 - see above
        found = b" ".join(line or b"" for line in _checked("search", kind, lines))
        return sorted({int(uid) for uid in _MODSEQ.sub(b"", found).split()})

    return connection.ask(doing, command)


def fetch(connection: Connection, doing: str, uids: str, what: str, octets: int = 0) -> list[Item]:
    """UID FETCH -> what came. A NO after some answers (a message vanished) loses none of them.

    `octets` is how much is to come, as far as that is known: the time for it depends on that.
    """

    def command(client: Client) -> list[Any]:
        imap = client._imap  # noqa: SLF001 - see above
        imap.response("FETCH")  # what came unasked for until now
        kind, answers = imap.uid("FETCH", uids, what)
        came = answers if kind == "OK" else imap.response("FETCH")[1]
        return list(came if came != [None] else _checked("fetch", kind, answers if kind != "OK" else []))

    return list(_items(connection.ask(doing, command, STEP_SECONDS + octets / SLOWEST)))


def _checked(name: str, kind: str, answer: list[Any]) -> list[Any]:
    if kind != "OK":
        text = (answer[0] or b"").decode("utf-8", "replace")
        raise IMAPClient.Error(f"{name} failed: {text}")
    return answer


def _items(answers: list[Any]) -> Iterator[Item]:
    for answer in _split(answers):
        if plain := _plain(answer[0]) or _whole(answer):
            yield plain
        else:
            yield from _parsed(answer)


def _parsed(answer: list[Any]) -> Iterator[Item]:
    try:
        # By sequence number, or an answer without a UID would pass for the UID of the same number.
        parsed = parse_fetch_response(answer, normalise_times=False, uid_is_key=False)
    except (ProtocolError, ValueError, ArithmeticError, RecursionError):  # a date that no clock tells, deep lists
        return
    for attributes in parsed.values():
        if b"UID" in attributes:
            yield Item(uid=attributes.pop(b"UID"), attributes=attributes)


def _plain(answer: Any) -> Item | None:  # noqa: ANN401 - text, or text and a literal
    """What dates and sizes are asked for answers nearly always; None is left to the parser, which takes ten times as
    long.
    """
    found = _DESCRIBED.fullmatch(answer) if isinstance(answer, bytes) else None
    if not found or None in (texts := found.groups()):
        return None
    sequence, uid, day, month, year, hour, minute, second, sign, hours, minutes, size = texts
    if month not in _MONTHS or (sign == b"-" and not int(hours + minutes)):
        return None
    try:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(-offset if sign == b"-" else offset)
        date = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=zone)
    except ValueError:
        return None
    return Item(uid=int(uid), attributes={b"SEQ": int(sequence), b"INTERNALDATE": date, b"RFC822.SIZE": int(size)})


def _whole(answer: list[Any]) -> Item | None:
    """What messages are asked for answers nearly always; None is left to the parser, which takes five times as long."""
    if len(answer) != 2 or answer[1] != b")" or not isinstance(answer[0], tuple):  # noqa: PLR2004 - a literal, and the end
        return None
    found = _FETCHED.fullmatch(answer[0][0])
    if not found:
        return None
    sequence, uid, name = found.groups()
    return Item(uid=int(uid), attributes={b"SEQ": int(sequence), name: answer[0][1]})


def _split(answers: list[Any]) -> Iterator[list[Any]]:
    """What imaplib returns -> a list for each answer: pairs of text and literal, then always a text without one."""
    answer: list[Any] = []
    for part in answers:
        answer.append(part)
        if not isinstance(part, tuple):
            yield answer
            answer = []
