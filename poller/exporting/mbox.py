"""Activities -> one mbox file (RFC 4155), in which a line `From …` of a message has one `>` more (mboxrd).

Each message is its source as it was fetched, with LF for CRLF, below fields of ours that say where it was filed. Where
no source is kept it is put together from what is stored of it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from poller.exporting.rebuilding import rebuild
from poller.exporting.stored import IN_MEMORY, CannotExport, Progress, Stored
from poller.notices.fields import text_field
from poller.storage.documents import Document
from poller.storage.exporting import ActivityFilter, activities_to_export, count_activities

_PIECE = 1 << 20
_LIKE_A_SEPARATOR = re.compile(rb">*From ")
_NO_ADDRESS = re.compile(r"[^!-~]")


def export_mbox(wanted: ActivityFilter, stored: Stored, output: Path, progress: Progress) -> None:
    """Raises CannotExport where `output` is there already; OSError where it cannot be written.

    It has its name only when it is whole.
    """
    if output.exists():
        raise CannotExport(f"{output} is there already; name a file that is new")
    part = output.with_name(f"{output.name}.part")
    total = count_activities(wanted)
    with part.open("wb") as mbox:
        for activity in activities_to_export(wanted):
            mbox.write(_beginning(activity))
            with SpooledTemporaryFile(IN_MEMORY) as message:
                _compose(activity, stored, message)
                message.seek(0)
                mbox.writelines(_mbox_lines(message))
            stored.report.activities += 1
            progress(stored.report.activities, total)
        mbox.flush()
        os.fsync(mbox.fileno())
    part.rename(output)


def _compose(activity: Document, stored: Stored, message: IO[bytes]) -> None:
    sha256 = activity["source_sha256"]
    if activity["source_kept"] or stored.path_of(sha256):
        if stored.copy(sha256, f"activity {activity['id']}, its source", message):
            return
        message.seek(0)
        message.truncate()
    rebuild(activity, stored, message)


def _beginning(activity: Document) -> bytes:
    """The separator, with the author and the date in UTC, and what mailfiler knows of the message."""
    roles = (one["address"] for one in activity["participants"] if one["role"] == "author")
    author = _NO_ADDRESS.sub("?", next(roles, activity["owner"]["address"]) or "") or "MAILER-DAEMON"
    when = time.asctime(datetime.fromisoformat(activity["date"]).timetuple())
    fields = [text_field("X-Mailfiler-Activity", str(activity["id"]))]
    fields += [text_field("X-Mailfiler-Project", number) for number in activity["projects"]]
    if activity["customer"] is not None:
        fields.append(text_field("X-Mailfiler-Customer", f"{activity['customer_key']} {activity['customer']}"))
    return f"From {author} {when}\n{''.join(fields)}".replace("\r\n", "\n").encode()


def _mbox_lines(message: IO[bytes]) -> Iterator[bytes]:
    """Its octets, in pieces of lines, ending with an empty line."""
    begins, kept = True, b""
    for read in iter(partial(message.readline, _PIECE), b""):
        piece = kept + read
        kept = b"\r" if piece.endswith(b"\r") else b""  # its LF may be in the next piece
        piece = piece[: len(piece) - len(kept)]
        if not piece:
            continue
        if begins and _LIKE_A_SEPARATOR.match(piece):
            yield b">"
        begins = piece.endswith(b"\n")
        yield piece[:-2] + b"\n" if piece.endswith(b"\r\n") else piece
    yield kept
    yield b"\n" if begins and not kept else b"\n\n"
