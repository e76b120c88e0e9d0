"""The ledger: every message ever seen in a mailbox, and its one outcome.

UIDs and UIDVALIDITY are unsigned 32 bit (RFC 9051, 2.3.1.1): more than PostgreSQL's integer holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import peewee

from models.activity import Activity
from models.base import BaseModel, JsonField, UtcDateTimeField
from models.organization import Organization


class Mailbox(BaseModel):
    """`name` says where it is: "user@host/INBOX"."""

    name = peewee.TextField(unique=True)


class Epoch(BaseModel):
    """A mailbox for as long as its UIDs mean the same messages. The newest row of a mailbox is its current epoch.

    It began at `began_at`, with UIDNEXT at `first_uidnext`. Mail below `start_uid` was passed over at first contact,
    and so was what arrived before the day `start_since` (UTC). Every UID up to `low_uid` is terminal and settled, held
    or deferred. `uidnext` is that of the last poll that came to its end; at `reconciled_at` one looked at everything.
    """

    if TYPE_CHECKING:
        mailbox_id: peewee.IntegerField[int]

    mailbox = peewee.ForeignKeyField(Mailbox, index=False)
    uidvalidity = peewee.BigIntegerField()
    start_uid = peewee.BigIntegerField(default=1)
    start_since = peewee.DateField(null=True)
    first_uidnext = peewee.BigIntegerField()
    low_uid = peewee.BigIntegerField(default=0)
    uidnext = peewee.BigIntegerField()
    began_at = UtcDateTimeField()
    last_poll_at = UtcDateTimeField(null=True)
    reconciled_at = UtcDateTimeField(null=True)

    class Meta:
        # Not unique by UIDVALIDITY: a mailbox that is restored may come back to one that it had before.
        indexes = ((("mailbox", "id"), False),)


class Delivery(BaseModel):
    """A message in a mailbox. `outcome` is null until it is decided, `settled_at` until it lies where it belongs.

    `attempts` are those that neither ended nor were given back; so many were `forgiven`. `next_attempt_at` is set while
    it is to be tried again.
    `folder_uid` and `folder_uidvalidity` name it in `folder`, as far as the server told (COPYUID: RFC 4315, 3).
    `source_kept`: its octets are in the file store under `source_sha256`. `authentication` is the evidence that was
    accepted. At `retried_at` a person last asked to have it judged again. `recipients` are the filing addresses found,
    `reasons` the slugs of all rules that hit, of which `reason` decided.
    """

    if TYPE_CHECKING:
        epoch_id: peewee.IntegerField[int]
        organization_id: peewee.IntegerField[int | None]
        activity_id: peewee.IntegerField[int | None]

    epoch = peewee.ForeignKeyField(Epoch, index=False)
    uid = peewee.BigIntegerField()
    internal_date = UtcDateTimeField()
    size = peewee.BigIntegerField()
    source_sha256 = peewee.CharField(max_length=64, null=True)
    source_kept = peewee.BooleanField(default=False)
    organization = peewee.ForeignKeyField(Organization, null=True, index=False)
    identity = peewee.CharField(max_length=64, null=True)
    outcome = peewee.TextField(null=True)
    reason = peewee.TextField(null=True)
    notice = peewee.TextField(default="none")
    activity = peewee.ForeignKeyField(Activity, null=True)
    attempts = peewee.IntegerField(default=0)
    forgiven = peewee.IntegerField(default=0)
    next_attempt_at = UtcDateTimeField(null=True)
    retried_at = UtcDateTimeField(null=True)
    folder = peewee.TextField(null=True)
    folder_uidvalidity = peewee.BigIntegerField(null=True)
    folder_uid = peewee.BigIntegerField(null=True)
    seen_at = UtcDateTimeField()
    decided_at = UtcDateTimeField(null=True)
    settled_at = UtcDateTimeField(null=True)
    author = peewee.TextField(null=True)
    message_id = peewee.TextField(null=True)
    subject = peewee.TextField(null=True)
    recipients = JsonField(default=list)
    reasons = JsonField(default=list)
    detail = peewee.TextField(null=True)
    authentication = JsonField(null=True)

    class Meta:
        indexes = (
            (("epoch", "uid"), True),
            (("outcome", "id"), False),
            (("outcome", "decided_at"), False),
            (("reason", "id"), False),
            (("identity",), False),
            (("source_sha256",), False),
        )


# What a cycle still has to decide or settle: few rows, however long the ledger.
Delivery.add_index(
    peewee.ModelIndex(
        Delivery,
        (Delivery.epoch, Delivery.uid),
        where=Delivery.settled_at.is_null(),
        name="delivery_unsettled",
    )
)
# What is to be tried again, in the order in which its time comes.
Delivery.add_index(
    peewee.ModelIndex(
        Delivery,
        (Delivery.epoch, Delivery.next_attempt_at),
        where=Delivery.next_attempt_at.is_null(is_null=False),
        name="delivery_waiting",
    )
)
# What lies in a folder, by its UIDs there: the last one is asked for at every start.
Delivery.add_index(
    peewee.ModelIndex(
        Delivery,
        (Delivery.folder, Delivery.folder_uidvalidity, Delivery.folder_uid),
        where=Delivery.folder_uid.is_null(is_null=False),
        name="delivery_in_folder",
    )
)


class Lease(BaseModel):
    """The fencing counter of a mailbox's worker: a transaction whose `fence` is no longer this one is not committed."""

    name = peewee.TextField(unique=True)
    fence = peewee.BigIntegerField(default=0)
