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

    `state` is pending, sending, sent, failed or, by the rule named in `rule`, suppressed.
    """

    if TYPE_CHECKING:
        delivery_id: peewee.IntegerField[int]
        organization_id: peewee.IntegerField[int | None]

    delivery = peewee.ForeignKeyField(Delivery)
    organization = peewee.ForeignKeyField(Organization, null=True, index=False)
    identity = peewee.CharField(max_length=64)
    reason = peewee.TextField()
    address = peewee.TextField()
    address_sha256 = peewee.CharField(max_length=64)
    recipient = peewee.TextField(null=True)
    state = peewee.TextField()
    rule = peewee.TextField(null=True)
    attempts = peewee.IntegerField(default=0)
    next_attempt_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        # The address itself may be longer than a key of a PostgreSQL index.
        indexes = ((("identity", "reason", "address_sha256"), True), (("state", "next_attempt_at"), False))

    @staticmethod
    def hash_address(address: str) -> str:
        """Refused address -> `address_sha256`, 64 hexadecimal digits."""
        return hashlib.sha256(address.encode()).hexdigest()
