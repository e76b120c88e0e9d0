"""The mailbox as another client sees it: what is put in, and what lies where afterwards."""

from __future__ import annotations

import imaplib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tests.acceptance.case import Case

LISTED = re.compile(rb'\(.*?\) "?.*?"? "?(?P<name>[^"]*)"?$')


@dataclass(frozen=True, slots=True)
class Account:
    """A mailbox on a server that takes plain IMAP on loopback."""

    port: int
    login: str
    password: str


@dataclass(frozen=True, slots=True, order=True)
class Lying:
    """One message in one folder."""

    folder: str
    sha256: str
    flags: tuple[str, ...]

    @property
    def seen(self) -> bool:
        return r"\Seen" in self.flags

    @property
    def flagged(self) -> bool:
        return r"\Flagged" in self.flags


@contextmanager
def connected(account: Account) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4("127.0.0.1", account.port, timeout=PATIENCE) as client:
        client.login(account.login, account.password)
        yield client


def deliver(client: imaplib.IMAP4, source: bytes, when: datetime, *, seen: bool = False) -> int:
    """Octets into INBOX; their UID."""
    flags = r"(\Seen)" if seen else ""
    stamp = when.strftime('"%d-%b-%Y %H:%M:%S %z"')
    kind, answer = client.append(
        "INBOX", flags, stamp, source
    )  # imaplib would turn bare CR and LF into CRLF: sources have none
    assert kind == "OK", answer
    found = re.search(rb"APPENDUID \d+ (\d+)", answer[0])
    assert found, answer
    return int(found[1])


def put(account: Account, cases: Iterable[Case]) -> dict[int, Case]:
    """The cases in the inbox, in order, by UID."""
    with connected(account) as client:
        return {deliver(client, case.source(account.login), case.delivered, seen=case.seen): case for case in cases}


def contents(account: Account) -> list[Lying]:
    """Everything in every folder, sorted; nothing is changed by looking."""
    with connected(account) as client:
        return sorted(lying for name in folders(client) for lying in read(client, name))


def folders(client: imaplib.IMAP4) -> list[str]:
    """The names of all folders, as on the wire (modified UTF-7)."""
    matches = (LISTED.match(line) for line in client.list()[1] if isinstance(line, bytes))
    return [match["name"].decode() for match in matches if match]


def read(client: imaplib.IMAP4, folder: str) -> Iterator[Lying]:
    assert client.select(f'"{folder}"', readonly=True)[0] == "OK", folder
    answer = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")[1]
    for head, source in (item for item in answer if isinstance(item, tuple)):
        listed = re.search(rb"FLAGS \((.*?)\)", head)
        assert listed, head
        flags = tuple(sorted(flag for flag in listed[1].decode().split() if flag != r"\Recent"))
        yield Lying(folder, sha256(source).hexdigest(), flags)


def left(client: imaplib.IMAP4) -> int:
    """How many messages are in INBOX at this moment."""
    answer = client.status("INBOX", "(MESSAGES)")[1][0]
    return int(re.search(rb"MESSAGES (\d+)", answer)[1])  # type: ignore[index]
