"""What was filed: an activity is one e-mail, with its projects, participants and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import peewee

from models.base import BaseModel, JsonField, UtcDateTimeField
from models.organization import ActivityType, Organization
from models.people import Contact, Customer, User
from models.project import Project


class Activity(BaseModel):
    """`identity` is the SHA-256 of the canonical content; `delivered_at` the INTERNALDATE of the first copy.

    Another message may have the same Message-ID: its hash is there to find it, and makes nothing unique.
    """

    if TYPE_CHECKING:
        organization_id: peewee.IntegerField[int]
        type_id: peewee.IntegerField[int]
        owner_id: peewee.IntegerField[int]
        customer_id: peewee.IntegerField[int | None]

    organization = peewee.ForeignKeyField(Organization, index=False)
    identity = peewee.CharField(max_length=64)
    type = peewee.ForeignKeyField(ActivityType, index=False)
    status = peewee.TextField()
    date = UtcDateTimeField()
    date_source = peewee.TextField()
    owner = peewee.ForeignKeyField(User, index=False)
    customer = peewee.ForeignKeyField(Customer, null=True, index=False)
    gate = peewee.TextField()
    evidence = peewee.TextField()
    spf = peewee.TextField()
    dkim = peewee.TextField()
    dmarc = peewee.TextField()
    domain = peewee.TextField(null=True)
    selector = peewee.TextField(null=True)
    unverified = peewee.BooleanField()
    replayed = peewee.BooleanField(default=False)
    source_sha256 = peewee.CharField(max_length=64)
    message_id_sha256 = peewee.CharField(max_length=64, null=True)
    delivered_at = UtcDateTimeField()
    created_at = UtcDateTimeField()
    quoted_from = peewee.IntegerField(null=True)
    signature_from = peewee.IntegerField(null=True)
    subject = peewee.TextField()
    message_id = peewee.TextField(null=True)
    in_reply_to = JsonField(default=list)
    references = JsonField(default=list)
    forwarded = JsonField(default=list)
    calendar = JsonField(default=list)
    candidates = JsonField(default=list)
    warnings = JsonField(default=list)
    left_out = JsonField(default=list)
    text = peewee.TextField()
    html = peewee.TextField(null=True)

    class Meta:
        indexes = (
            (("organization", "identity"), True),
            (("organization", "message_id_sha256"), False),
            # Listings go through ids; with the id in the index the first page costs the same however many there are.
            (("organization", "id"), False),
            (("owner", "id"), False),
            (("customer", "id"), False),
            (("date", "id"), False),
        )


class ActivityProject(BaseModel):
    """`inherited_from` is the id of the activity that was answered, null where the message named the project itself."""

    if TYPE_CHECKING:
        activity_id: peewee.IntegerField[int]
        project_id: peewee.IntegerField[int]

    activity = peewee.ForeignKeyField(Activity, index=False, on_delete="CASCADE")
    project = peewee.ForeignKeyField(Project, index=False)
    inherited_from = peewee.IntegerField(null=True)

    class Meta:
        indexes = ((("activity", "project"), True), (("project", "activity"), False))


class Participant(BaseModel):
    """`kind` is user, contact or external; `role` author, to, cc, bcc or delivered."""

    if TYPE_CHECKING:
        activity_id: peewee.IntegerField[int]
        user_id: peewee.IntegerField[int | None]
        contact_id: peewee.IntegerField[int | None]

    activity = peewee.ForeignKeyField(Activity, index=False, on_delete="CASCADE")
    position = peewee.IntegerField()
    kind = peewee.TextField()
    role = peewee.TextField()
    name = peewee.TextField()
    address = peewee.TextField()
    address_key = peewee.TextField()
    user = peewee.ForeignKeyField(User, null=True, index=False)
    contact = peewee.ForeignKeyField(Contact, null=True, index=False)

    class Meta:
        indexes = ((("activity", "position"), True), (("user", "activity"), False))


class StoredFile(BaseModel):
    """A content, kept once under its SHA-256 (64 hexadecimal digits); `size` in octets."""

    sha256 = peewee.CharField(max_length=64, primary_key=True)
    size = peewee.BigIntegerField()
    created_at = UtcDateTimeField()


class Attachment(BaseModel):
    """A content under its name in an activity, and so in each of the activity's projects unless it is `inline`."""

    if TYPE_CHECKING:
        activity_id: peewee.IntegerField[int]
        file_id: peewee.CharField[str]

    activity = peewee.ForeignKeyField(Activity, index=False, on_delete="CASCADE")
    position = peewee.IntegerField()
    name = peewee.TextField()
    content_type = peewee.TextField()
    file = peewee.ForeignKeyField(StoredFile)
    inline = peewee.BooleanField()

    class Meta:
        indexes = ((("activity", "name"), True),)
