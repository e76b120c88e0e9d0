"""What the database knows of one message, for whoever asks about it and changes nothing."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.activity import Activity, ActivityProject
from models.inbound import Delivery, Epoch, Mailbox
from models.organization import Organization
from poller.filing.activity import Draft
from poller.filing.reasons import Outcome
from poller.mail.message import MessageRef
from poller.storage.activities import Filed, replay_of
from poller.storage.rows import tuples


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDelivery:
    """A line of the ledger: what a message came to, `outcome` None while that is open.

    `source_sha256` was recorded when the message was fetched, be the source still in the store or not.
    """

    ref: MessageRef
    internal_date: datetime
    size: int
    source_sha256: str | None
    seen_at: datetime
    outcome: str | None
    reason: str | None
    detail: str | None
    decided_at: datetime | None
    folder: str | None
    activity_id: int | None


def organization_ids() -> dict[str, int]:
    """By the organization's key; those of the settings that no worker has served yet are absent."""
    return dict(tuples(Organization.select(Organization.key, Organization.id)))


def filing_addresses() -> dict[str, str]:
    """By the key of every organization that a worker or a command ever served."""
    return dict(tuples(Organization.select(Organization.key, Organization.filing_address)))


def find_delivery(uid: int, account: str) -> KnownDelivery | None:
    """The message of that UID in a folder of the account ("user@host/"), in the newest epoch that has one."""
    names: dict[int, str] = dict(tuples(Mailbox.select(Mailbox.id, Mailbox.name)))
    mine = [mailbox for mailbox, name in names.items() if name.startswith(account)]
    for epoch in Epoch.select().where(Epoch.mailbox << mine).order_by(Epoch.id.desc()):
        found = Delivery.get_or_none(epoch=epoch, uid=uid)
        if found:
            return _known(found, MessageRef(mailbox=names[epoch.mailbox_id], uidvalidity=epoch.uidvalidity, uid=uid))
    return None


def find_activity(organization_id: int, identity: str) -> int | None:
    """The activity that this content was filed as."""
    found = Activity.get_or_none(organization=organization_id, identity=identity)
    return found.id if found else None


def as_copy(draft: Draft, activity_id: int) -> Filed:
    """What a further copy of an activity would come to: `activities.file_all` without the writing."""
    activity = Activity.get_by_id(activity_id)
    if replay := replay_of(activity, draft):
        return replay
    named = ActivityProject.inherited_from.is_null()  # what was inherited gives way
    links = ActivityProject.select(ActivityProject.project).where(ActivityProject.activity == activity_id, named)
    linked = {project for (project,) in tuples(links)}
    added = [project.number for project in draft.projects if project.id not in linked]
    if added:
        note = f"a copy of activity {activity_id}, to which it adds {', '.join(added)}"
        return Filed(activity_id=activity_id, outcome=Outcome.FILED, note=note)
    return Filed(activity_id=activity_id, outcome=Outcome.DUPLICATE, note=f"a copy of activity {activity_id}")


def _known(found: Delivery, ref: MessageRef) -> KnownDelivery:
    return KnownDelivery(
        ref=ref,
        internal_date=found.internal_date,
        size=found.size,
        source_sha256=found.source_sha256,
        seen_at=found.seen_at,
        outcome=found.outcome,
        reason=found.reason,
        detail=found.detail,
        decided_at=found.decided_at,
        folder=found.folder,
        activity_id=found.activity_id,
    )
