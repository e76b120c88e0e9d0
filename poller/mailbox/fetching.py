"""Described messages -> their octets. BODY.PEEK throughout: fetching changes no flag."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO

from poller.errors import Transient
from poller.mail.message import Fetched, MessageRef, Octets
from poller.mailbox.answers import fetch
from poller.mailbox.connection import Connection
from poller.mailbox.describing import LARGE, Described
from poller.mailbox.errors import PASSING, CommandRefused
from poller.mailbox.uids import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Fetches from one selected folder. Large messages go to files in `spool`, which then are the caller's."""

    connection: Connection
    mailbox: str
    uidvalidity: int
    spool: Path
    max_size: int

    def fetch(self, batch: Sequence[Described]) -> Iterator[Fetched]:
        """Each message that could be had, in order. What is gone, NIL or refused is absent: "later", never "empty"."""
        bodies = self._together([message for message in batch if self._is_small(message)])
        for message in batch:
            if self._is_small(message):
                yield from self._whole(message, bodies.pop(message.uid, None))
            elif message.size > self.max_size:
                yield from self._header(message)
            else:
                yield from self._in_pieces(message)

    def _is_small(self, message: Described) -> bool:
        return message.size <= min(LARGE, self.max_size)

    def _together(self, batch: Sequence[Described]) -> dict[int, bytes]:
        bodies = {}
        octets = sum(message.size for message in batch)
        for uids in fold(message.uid for message in batch):
            bodies.update(self._bodies(uids, octets=octets))
        # After a NO the server may have left out more than the message that it is about.
        for message in batch:
            if message.uid not in bodies and len(batch) > 1:
                bodies.update(self._bodies(str(message.uid)))
        return bodies

    def _bodies(self, uids: str, what: str = "BODY.PEEK[]", octets: int = LARGE) -> dict[int, bytes]:
        try:
            items = fetch(self.connection, "fetching mail", uids, f"(UID {what})", octets)
        except CommandRefused as refused:
            if refused.code in PASSING:
                raise
            return {}
        return {item.uid: body for item in items if (body := item.starting(b"BODY[")) is not None}

    def _whole(self, message: Described, body: bytes | None) -> Iterator[Fetched]:
        if body is not None and len(body) > self.max_size:
            yield from self._header(message)
        elif body or (body is not None and message.size == 0):
            yield self._fetched(message, body)

    def _header(self, message: Described) -> Iterator[Fetched]:
        what = f"BODY.PEEK[HEADER]<0.{LARGE}>"
        header = self._bodies(str(message.uid), what).get(message.uid)
        if header:
            yield self._fetched(message, header, oversized=True)

    def _in_pieces(self, message: Described) -> Iterator[Fetched]:
        path, size = self._spooled(message)
        if 0 < size <= self.max_size:
            yield self._fetched(message, _mapped(path), spooled=path)
            return
        path.unlink()
        if size:
            yield from self._header(message)

    def _spooled(self, message: Described) -> tuple[Path, int]:
        """A file of the caller's disk, and how many octets of it are the message: 0 means "later"."""
        try:
            with tempfile.NamedTemporaryFile(dir=self.spool, prefix=f"{message.uid}-", delete=False) as file:
                path = Path(file.name)
                try:
                    size = self._read(message, file)
                    file.flush()
                except BaseException:
                    path.unlink()
                    raise
                return path, size
        except OSError as error:
            raise Transient(
                f"{self.spool}: a message cannot be stored here ({error.strerror}); free some space."
            ) from error

    def _read(self, message: Described, file: IO[bytes]) -> int:
        """Read to the end, which is a short piece once RFC822.SIZE is reached, and else an empty one."""
        size = 0
        while size <= self.max_size:
            what = f"BODY.PEEK[]<{size}.{LARGE}>"
            piece = self._bodies(str(message.uid), what).get(message.uid)
            if piece is None and size < message.size:
                return 0
            size += file.write(piece or b"")
            if not piece or (len(piece) < LARGE and size >= message.size):
                break
        return size

    def _fetched(
        self, message: Described, source: Octets, *, spooled: Path | None = None, oversized: bool = False
    ) -> Fetched:
        return Fetched(
            ref=MessageRef(mailbox=self.mailbox, uidvalidity=self.uidvalidity, uid=message.uid),
            internal_date=message.internal_date,
            size=message.size,
            source=source,
            spooled=spooled,
            oversized=oversized,
        )


def _mapped(path: Path) -> mmap:
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)
