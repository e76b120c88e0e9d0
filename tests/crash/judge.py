"""What there is at the end of a history, beside what there must be -> one sentence for each difference."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from poller.storage.files import path_in
from tests.crash.letters import FLAGGED, FOLDERS, Letter
from tests.crash.place import Installation

_MESSAGE_ID = re.compile(rb"^Message-ID: *(\S+)", re.MULTILINE | re.IGNORECASE)

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What the program lists."""

    messages: Rows
    activities: Rows
    reconciled: str | None  # what `reconcile` found


def listed(told: Sequence[Mapping[str, Any]]) -> End:
    """What the commands of `LISTINGS` printed."""
    messages, activities, *rest = told
    found = [f"{one['status']}: {one['out']}{one['err']}" for one in rest if one["status"] not in {0, 2}]
    return End(messages=_rows(messages), activities=_rows(activities), reconciled=found[0] if found else None)


LISTINGS = (("messages", "--json"), ("activities", "--json"), ("reconcile",))


def _rows(told: Mapping[str, Any]) -> Rows:
    assert told["status"] == 0, told
    return [json.loads(line) for line in told["out"].splitlines()]


def differences(letters: Iterable[Letter], end: End, place: Installation, *, repeated: int = 0) -> list[str]:
    """`repeated`: so many notices may have come twice."""
    wanted = list(letters)
    found = [*_ledger(wanted, end.messages), *_activities(wanted, end.activities), *_files(end.activities, place)]
    found += [*_mailbox(wanted, place), *_notices(wanted, place, repeated)]
    return found + ([f"reconcile: {end.reconciled}"] if end.reconciled else [])


def _compare(what: str, wanted: Iterable[object], found: Iterable[object]) -> Iterator[str]:
    expected, actual = Counter(map(repr, wanted)), Counter(map(repr, found))
    yield from (
        f"{what}: missing: {one}" + (f" ({count} times)" if count > 1 else "")
        for one, count in (expected - actual).items()
    )
    yield from (
        f"{what}: too many: {one}" + (f" ({count} times)" if count > 1 else "")
        for one, count in (actual - expected).items()
    )


def _ledger(letters: Iterable[Letter], rows: Rows) -> Iterator[str]:
    keys = ("message_id", "subject", "recipients", "outcome", "reason", "notice")
    yield from _compare("messages", map(_row, letters), (tuple(row[key] for key in keys) for row in rows))
    yield from _compare("UIDs", {row["uid"] for row in rows}, (row["uid"] for row in rows))


def _row(letter: Letter) -> tuple[object, ...]:
    if letter.reason == "poison":  # nobody could look into it
        return (None, None, [], letter.outcome, letter.reason, letter.notice)
    ours = letter.to if letter.reason != "no-filing-address" else ()
    recipients = [f"{one}@{letter.domain}" for one in ours]
    return (letter.message_id, letter.subject, recipients, letter.outcome, letter.reason, letter.notice)


def _activities(letters: Iterable[Letter], rows: Rows) -> Iterator[str]:
    wanted = {}
    for one in letters:
        if one.projects is not None:
            files = sorted((file.name, len(file.octets), file.sha256) for file in one.files)
            people = sorted(
                [("external", "author", one.sender)] * one.sender.startswith("olaf")
                + [("contact", "to", "kaisa@harbour.example")]
            )
            wanted[one.subject, one.text] = (one.subject, one.message_id, sorted(one.projects), files, people)
    yield from _compare("activities", wanted.values(), (_activity(row) for row in rows))


def _activity(row: Mapping[str, Any]) -> tuple[object, ...]:
    files = sorted((one["name"], one["size"], one["sha256"]) for one in row["files"])
    people = sorted((one["kind"], one["role"], one["address"]) for one in row["participants"])
    return (row["subject"], row["message_id"], sorted(row["projects"]), files, people)


def _files(rows: Rows, place: Installation) -> Iterator[str]:
    store = place.folder / "files"
    named = {one["sha256"] for row in rows for one in row["files"]} | {row["source_sha256"] for row in rows}
    for one in named:
        path = path_in(store, one)
        if not path.exists() or sha256(path.read_bytes()).hexdigest() != one:
            yield f"files: {one} is missing or damaged"
    yield from (f"spool: {left.name} is left" for left in (store / "incoming").rglob("*") if left.is_file())


def _mailbox(letters: Iterable[Letter], place: Installation) -> Iterator[str]:
    sources = [(one, sha256(one.source()).hexdigest()) for one in letters]
    subjects = {digest: one.subject for one, digest in sources}
    wanted = [(FOLDERS[one.outcome], one.outcome in FLAGGED, one.subject, digest) for one, digest in sources]
    found = []
    for folder in sorted({"", *FOLDERS.values()}):
        here = place.user.maildir / folder
        for path in (*here.glob("new/*"), *here.glob("cur/*")):
            flags = path.name.partition(":2,")[2]
            digest = sha256(path.read_bytes()).hexdigest()
            found.append((folder, "F" in flags, subjects.get(digest, "?"), digest))
            if "S" in flags:
                yield f"seen: {subjects.get(digest)}"
    yield from _compare("mailbox (folder, flagged)", wanted, found)


def _notices(letters: Iterable[Letter], place: Installation, repeated: int) -> Iterator[str]:
    wanted = Counter(one.sender for one in letters for _ in one.refused)
    mine = [one for one in place.site.smtp.taken if place.names.mark in re.split("[+@.]", one.recipient)]
    ids = Counter((one.recipient, _id(one.message)) for one in mine)
    yield from _compare("notices", wanted.elements(), (recipient for recipient, _ in ids))
    if (again := ids.total() - len(ids)) > repeated:
        yield f"notices: {again} came again, where {repeated} may"


def _id(message: bytes) -> bytes:
    found = _MESSAGE_ID.search(message)
    return found[1] if found else b""
