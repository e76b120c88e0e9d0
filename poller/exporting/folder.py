"""Activities -> a folder of JSON Lines beside the files and sources that they name.

`manifest.json` comes last: where it is, the export is whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from poller import __version__
from poller.exporting.stored import CannotExport, Progress, Stored
from poller.jsonlines import line_of
from poller.storage.documents import Document, rfc3339
from poller.storage.exporting import (
    ActivityFilter,
    Named,
    activities_to_export,
    count_activities,
    organization_document,
)

SCHEMA = "mailfiler-export"
VERSION = 1
"""It grows by one when a key changes its meaning or goes; new keys may come at any time."""


def export_folder(wanted: ActivityFilter, stored: Stored, output: Path, now: datetime, progress: Progress) -> None:
    """Raises CannotExport where `output` is there already, and not an empty folder; OSError where it cannot be written.

    `wanted` names an organization.
    """
    if output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise CannotExport(f"{output} is there already; name a folder that is new or empty")
    for folder in (output / "files", output / "sources"):
        folder.mkdir(parents=True)
    organization = wanted.organization or 0
    named = Named(organization=organization)
    total = count_activities(wanted)
    with (output / "activities.jsonl").open("wb") as lines:
        for activity in activities_to_export(wanted):
            named.note(activity)
            _copy_contents(activity, stored, output)
            lines.write(line_of(activity))
            stored.report.activities += 1
            progress(stored.report.activities, total)
    counts = {"activities": stored.report.activities, "files": stored.report.files}
    for kind, documents in named.documents():
        _write_lines(output / f"{kind}.jsonl", documents)
        counts[kind] = len(documents)
    manifest = {
        "schema": SCHEMA,
        "version": VERSION,
        "program": f"mailfiler {__version__}",
        "made_at": rfc3339(now, "seconds"),
        "organization": organization_document(organization),
        "counts": counts,
        "missing": stored.report.missing,
    }
    (output / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _write_lines(path: Path, documents: Iterable[Document]) -> None:
    with path.open("wb") as lines:
        lines.writelines(map(line_of, documents))


def _copy_contents(activity: Document, stored: Stored, output: Path) -> None:
    """Adds to each file, and as `source` to the activity, where the octets are below the folder: null is nowhere."""
    for file in activity["files"]:
        what = f"activity {activity['id']}, {file['name']}"
        file["path"] = _copy(f"files/{file['sha256']}", file["sha256"], what, stored, output)
    sha256, what = activity["source_sha256"], f"activity {activity['id']}, its source"
    is_there = activity.pop("source_kept") or stored.path_of(sha256)
    activity["source"] = _copy(f"sources/{sha256}.eml", sha256, what, stored, output) if is_there else None


def _copy(place: str, sha256: str, what: str, stored: Stored, output: Path) -> str | None:
    path = output / place
    if path.exists():
        return place
    with path.open("xb") as copy:
        is_whole = stored.copy(sha256, what, copy)
    if not is_whole:
        path.unlink()
    return place if is_whole else None
