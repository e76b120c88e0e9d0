"""The rows that hang on an activity: links to projects, participants, attachments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from models.activity import Activity, ActivityProject, Attachment, Participant, StoredFile
from poller.filing.facts import Project
from poller.filing.participants import Participant as Person
from poller.mail.message import Attachment as File
from poller.storage.rows import insert_all


def link(activity: Activity, projects: Iterable[Project]) -> None:
    insert_all(ActivityProject, ({"activity": activity, "project": project.id} for project in projects))


def add_participants(activity: Activity, people: Iterable[Person], first_position: int) -> None:
    rows = (
        {
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
        for position, person in enumerate(people, first_position)
    )
    insert_all(Participant, rows)


def attach(activity: Activity, files: Iterable[File], now: datetime) -> None:
    """Each content is stored once, however many attachments have it."""
    contents = {one.sha256: {"sha256": one.sha256, "size": one.size, "created_at": now} for one in files}
    insert_all(StoredFile, contents.values(), once=True)
    rows = (
        {
            "activity": activity,
            "position": position,
            "name": one.name,
            "content_type": one.content_type,
            "file": one.sha256,
            "inline": one.inline,
        }
        for position, one in enumerate(files)
    )
    insert_all(Attachment, rows)
