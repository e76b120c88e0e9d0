"""Fetched messages -> their sources: hashed, and durable before anything looks into them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path

from poller.mail.message import Fetched
from poller.storage.files import Content, FileStore, chunked, sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A message as fetched. `path` is a file with its octets, where there is one."""

    fetched: Fetched
    sha256: str
    path: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """`keeps`: what was fetched is kept, whatever it comes to. From any thread."""

    store: FileStore
    keeps: bool

    @property
    def spool(self) -> Path:
        return self.store.spool

    def keep(self, fetched: Sequence[Fetched]) -> list[Source]:
        """Raises Transient when the disk does not take them; they are forgotten then."""
        try:
            hashed = [(one, sha256_of(chunked(one.source))) for one in fetched]
            if self.keeps:
                self.store.put_all(_content(one, sha256) for one, sha256 in hashed if not one.oversized)
        except BaseException:
            forget(fetched)
            raise
        return [Source(fetched=one, sha256=sha256, path=self._path(one, sha256)) for one, sha256 in hashed]

    def _path(self, fetched: Fetched, sha256: str) -> Path | None:
        return self.store.path_of(sha256) if self.keeps and not fetched.oversized else fetched.spooled


def _content(fetched: Fetched, sha256: str) -> Content:
    return Content(
        sha256=sha256,
        size=len(fetched.source),
        chunks=lambda: chunked(fetched.source),
        spooled=fetched.spooled,
    )


def forget(fetched: Iterable[Fetched]) -> None:
    """A spool file that was not taken over as the kept source is removed."""
    for one in fetched:
        if isinstance(one.source, mmap):
            one.source.close()
        if one.spooled:
            one.spooled.unlink(missing_ok=True)
