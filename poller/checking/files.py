"""Whether the folders can be written, and have room."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from pathlib import Path

from poller.checking.finding import Checked, Finding, bad, doubtful, good
from poller.storage import disk
from poller.storage.disk import folders_of, free_octets, is_room_in

_LITTLE = 1 << 30
"""Octets: with less, one busy day may fill it."""


def check_files(checked: Checked) -> Iterator[Finding]:
    for key, folder in folders_of(checked.settings).items():
        place = next(one for one in (folder, *folder.parents) if one.exists())
        yield _finding(key, folder, place)
        if place == folder and folder.is_dir() and folder.stat().st_uid not in {os.geteuid(), 0}:
            yield doubtful(
                "files",
                f"{folder} belongs to another user (uid {folder.stat().st_uid})",
                f"chown -R {getpass.getuser()} {folder}, or run mailfiler as its owner",
            )


def _finding(key: str, folder: Path, place: Path) -> Finding:
    if not place.is_dir():
        return bad("files", f"{place} is not a folder", f"{key}=… with another place")
    if not os.access(place, os.W_OK | os.X_OK):
        return bad("files", f"nothing can be written in {place}", f"chown {getpass.getuser()} {place}, or {key}=…")
    free = _size(free_octets(place))
    if not is_room_in(place, 0):
        return bad(
            "files",
            f"the disk of {place} is almost full ({free} free), so that nothing is fetched",
            f"free some space, {_size(disk.RESERVE)} at least, or move it: {key}=…",
        )
    if free_octets(place) < _LITTLE:
        return doubtful("files", f"{folder} can be written; its disk has {free} free", f"free some space, or {key}=…")
    return good("files", f"{folder} can be written; its disk has {free} free")


def _size(octets: int) -> str:
    size, units = float(octets), ["B", "kB", "MB", "GB", "TB", "PB"]
    while size >= 1024 and len(units) > 1:  # noqa: PLR2004 - as the settings count: 50M is 50 * 1024 * 1024
        size, units = size / 1024, units[1:]
    return f"{size:.3g} {units[0]}"
