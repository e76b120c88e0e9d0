"""Shortcuts that the protocol forbids, each as a change to the program in one life's process.

Each works as long as nothing goes wrong, but for the one whose trouble needs no fault.
"""

from __future__ import annotations

import imaplib
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import peewee

import models.schema
import poller.opening
import poller.storage.ledger
from models.activity import Activity
from models.base import database
from models.inbound import Delivery
from poller.filing.settlement import settlement_of
from poller.mail import reader
from poller.mailbox.inbox import Inbox
from poller.poll import Poll
from poller.settings import Folders
from poller.storage import epochs, rows
from poller.storage.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """`letters` of the history that it fails in, without those that a mutant fails at anyway."""

    install: Callable[[], None]
    letters: tuple[str, ...] = ("offer", "large")
    keyless: bool = False
    """Without keys the program lists nothing, unless the mutant stays."""
    at: str = ""
    """Where a kill shows it, as the beginning of a point; empty: no fault is needed."""


def _wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    plain = getattr(owner, name)
    setattr(owner, name, lambda *words, **named: around(plain, *words, **named))


def _settle_before_commit() -> None:
    """The mailbox is told before the database has it."""
    inboxes: list[Inbox] = []
    folders = Folders(filed="Filed", rejected="Rejected", quarantine="Quarantine", review="Review", ignored="Ignored")

    def remember(plain: Any, inbox: Inbox, *words: Any, **named: Any) -> Any:
        inboxes.append(inbox)
        return plain(inbox, *words, **named)

    def commit(plain: Any, ledger: Ledger, batch: Any, now: Any) -> Any:
        judged = list(batch)
        for one in judged:
            if there := settlement_of(one.decision.outcome, folders):
                uid = one.fetched.ref.uid
                inboxes[-1].settle([uid], folder=there.folder, flagged=there.flagged, keyword=there.keyword)
        return plain(ledger, judged, now)

    _wrap(Inbox, "__init__", remember)
    _wrap(Ledger, "commit", commit)


def _no_unique_keys() -> None:
    """Neither the keys nor what relies on them: each copy is a new one."""

    def without_keys(plain: Any, *words: Any) -> Any:
        opened = plain(*words)
        with opened.connection_context():
            for model in (Delivery, Activity):
                for index in opened.get_indexes(model._meta.table_name):
                    if index.unique and index.columns != ["id"]:
                        opened.execute_sql(f'DROP INDEX "{index.name}"')
        return opened

    models.schema._verify = lambda _: None
    _wrap(poller.opening, "open_database", without_keys)

    def insert(plain: Any, model: Any, chunk: Any, ending: str) -> Any:
        return plain(model, chunk, ending[ending.find("RETURNING") :] if model in {Delivery, Activity} else ending)

    _wrap(rows, "_insert", insert)
    _wrap(Ledger, "decided", lambda *_: set())
    _wrap(Activity, "get_or_none", lambda *_, **__: None)
    peewee.Insert.on_conflict = lambda self, *_, **__: self


def _message_id_alone() -> None:
    """Two messages are one if their Message-ID is."""

    def read(plain: Any, *words: Any, **named: Any) -> Any:
        message = plain(*words, **named)
        return replace(message, identity=sha256((message.message_id or "").encode()).hexdigest())

    from poller.filing import first_look  # noqa: PLC0415

    assert first_look.read_message is reader.read_message
    _wrap(first_look, "read_message", read)


def _high_water_mark() -> None:
    """What was begun is behind us, whatever becomes of it; nobody ever looks back."""

    def begin(plain: Any, ledger: Ledger, batch: Any, *words: Any, **named: Any) -> Any:
        begun = plain(ledger, batch, *words, **named)
        row = epochs.EpochRow.update(low_uid=max(begun)).where(epochs.EpochRow.id == ledger.epoch.id)
        row.execute()
        return begun

    def look(plain: Any, poll: Poll, **named: Any) -> None:
        plain(poll, **named | {"everything": False})

    _wrap(Ledger, "begin", begin)
    _wrap(Poll, "__init__", look)


def _split_transaction() -> None:
    """Activities are committed first, and then what became of the messages."""
    filed: dict[int, Any] = {}

    def commit(plain: Any, ledger: Ledger, batch: Any, now: Any) -> Any:
        judged = list(batch)
        with database.atomic():
            filed.update(plain_file(ledger, judged, now))
        return plain(ledger, judged, now)

    plain_file = Ledger._file
    _wrap(Ledger, "commit", commit)
    Ledger._file = lambda _, batch, __: {
        one.fetched.ref.uid: filed.pop(one.fetched.ref.uid) for one in batch if one.draft
    }


def _no_attempt_counter() -> None:
    """Nobody counts what a message did to those who looked into it."""
    poller.storage.ledger.MAX_ATTEMPTS = 10**9


def _fetch_unseen() -> None:
    r"""What was fetched is \Seen, and what is \Seen was done."""
    send = imaplib.IMAP4.send

    def sent(self: imaplib.IMAP4, data: bytes) -> None:
        words = data.split()
        if words[1:3] == [b"UID", b"SEARCH"] and b":" in data:
            data = data.rstrip(b"\r\n") + b" UNSEEN" + b"\r\n" * data.endswith(b"\r\n")
        send(self, data.replace(b"BODY.PEEK[", b"BODY["))

    imaplib.IMAP4.send = sent


MUTANTS = {
    "settled before the commit": Mutant(install=_settle_before_commit, at="imap UID MOVE"),
    "no unique keys": Mutant(install=_no_unique_keys, keyless=True, at="sql UPDATE epoch"),
    "Message-ID alone": Mutant(install=_message_id_alone, letters=("first of one id", "second of one id")),
    "a high-water mark": Mutant(install=_high_water_mark, at="sql INSERT activity"),
    "a split transaction": Mutant(install=_split_transaction, at="sql UPDATE delivery"),
    "no attempt counter": Mutant(install=_no_attempt_counter),
    r"what is \Seen was done": Mutant(install=_fetch_unseen, at="sql INSERT activity"),
}
