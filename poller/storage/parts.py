"""The rows that hang on an activity: links to projects, participants, attachments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from models.activity import ActivityProject, Attachment, Participant, StoredFile
from poller.filing.activity import Draft
from poller.filing.facts import Project
from poller.filing.participants import Participant as Person
from poller.mail.message import Attachment as File
from poller.storage.rows import Row, insert_all


def add_parts(created: Sequence[tuple[int, Draft]], now: datetime) -> None:
    """Of new activities, each with its id. A content is stored once, however many attachments have it."""
    insert_all(ActivityProject, (row for activity, draft in created for row in _links(activity, draft.projects)))
    insert_all(Participant, (row for activity, draft in created for row in _people(activity, draft.participants, 0)))
    contents = {file.sha256: file.size for _, draft in created for file in draft.files}
    stored = ({"sha256": sha256, "size": size, "created_at": now} for sha256, size in contents.items())
    insert_all(StoredFile, stored, once=True)
    insert_all(Attachment, (row for activity, draft in created for row in _attachments(activity, draft.files)))


def link(activity: int, projects: Iterable[Project], *, inherited_from: int | None = None) -> None:
    insert_all(ActivityProject, _links(activity, projects, inherited_from))


def add_participants(activity: int, people: Iterable[Person], first_position: int) -> None:
    insert_all(Participant, _people(activity, people, first_position))


def _links(activity: int, projects: Iterable[Project], inherited_from: int | None = None) -> Iterator[Row]:
    return ({"activity": activity, "project": one.id, "inherited_from": inherited_from} for one in projects)


def _people(activity: int, people: Iterable[Person], first_position: int) -> Iterator[Row]:
    for position, person in enumerate(people, first_position):
        yield {
            "activity": activity,
            "position": position,
            "kind": person.kind,
            "role": person.role,
            "name": person.name,
            "address": person.address,
            "address_key": person.key,
            "user": person.user_id,
            "contact": person.contact_id,
        }


def _attachments(activity: int, files: Iterable[File]) -> Iterator[Row]:
    for position, one in enumerate(files):
        yield {
            "activity": activity,
            "position": position,
            "name": one.name,
            "content_type": one.content_type,
            "file": one.sha256,
            "inline": one.inline,
        }
