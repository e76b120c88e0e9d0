"""Whether what is to be fetched has room: asked before it is, so that a full disk finds nothing half done."""

from __future__ import annotations

import os
from pathlib import Path

from poller.errors import Transient
from poller.settings import Settings

RESERVE = 100 << 20
"""Octets that stay free: for the database, its log, and what others write meanwhile."""

_COPIES = 3
"""Of each octet fetched: in the spool, in the kept source, and decoded."""


class NoSpace(Transient):
    """Nothing is fetched; mail waits in the mailbox."""


def folders_of(settings: Settings) -> dict[str, Path]:
    """What is written to on this machine, by the setting that says where."""
    database = settings.database.path
    return {"FILES_URL": settings.files, **({"DATABASE_URL": database.parent} if database else {})}


def make_sure_of_space(settings: Settings, octets: int) -> None:
    """Raises NoSpace, with the same words as long as it lasts, where there is too little for so many octets of mail."""
    for key, folder in folders_of(settings).items():
        try:
            has_room = is_room_in(folder, octets)
        except OSError as error:
            raise Transient(f"{key}: {folder} cannot be looked at: {error.strerror}") from error
        if not has_room:
            raise NoSpace(
                f"{key}: the disk of {folder} is almost full, so that nothing is fetched: "
                "free some space; the mail waits in the mailbox"
            )


def is_room_in(folder: Path, octets: int) -> bool:
    """Free for this user, in octets and in names. Raises OSError."""
    disk = os.statvfs(folder)
    has_names = disk.f_favail > 0 or disk.f_files == 0  # some file systems do not count them
    return has_names and disk.f_bavail * disk.f_frsize >= RESERVE + _COPIES * octets


def free_octets(folder: Path) -> int:
    """For this user. Raises OSError."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def file_system_of(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """`ext4`, `nfs4` …: what proc(5) says of the mount that a file lies in; "" where nobody tells, as beside Linux."""
    try:
        lines = [line.split() for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return ""
    # The fifth word is the place, with its blanks written \\040; the kind stands behind a lone dash.
    kinds = {words[4].replace("\\040", " "): words[words.index("-") + 1] for words in lines if "-" in words}
    real = Path(os.path.realpath(path))
    return next((kinds[str(place)] for place in (real, *real.parents) if str(place) in kinds), "")
