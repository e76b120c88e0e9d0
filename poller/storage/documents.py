"""Rows of one page -> documents with the keys that others rely on. A page costs a few queries, whatever its length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import peewee

from models.activity import Activity, ActivityProject, Attachment, Participant, StoredFile
from models.change import ActivityChange
from models.inbound import Delivery, Epoch, Mailbox
from models.organization import ActivityType, Organization
from models.people import Customer, User, UserAddress
from models.project import Project
from poller.mail.message import Event, Forwarded, Role
from poller.mail.message import Mailbox as Person
from poller.storage.rows import tuples

Document = dict[str, Any]


def rfc3339(moment: datetime, timespec: str = "auto") -> str:
    """`2026-11-21T20:15:00Z`; fractions of a second only where there are any, or down to the `timespec`."""
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def message_documents(deliveries: Sequence[Delivery]) -> list[Document]:
    """`deliveries` with their organizations joined."""
    epochs = _epochs({one.epoch_id for one in deliveries})
    return [
        {
            "id": one.id,
            "organization": one.organization and one.organization.prefix,
            "mailbox": epochs[one.epoch_id].mailbox.name,
            "uidvalidity": epochs[one.epoch_id].uidvalidity,
            "uid": one.uid,
            "message_id": one.message_id,
            "author": one.author,
            "subject": one.subject,
            "recipients": one.recipients,
            "outcome": one.outcome,
            "reason": one.reason,
            "detail": _detail(one),
            "notice": one.notice,
            "activity": one.activity_id,
        }
        for one in deliveries
    ]


def _epochs(ids: set[int]) -> dict[int, Epoch]:
    """With their mailboxes."""
    return {one.id: one for one in Epoch.select(Epoch, Mailbox).join(Mailbox).where(Epoch.id << list(ids))}


def _detail(delivery: Delivery) -> str | None:
    """With what comes next, where something does."""
    if delivery.next_attempt_at is None:
        return delivery.detail
    return f"{delivery.detail}; it is tried again at {rfc3339(delivery.next_attempt_at, 'seconds')}"


def activity_documents(activities: Sequence[Activity]) -> list[Document]:
    """`activities` with organization, type, owner and customer joined."""
    if not activities:
        return []
    ids = [activity.id for activity in activities]
    (projects, answered), participants, files = _projects(ids), _participants(ids), _files(ids)
    inherited, changes = _inherited(answered), _changes(ids)
    return [
        _activity(activity)
        | {
            "owner": {
                "name": activity.owner.name,
                "address": activity.owner_address,  # type: ignore[attr-defined]  # no column of its own
            },
            "projects": projects[activity.id],
            "inherited_from": inherited.get(activity.id),
            "participants": participants[activity.id],
            "files": files[activity.id],
            "changes": changes[activity.id],
        }
        for activity in activities
    ]


def file_document(attachment: Attachment) -> Document:
    """`attachment` with its stored file joined."""
    return {
        "name": attachment.name,
        "size": attachment.file.size,
        "content_type": attachment.content_type,
        "sha256": attachment.file_id,
        "inline": attachment.inline,
    }


def forwarded_document(forwarded: Forwarded) -> Document:
    """What a message forwards; who has no address there has null."""
    people = {role: [_person(one.mailbox) for one in forwarded.recipients if one.role is role] for role in Role}
    return {
        "kind": forwarded.kind,
        "author": forwarded.author and _person(forwarded.author),
        "to": people[Role.TO],
        "cc": people[Role.CC],
        "subject": forwarded.subject,
        "date": forwarded.date and rfc3339(forwarded.date),
        "message_id": forwarded.message_id,
    }


def event_document(event: Event) -> Document:
    """An event of a calendar in a message; what it does not say is null."""
    return {
        "method": event.method or None,
        "uid": event.uid or None,
        "summary": event.summary,
        "start": event.start or None,
        "end": event.end or None,
        "all_day": event.all_day,
        "zone": event.zone or None,
        "location": event.location or None,
        "organizer": event.organizer and _person(event.organizer),
        "attendees": [_person(one.mailbox) | {"response": one.response or None} for one in event.attendees],
        "recurrence": event.recurrence or None,
        "occurrence": event.occurrence or None,
        "status": event.status or None,
    }


def _person(mailbox: Person) -> Document:
    return {"name": mailbox.name, "address": mailbox.address or None}


def _activity(activity: Activity) -> Document:
    return {
        "id": activity.id,
        "organization": activity.organization.prefix,
        "type": activity.type.name,
        "status": activity.status,
        "subject": activity.subject,
        "date": rfc3339(activity.date),
        "date_source": activity.date_source,
        "message_id": activity.message_id,
        "in_reply_to": activity.in_reply_to,
        "references": activity.references,
        "customer": activity.customer.name if activity.customer else None,
        "gate": activity.gate,
        "authentication": {
            "evidence": activity.evidence,
            "spf": activity.spf,
            "dkim": activity.dkim,
            "dmarc": activity.dmarc,
            "domain": activity.domain,
        },
        "unverified": activity.unverified,
        "replayed": activity.replayed,
        "candidates": activity.candidates,
        "warnings": activity.warnings,
        "left_out": activity.left_out,
        "source_sha256": activity.source_sha256,
        "text": activity.text,
        "quoted_from": activity.quoted_from,
        "signature_from": activity.signature_from,
        "forwarded": activity.forwarded,
        "calendar": activity.calendar,
        "html": activity.html,
    }


def _projects(activities: list[int]) -> tuple[defaultdict[int, list[str]], dict[int, int]]:
    """By activity: numbers, and the activity that they were inherited from, if they were."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    answered: dict[int, int] = {}
    links = ActivityProject.select(ActivityProject.activity, Project.number, ActivityProject.inherited_from).join(
        Project
    )
    links = links.where(ActivityProject.activity << activities).order_by(ActivityProject.id)
    for activity, number, inherited_from in tuples(links):
        found[activity].append(number)
        if inherited_from is not None:
            answered[activity] = inherited_from
    return found, answered


