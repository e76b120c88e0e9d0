"""The outbox: notices of failed delivery, written in the transaction of the refusal and sent afterwards."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import peewee

from models.base import BaseModel, UtcDateTimeField
from models.inbound import Delivery
from models.organization import Organization


class Notice(BaseModel):
    """`address` is the refused filing address or "", `recipient` the Return-Path that gets the notice.

    `state` is pending, sending (it may have arrived), sent, failed or, by the rule named in `rule`, suppressed.
    `sender` is the lease of the worker that began to send it; it is `repeated` at most once where nobody knows whether
    it arrived. While it is to be sent it has a `next_attempt_at`. `error` says why it failed last. Without a `delivery`
    it is mail to the administrator. Budgets go by `recipient_sha256`, of its key without subaddress, and
    `domain_sha256`, of the domain that its owner registered.
    """

    if TYPE_CHECKING:
        delivery_id: peewee.IntegerField[int | None]
        organization_id: peewee.IntegerField[int | None]

    delivery = peewee.ForeignKeyField(Delivery, null=True)
    organization = peewee.ForeignKeyField(Organization, null=True, index=False)
    identity = peewee.CharField(max_length=64)
    reason = peewee.TextField()
    address_sha256 = peewee.CharField(max_length=64)
    state = peewee.TextField()
    rule = peewee.TextField(null=True)
    attempts = peewee.IntegerField(default=0)
    repeated = peewee.BooleanField(default=False)
    next_attempt_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    recipient_sha256 = peewee.CharField(max_length=64, null=True)
    domain_sha256 = peewee.CharField(max_length=64, null=True)
    sender = peewee.TextField(null=True)
    address = peewee.TextField()
    recipient = peewee.TextField(null=True)
    message_id = peewee.TextField(null=True)
    error = peewee.TextField(null=True)
    message = peewee.BlobField(null=True)

    class Meta:
        # Addresses themselves may be longer than a key of a PostgreSQL index.
        indexes = (
            (("identity", "reason", "address_sha256"), True),
            (("state", "updated_at"), False),
        )

    @staticmethod
    def hash_address(address: str) -> str:
        """An address, or a domain -> 64 hexadecimal digits."""
        return hashlib.sha256(address.encode()).hexdigest()


# What is to be sent still: few rows, however many were.
Notice.add_index(
    peewee.ModelIndex(
        Notice,
        (Notice.next_attempt_at,),
        where=Notice.next_attempt_at.is_null(is_null=False),
        name="notice_waiting",
    )
)
# What budgets are measured against, be there ever so many old or suppressed ones.
COUNTED = Notice.rule.is_null() & Notice.delivery.is_null(is_null=False)
for _name, _columns in {
    "notice_to_recipient": (Notice.recipient_sha256, Notice.created_at),
    "notice_to_domain": (Notice.domain_sha256, Notice.created_at),
    "notice_to_anybody": (Notice.created_at,),
}.items():
    Notice.add_index(peewee.ModelIndex(Notice, _columns, where=COUNTED, name=_name))
