"""Draft -> rows of one activity, or of what a further copy adds to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from models.activity import Activity, ActivityProject, Attachment, Participant, StoredFile
from poller.filing.activity import Draft
from poller.filing.facts import Project
from poller.filing.participants import Participant as Person
from poller.filing.participants import person_identity
from poller.filing.reasons import Outcome

# Copies of one delivery may take their time; what comes later was sent again by somebody.
_COPIES_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an organization's activities are: whose, of which type and status, with at most so many participants."""

    organization_id: int
    type_id: int
    status: str
    max_participants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """`note` says what is special about a duplicate."""

    activity_id: int
    outcome: Outcome
    note: str | None = None


def file_draft(draft: Draft, kind: Kind, source_sha256: str, now: datetime) -> Filed:
    """Inside a transaction. There is one activity for each organization and identity, whatever the number of copies."""
    activity = Activity.get_or_none(organization=kind.organization_id, identity=draft.message.identity)
    if activity is None:
        activity = _create(draft, kind, source_sha256, now)
        _link(activity, draft.projects)
        _add_participants(activity, draft.participants, first_position=0)
        _attach(activity, draft, now)
        return Filed(activity_id=activity.id, outcome=Outcome.FILED)
    if abs(draft.delivered_at - activity.delivered_at) > _COPIES_WITHIN:
        Activity.update(replayed=True).where(Activity.id == activity.id).execute()
        note = f"replay: the same message was filed as activity {activity.id} more than 7 days before"
        return Filed(activity_id=activity.id, outcome=Outcome.DUPLICATE, note=note)
    return _unite(activity, draft, kind)


def _create(draft: Draft, kind: Kind, source_sha256: str, now: datetime) -> Activity:
    message, authentication = draft.message, draft.authentication
    return Activity.create(
        organization=kind.organization_id,
        identity=message.identity,
        type=kind.type_id,
        status=kind.status,
        date=draft.date,
        date_source=draft.date_source,
        owner=draft.owner.id,
        customer=draft.customer.id if draft.customer else None,
        gate=draft.gate,
        evidence=authentication.evidence,
        spf=authentication.spf,
        dkim=authentication.dkim,
        dmarc=authentication.dmarc,
        domain=authentication.domain,
        selector=authentication.selector,
        unverified=authentication.unverified,
        source_sha256=source_sha256,
        delivered_at=draft.delivered_at,
        created_at=now,
        subject=message.subject,
        message_id=message.message_id,
        in_reply_to=list(message.in_reply_to),
        references=list(message.references),
        candidates=[asdict(candidate) for candidate in draft.candidates],
        warnings=list(draft.warnings),
        left_out=[asdict(one) for one in draft.left_out],
        text=message.text,
        quoted_from=message.quoted_from,
        html=message.html,
    )


def _unite(activity: Activity, draft: Draft, kind: Kind) -> Filed:
    """A further copy: its projects and participants are added; it counts as filed where it adds a project."""
    rows = list(Participant.select().where(Participant.activity == activity))
    present = {person_identity(row.user_id, row.contact_id, row.address_key) for row in rows}
    room = max(kind.max_participants - len(rows), 0)
    new = [one for one in draft.participants if one.identity not in present and one.user_id != activity.owner_id]
    _add_participants(activity, new[:room], first_position=len(rows))
    links = ActivityProject.select(ActivityProject.project).where(ActivityProject.activity == activity)
    linked = {link.project_id for link in links}
    added = [project for project in draft.projects if project.id not in linked]
    _link(activity, added)
    if added:
        return Filed(activity_id=activity.id, outcome=Outcome.FILED)
    return Filed(activity_id=activity.id, outcome=Outcome.DUPLICATE, note=f"a copy of activity {activity.id}")


def _link(activity: Activity, projects: Iterable[Project]) -> None:
    links = [{"activity": activity, "project": project.id} for project in projects]
    if links:
        ActivityProject.insert_many(links).execute()


def _add_participants(activity: Activity, people: Iterable[Person], first_position: int) -> None:
    rows = [
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
    ]
    if rows:
        Participant.insert_many(rows).execute()


def _attach(activity: Activity, draft: Draft, now: datetime) -> None:
    if not draft.files:
        return
    contents = {one.sha256: {"sha256": one.sha256, "size": one.size, "created_at": now} for one in draft.files}
    StoredFile.insert_many(list(contents.values())).on_conflict_ignore().execute()
    Attachment.insert_many(
        [
            {
                "activity": activity,
                "position": position,
                "name": one.name,
                "content_type": one.content_type,
                "file": one.sha256,
                "inline": one.inline,
            }
            for position, one in enumerate(draft.files)
        ]
    ).execute()