def _inherited(answered: Mapping[int, int]) -> dict[int, Document]:
    """By activity, the one whose projects it took because it answers that one."""
    if not answered:
        return {}
    rows = Activity.select(Activity.id, Activity.message_id).where(Activity.id << list(set(answered.values())))
    message_ids = dict(tuples(rows))
    return {heir: {"activity": one, "message_id": message_ids.get(one)} for heir, one in answered.items()}


def _participants(activities: list[int]) -> defaultdict[int, list[Document]]:
    found: defaultdict[int, list[Document]] = defaultdict(list)
    keys = ("kind", "role", "name", "address")
    columns = [getattr(Participant, key) for key in keys]
    rows = Participant.select(Participant.activity, *columns).where(Participant.activity << activities)
    for activity, *values in tuples(rows.order_by(Participant.activity, Participant.position)):
        found[activity].append(dict(zip(keys, values, strict=True)))
    return found


def _files(activities: list[int]) -> defaultdict[int, list[Document]]:
    found: defaultdict[int, list[Document]] = defaultdict(list)
    rows = Attachment.select(Attachment, StoredFile).join(StoredFile).where(Attachment.activity << activities)
    for row in rows.order_by(Attachment.activity, Attachment.position):
        found[row.activity_id].append(file_document(row))
    return found


def _changes(activities: list[int]) -> defaultdict[int, list[Document]]:
    """What later knowledge changed of each, oldest first."""
    found: defaultdict[int, list[Document]] = defaultdict(list)
    rows = ActivityChange.select().where(ActivityChange.activity << activities).order_by(ActivityChange.id)
    for row in rows:
        change = {"at": rfc3339(row.at), "what": row.what, "before": row.before, "after": row.after, "why": row.why}
        found[row.activity_id].append(change)
    return found


def with_related(query: Any) -> Any:  # noqa: ANN401 - peewee's queries have no useful types
    """A query of activities, with what `activity_documents` reads of other tables joined."""
    address = UserAddress.select(UserAddress.address).where(
        UserAddress.user == Activity.owner, UserAddress.position == 0
    )
    related = query.select_extend(Organization, ActivityType, User, Customer, address.alias("owner_address"))
    return (
        related.join(Organization)
        .switch(Activity)
        .join(ActivityType)
        .switch(Activity)
        .join(User)
        .switch(Activity)
        .join(Customer, peewee.JOIN.LEFT_OUTER)
        .switch(Activity)
    )
