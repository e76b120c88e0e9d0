import peewee
import pytest

from models.activity import StoredFile
from models.inbound import Delivery, Epoch, Lease, Mailbox
from tests.models.making import goes_with, is_key, make, nullable

pytestmark = pytest.mark.usefixtures("tables")
LARGEST = 2**32 - 1  # of an unsigned 32 bit integer


@pytest.mark.parametrize(
    ("model", "columns"),
    [(Mailbox, "name"), (Delivery, "epoch uid"), (Lease, "name")],
)
def test_what_must_not_be_twice(model, columns):
    assert is_key(model, columns)


UNDECIDED = (
    "source_sha256 organization identity outcome reason activity next_attempt_at retried_at folder folder_uidvalidity "
    "folder_uid decided_at settled_at author message_id subject detail authentication"
)


@pytest.mark.parametrize(
    ("model", "columns"),
    [(Mailbox, ""), (Epoch, "start_since last_poll_at reconciled_at"), (Delivery, UNDECIDED), (Lease, "")],
)
def test_what_may_be_missing(model, columns):
    assert nullable(model) == columns


@pytest.mark.parametrize(
    ("model", "column"),
    [(Epoch, "mailbox"), (Delivery, "epoch"), (Delivery, "organization"), (Delivery, "activity")],
)
def test_the_ledger_goes_with_nothing(model, column):
    assert not goes_with(model, column)


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [
        (Epoch, "uidvalidity", LARGEST),
        (Epoch, "low_uid", LARGEST),
        (Epoch, "first_uidnext", LARGEST + 1),
        (Epoch, "uidnext", LARGEST + 1),
        (Epoch, "start_uid", LARGEST + 1),
        (Delivery, "uid", LARGEST),
        (Delivery, "folder_uid", LARGEST),
        (Delivery, "folder_uidvalidity", LARGEST),
        (Delivery, "size", 2**63 - 1),  # IMAP4rev2 counts octets in 63 bits
        (StoredFile, "size", 2**63 - 1),
        (Lease, "fence", 2**63 - 1),
    ],
)
def test_the_largest_number_that_the_standard_allows_is_kept(model, column, value):
    assert getattr(model.get_by_id(make(model, **{column: value})), column) == value
    assert isinstance(getattr(model, column), peewee.BigIntegerField), "SQLite takes it in any column"


def test_a_message_starts_undecided_without_attempts():
    row = Delivery.get_by_id(make(Delivery).id)
    assert (row.notice, row.attempts, row.recipients, row.reasons, row.source_kept) == ("none", 0, [], [], False)


def test_a_mailbox_may_come_back_to_a_uidvalidity_that_it_had():
    first = make(Epoch)
    assert make(Epoch, mailbox=first.mailbox, uidvalidity=first.uidvalidity).id > first.id


def test_an_epoch_and_a_lease_start_at_zero():
    assert (Epoch.get_by_id(make(Epoch)).low_uid, Lease.get_by_id(make(Lease)).fence) == (0, 0)
