"""The first schema: a frozen copy of the tables, so that later changes of the models leave it alone."""

from __future__ import annotations

import peewee
from playhouse.migrate import SchemaMigrator


class Moment(peewee.Field):
    field_type = "TIMESTAMPTZ"


class Table(peewee.Model):
    class Meta:
        legacy_table_names = False


class Organization(Table):
    key = peewee.TextField(unique=True)
    prefix = peewee.TextField()
    filing_address = peewee.TextField()


class ActivityType(Table):
    organization = peewee.ForeignKeyField(Organization, index=False)
    name = peewee.TextField()
    calendar_sync = peewee.BooleanField()

    class Meta:
        indexes = ((("organization", "name"), True),)


class User(Table):
    organization = peewee.ForeignKeyField(Organization, index=False)
    key = peewee.TextField()
    name = peewee.TextField()
    active = peewee.BooleanField()

    class Meta:
        table_name = "employee"
        indexes = ((("organization", "key"), True),)


class UserAddress(Table):
    organization = peewee.ForeignKeyField(Organization, index=False)
    user = peewee.ForeignKeyField(User, on_delete="CASCADE")
    position = peewee.IntegerField()
    address = peewee.TextField()
    address_key = peewee.TextField()

    class Meta:
        table_name = "employee_address"
        indexes = ((("organization", "address_key"), True),)


class Customer(Table):
    organization = peewee.ForeignKeyField(Organization, index=False)
    key = peewee.TextField()
    name = peewee.TextField()

    class Meta:
        indexes = ((("organization", "key"), True),)


class Contact(Table):
    organization = peewee.ForeignKeyField(Organization, index=False)
    key = peewee.TextField()
    customer = peewee.ForeignKeyField(Customer)
    name = peewee.TextField()
    active = peewee.BooleanField()

    class Meta:
        indexes = ((("organization", "key"), True),)


class ContactAddress(Table):
    organization = peewee.ForeignKeyField(Organization, index=False)
    contact = peewee.ForeignKeyField(Contact, index=False, on_delete="CASCADE")
    position = peewee.IntegerField()
    address = peewee.TextField()
    address_key = peewee.TextField()

    class Meta:
        indexes = ((("contact", "address_key"), True), (("organization", "address_key"), False))


class Project(Table):
    organization = peewee.ForeignKeyField(Organization, index=False)
    number = peewee.TextField()
    number_key = peewee.TextField()
    integer_key = peewee.TextField(null=True)
    name = peewee.TextField()
    kind = peewee.TextField()
    customer = peewee.ForeignKeyField(Customer, null=True)
    state = peewee.TextField()

    class Meta:
        indexes = ((("organization", "number_key"), True), (("organization", "integer_key"), False))


class Activity(Table):
    organization = peewee.ForeignKeyField(Organization, index=False)
    identity = peewee.CharField(max_length=64)
    type = peewee.ForeignKeyField(ActivityType, index=False)
    status = peewee.TextField()
    date = Moment()
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
    replayed = peewee.BooleanField()
    source_sha256 = peewee.CharField(max_length=64)
    message_id_sha256 = peewee.CharField(max_length=64, null=True)
    delivered_at = Moment()
    created_at = Moment()
    quoted_from = peewee.IntegerField(null=True)
    signature_from = peewee.IntegerField(null=True)
    subject = peewee.TextField()
    message_id = peewee.TextField(null=True)
    in_reply_to = peewee.TextField()
    references = peewee.TextField()
    forwarded = peewee.TextField()
    calendar = peewee.TextField()
    candidates = peewee.TextField()
    warnings = peewee.TextField()
    left_out = peewee.TextField()
    text = peewee.TextField()
    html = peewee.TextField(null=True)

    class Meta:
        indexes = (
            (("organization", "identity"), True),
            (("organization", "message_id_sha256"), False),
            (("organization", "id"), False),
            (("owner", "id"), False),
            (("customer", "id"), False),
            (("date", "id"), False),
        )


class ActivityProject(Table):
    activity = peewee.ForeignKeyField(Activity, index=False, on_delete="CASCADE")
    project = peewee.ForeignKeyField(Project, index=False)

    class Meta:
        indexes = ((("activity", "project"), True), (("project", "activity"), False))


class Participant(Table):
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


class StoredFile(Table):
    sha256 = peewee.CharField(max_length=64, primary_key=True)
    size = peewee.BigIntegerField()
    created_at = Moment()


class Attachment(Table):
    activity = peewee.ForeignKeyField(Activity, index=False, on_delete="CASCADE")
    position = peewee.IntegerField()
    name = peewee.TextField()
    content_type = peewee.TextField()
    file = peewee.ForeignKeyField(StoredFile)
    inline = peewee.BooleanField()

    class Meta:
        indexes = ((("activity", "name"), True),)


class Mailbox(Table):
    name = peewee.TextField(unique=True)


