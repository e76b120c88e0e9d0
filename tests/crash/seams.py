"""The narrowest places through which everything passes that leaves the process, wrapped: each passage has a name.

Nothing here is known to the product, and of the product only where its file store lies.
"""

from __future__ import annotations

import imaplib
import os
import re
import smtplib
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any

import peewee


class Moment(StrEnum):
    BEFORE = "before"
    SENT = "sent"  # of a command: its octets are on their way, its answer was not read
    AFTER = "after"


Met = Callable[[str, Moment, object], None]
"""Called with the name of a point, such as `imap UID MOVE 1`, and what it is about: a connection, or None."""

_SQL = re.compile(r'\s*(\w+)(?:.*?\b(?:INTO|FROM|UPDATE|TO SAVEPOINT)\s+"(\w+)"|\s+"(\w+)"\s+SET)?', re.DOTALL)
_TAGGED = re.compile(rb"[A-Z]{4}\d+ ")


@dataclass(slots=True)
class Seams:
    """Counts the passages of each kind, and lets `met` do what it likes at each. `names` are those of all so far."""

    met: Met
    names: list[str] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def restart(self) -> None:
        """Counts from the beginning again."""
        self._counts.clear()

    def begin(self, label: str, about: object = None) -> str:
        with self._lock:
            self._counts[label] += 1
            name = f"{label} {self._counts[label]}"
            self.names.append(name)
            self.met(name, Moment.BEFORE, about)
        return name

    def end(self, name: str, about: object = None) -> None:
        with self._lock:
            self.names.append(f"({name})")
            self.met(name, Moment.AFTER, about)

    def install(self, files: Path) -> None:
        """In this process, for good."""
        _watch_imap(self)
        _watch_smtp(self)
        _watch_sql(self)
        _watch_files(self, files)


def _watch_imap(seams: Seams) -> None:
    send, complete = imaplib.IMAP4.send, imaplib.IMAP4._command_complete
    open_lines: dict[int, str] = {}  # a command may be sent in pieces; the first one names it
    last: dict[int, str] = {}

    @wraps(send)
    def watched_send(self: imaplib.IMAP4, data: bytes) -> None:
        if id(self) not in open_lines:
            open_lines[id(self)] = last[id(self)] = seams.begin(f"imap {_imap_label(data)}", self.sock)
        send(self, data)
        if data.endswith(b"\r\n"):
            seams.met(open_lines.pop(id(self)), Moment.SENT, self.sock)

    @wraps(complete)
    def watched_complete(self: imaplib.IMAP4, *words: Any) -> Any:
        done = complete(self, *words)
        seams.end(last[id(self)], self.sock)
        return done

    imaplib.IMAP4.send = watched_send
    imaplib.IMAP4._command_complete = watched_complete


def _imap_label(data: bytes) -> str:
    if not _TAGGED.match(data):
        return "answer"
    words = data.decode("latin-1").upper().split()[1:]
    return " ".join(words[:2] if words[0] == "UID" else words[:1])


def _watch_smtp(seams: Seams) -> None:
    send, reply = smtplib.SMTP.send, smtplib.SMTP.getreply
    last: dict[int, str] = {}

    @wraps(send)
    def watched_send(self: smtplib.SMTP, data: bytes | str) -> None:
        octets = data.encode() if isinstance(data, str) else data
        label = "." if octets.endswith(b"\r\n.\r\n") else octets.split()[0].decode().upper()
        last[id(self)] = seams.begin(f"smtp {label}", self.sock)
        send(self, data)
        seams.met(last[id(self)], Moment.SENT, self.sock)

    @wraps(reply)
    def watched_reply(self: smtplib.SMTP) -> tuple[int, bytes]:
        done = reply(self)
        if id(self) in last:  # the greeting answers nothing
            seams.end(last[id(self)], self.sock)
        return done

    smtplib.SMTP.send = watched_send
    smtplib.SMTP.getreply = watched_reply


def _watch_sql(seams: Seams) -> None:
    def watch(owner: Any, name: str, label: Callable[..., str]) -> None:
        plain = getattr(owner, name)

        @wraps(plain)
        def watched(self: peewee.Database, *words: Any, **named: Any) -> Any:
            point = seams.begin(f"sql {label(*words)}", self)
            done = plain(self, *words, **named)
            seams.end(point, self)
            return done

        setattr(owner, name, watched)

    watch(peewee.Database, "execute_sql", _sql_label)
    watch(peewee.Database, "connect", lambda *_: "CONNECT")
    watch(peewee.Database, "commit", lambda: "COMMIT")
    watch(peewee.SqliteDatabase, "begin", lambda *_: "BEGIN")
    watch(peewee.PostgresqlDatabase, "begin", lambda *_: "BEGIN")


def _sql_label(sql: str, *_: object) -> str:
    found = _SQL.match(sql)
    assert found, sql
    verb, table = found[1].upper(), found[2] or found[3]
    return f"{verb} {table}" if table and verb not in {"SAVEPOINT", "RELEASE", "ROLLBACK"} else verb


def _watch_files(seams: Seams, files: Path) -> None:
    """Those below the store's folder."""
    inside = os.fspath(files)

    def is_ours(target: Any) -> bool:
        path = Path(f"/proc/self/fd/{target}").readlink() if isinstance(target, int) else os.fspath(target)
        return str(path).startswith(inside)

    def watch(owner: Any, name: str, label: str, path_at: int = 0) -> None:
        plain = getattr(owner, name)

        @wraps(plain)
        def watched(*words: Any, **named: Any) -> Any:
            if not is_ours(words[path_at] if len(words) > path_at else named.get("dir", "")):
                return plain(*words, **named)
            point = seams.begin(f"file {label}")
            done = plain(*words, **named)
            seams.end(point)
            return done

        setattr(owner, name, watched)

    watch(os, "fsync", "fsync")
    watch(os, "replace", "rename")
    watch(os, "mkdir", "mkdir")
    watch(os, "unlink", "unlink")
    watch(tempfile, "mkstemp", "open", path_at=9)
    watch(tempfile, "NamedTemporaryFile", "open", path_at=9)
