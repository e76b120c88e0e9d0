"""What a server answers to SEARCH and FETCH -> UIDs and their attributes (RFC 9051, 7.3.4 and 7.5.2).

`IMAPClient.search` raises at a second SEARCH line; `IMAPClient.fetch` does not fold ranges, loses what came before a
NO, and takes a sequence number for a UID when the UID is missing. So the commands go through imaplib's documented
`uid`, and the answers are read here, each by itself: one that cannot be read costs no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import ProtocolError
from imapclient.response_parser import parse_fetch_response

from poller.mailbox.client import Client
from poller.mailbox.connection import SLOWEST, STEP_SECONDS, Connection

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
        try:
            # By sequence number, or an answer without a UID would pass for the UID of the same number.
            parsed = parse_fetch_response(answer, normalise_times=False, uid_is_key=False)
        except (ProtocolError, ValueError, ArithmeticError, RecursionError):  # a date that no clock tells, deep lists
            continue
        for attributes in parsed.values():
            if b"UID" in attributes:
                yield Item(uid=attributes.pop(b"UID"), attributes=attributes)


def _split(answers: list[Any]) -> Iterator[list[Any]]:
    """What imaplib returns -> a list for each answer: pairs of text and literal, then always a text without one."""
    answer: list[Any] = []
    for part in answers:
        answer.append(part)
        if not isinstance(part, tuple):
            yield answer
            answer = []
