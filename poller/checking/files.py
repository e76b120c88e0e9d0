"""Whether the folders can be written, and have room."""

from __future__ import annotations

import os
from collections.abc import Iterator

from poller.checking.finding import Checked, Finding
from poller.storage.disk import folders_of, is_room_in


def check_files(checked: Checked) -> Iterator[Finding]:
    for key, folder in folders_of(checked.settings).items():
        place = next(one for one in (folder, *folder.parents) if one.exists())
        if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
            yield Finding(
                ok=False, subject="files", sentence=f"nothing can be written in {place}", remedy=f"{key}=…, or chown it"
            )
        elif not is_room_in(place, 0):
            yield Finding(
                ok=False,
                subject="files",
                sentence=f"the disk of {place} is almost full, so that nothing is fetched",
                remedy=f"free some space, or move it: {key}=…",
            )
        else:
            yield Finding(ok=True, subject="files", sentence=f"{folder} can be written, and its disk has room")