class Epoch(Table):
    mailbox = peewee.ForeignKeyField(Mailbox, index=False)
    uidvalidity = peewee.BigIntegerField()
    start_uid = peewee.BigIntegerField()
    start_since = peewee.DateField(null=True)
    first_uidnext = peewee.BigIntegerField()
    low_uid = peewee.BigIntegerField()
    uidnext = peewee.BigIntegerField()
    began_at = Moment()
    last_poll_at = Moment(null=True)
    reconciled_at = Moment(null=True)

    class Meta:
        indexes = ((("mailbox", "id"), False),)


class Delivery(Table):
    epoch = peewee.ForeignKeyField(Epoch, index=False)
    uid = peewee.BigIntegerField()
    internal_date = Moment()
    size = peewee.BigIntegerField()
    source_sha256 = peewee.CharField(max_length=64, null=True)
    source_kept = peewee.BooleanField()
    organization = peewee.ForeignKeyField(Organization, null=True, index=False)
    identity = peewee.CharField(max_length=64, null=True)
    outcome = peewee.TextField(null=True)
    reason = peewee.TextField(null=True)
    notice = peewee.TextField()
    activity = peewee.ForeignKeyField(Activity, null=True)
    attempts = peewee.IntegerField()
    forgiven = peewee.IntegerField()
    next_attempt_at = Moment(null=True)
    retried_at = Moment(null=True)
    folder = peewee.TextField(null=True)
    folder_uidvalidity = peewee.BigIntegerField(null=True)
    folder_uid = peewee.BigIntegerField(null=True)
    seen_at = Moment()
    decided_at = Moment(null=True)
    settled_at = Moment(null=True)
    author = peewee.TextField(null=True)
    message_id = peewee.TextField(null=True)
    subject = peewee.TextField(null=True)
    recipients = peewee.TextField()
    reasons = peewee.TextField()
    detail = peewee.TextField(null=True)
    authentication = peewee.TextField(null=True)

    class Meta:
        indexes = (
            (("epoch", "uid"), True),
            (("outcome", "id"), False),
            (("outcome", "decided_at"), False),
            (("reason", "id"), False),
            (("identity",), False),
            (("source_sha256",), False),
        )


class Lease(Table):
    name = peewee.TextField(unique=True)
    fence = peewee.BigIntegerField()


class Notice(Table):
    delivery = peewee.ForeignKeyField(Delivery, null=True)
    organization = peewee.ForeignKeyField(Organization, null=True, index=False)
    identity = peewee.CharField(max_length=64)
    reason = peewee.TextField()
    address_sha256 = peewee.CharField(max_length=64)
    state = peewee.TextField()
    rule = peewee.TextField(null=True)
    attempts = peewee.IntegerField()
    repeated = peewee.BooleanField()
    next_attempt_at = Moment(null=True)
    created_at = Moment()
    updated_at = Moment()
    recipient_sha256 = peewee.CharField(max_length=64, null=True)
    domain_sha256 = peewee.CharField(max_length=64, null=True)
    sender = peewee.TextField(null=True)
    address = peewee.TextField()
    recipient = peewee.TextField(null=True)
    message_id = peewee.TextField(null=True)
    error = peewee.TextField(null=True)
    message = peewee.BlobField(null=True)

    class Meta:
        indexes = (
            (("identity", "reason", "address_sha256"), True),
            (("state", "updated_at"), False),
        )


class Secret(Table):
    name = peewee.TextField(unique=True)
    value = peewee.BlobField()


class Health(Table):
    name = peewee.TextField(unique=True)
    version = peewee.TextField()
    pid = peewee.BigIntegerField()
    began_at = Moment()
    beat_at = Moment()
    polled_at = Moment(null=True)
    failures = peewee.IntegerField()
    trouble = peewee.TextField(null=True)


Delivery.add_index(Delivery.epoch, Delivery.uid, where=Delivery.settled_at.is_null(), name="delivery_unsettled")
WAITING = Delivery.next_attempt_at.is_null(is_null=False)
Delivery.add_index(Delivery.epoch, Delivery.next_attempt_at, where=WAITING, name="delivery_waiting")
PLACED = Delivery.folder_uid.is_null(is_null=False)
FOLDER = (Delivery.folder, Delivery.folder_uidvalidity, Delivery.folder_uid)
Delivery.add_index(*FOLDER, where=PLACED, name="delivery_in_folder")
TO_BE_SENT = Notice.next_attempt_at.is_null(is_null=False)
Notice.add_index(Notice.next_attempt_at, where=TO_BE_SENT, name="notice_waiting")
COUNTED = Notice.rule.is_null() & Notice.delivery.is_null(is_null=False)
Notice.add_index(Notice.recipient_sha256, Notice.created_at, where=COUNTED, name="notice_to_recipient")
Notice.add_index(Notice.domain_sha256, Notice.created_at, where=COUNTED, name="notice_to_domain")
Notice.add_index(Notice.created_at, where=COUNTED, name="notice_to_anybody")

TABLES = tuple(Table.__subclasses__())
"""In the order of their definition, so that each stands behind those that it refers to."""


def up(migrator: SchemaMigrator, db: peewee.Database) -> None:
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
