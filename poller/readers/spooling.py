"""Attachments decoded into files of the spool, which can be handed to another process, and be kept without a copy."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from poller.filing.first_look import FirstLook
from poller.mail.message import Attachment

_PIECE = 1 << 16  # less than is decoded at a time, which so is written without another copy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spooled:
    """The octets of an attachment, as its `chunks`."""

    path: str

    def __call__(self) -> Iterator[bytes]:
        with Path(self.path).open("rb", buffering=0) as file:
            while piece := file.read(_PIECE):
                yield piece


def with_spooled(look: FirstLook, spool: Path) -> FirstLook:
    """A look whose attachments can be handed over; of what is not to be filed they have no octets any more.

    Raises OSError where there is no room, and leaves nothing then.
    """
    files: list[Attachment] = []
    message = look.screened.message
    try:
        for file in message.attachments:  # one by one: those that are made before an error are removed
            files += [replace(file, chunks=_no_octets) if look.decision else _spool(file, spool)]
    except BaseException:
        forget(files)
        raise
    return replace(look, screened=replace(look.screened, message=replace(message, attachments=tuple(files))))


def spooled(file: Attachment) -> Path | None:
    """Where its octets lie, if they are in a file of their own."""
    return Path(file.chunks.path) if isinstance(file.chunks, _Spooled) else None


def forget(files: Iterable[Attachment]) -> None:
    """What was not taken over from the spool is removed."""
    for file in files:
        if path := spooled(file):
            path.unlink(missing_ok=True)


def _no_octets() -> Iterator[bytes]:
    raise ValueError("the attachments of a message that was screened out are not kept")


def _spool(file: Attachment, spool: Path) -> Attachment:
    handle, path = tempfile.mkstemp(dir=spool)
    try:
        with open(handle, "wb", buffering=_PIECE) as opened:  # noqa: PTH123 - a handle, not a path
            opened.writelines(file.chunks())
    except BaseException:
        Path(path).unlink()
        raise
    return replace(file, chunks=_Spooled(path=path))
