"""What the database knows of one message, for whoever asks about it and changes nothing."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.activity import Activity
from models.inbound import Delivery, Mailbox
from models.organization import Organization
from poller.mail.message import MessageRef
from poller.storage.rows import tuples


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSource:
    """A delivery whose source was recorded, be it still in the store or not."""

    ref: MessageRef
    internal_date: datetime
    sha256: str


def organization_ids() -> dict[str, int]:
    """By the organization's key; those of the settings that no worker has served yet are absent."""
    return dict(tuples(Organization.select(Organization.key, Organization.id)))


def find_activity(organization_id: int, identity: str) -> int | None:
    """The activity that this content was filed as."""
    found = Activity.get_or_none(organization=organization_id, identity=identity)
    return found.id if found else None


def find_source(uid: int, account: str) -> KeptSource | None:
    """The latest delivery of that UID in a folder of the account ("user@host/")."""
    deliveries = Delivery.select(Delivery, Mailbox.name).join(Mailbox)
    mine = deliveries.where(
        Delivery.uid == uid, Mailbox.name.startswith(account), Delivery.source_sha256.is_null(is_null=False)
    )
    found = mine.order_by(Delivery.id.desc()).first()
    if found is None:
        return None
    ref = MessageRef(mailbox=found.mailbox.name, uidvalidity=found.uidvalidity, uid=found.uid)
    return KeptSource(ref=ref, internal_date=found.internal_date, sha256=found.source_sha256)
