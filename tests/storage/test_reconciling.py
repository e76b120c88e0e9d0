"""What the ledger says of where mail lies, and the tables of files: all of it, page by page."""

from collections import Counter

import peewee
import pytest

from models.activity import Activity
from models.inbound import Delivery, Epoch
from poller.filing.reasons import Outcome, Reason
from poller.storage import reconciling
from poller.storage.reconciling import Likeness, Place, Stored
from tests.storage import making
from tests.storage.making import MAILBOX, NOW, UIDVALIDITY, days, sha

FILED = {"folder": "Filed", "folder_uidvalidity": 8}


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr(reconciling, "PAGE", 2)


def refuse(ledger, *uids):
    refused = (making.refused(uid, Reason.MALFORMED, read=making.message(str(uid))) for uid in uids)
    making.commit(ledger, *refused)


def place(uid, folder_uid, **fields):
    """It lies there, as COPYUID told."""
    values = {"settled_at": NOW, "folder_uid": folder_uid} | FILED | fields
    Delivery.update(values).where(Delivery.uid == uid).execute()


def test_nothing_was_seen_of_a_mailbox_that_was_never_polled(database):
    assert reconciling.last_seen(MAILBOX) is None


def test_the_current_epoch_is_the_newest_and_claims_nothing_before_its_first_poll(ledger):
    seen = reconciling.last_seen(MAILBOX)
    assert (seen.uidvalidity, seen.start_uid, seen.uidnext, seen.polled_at) == (UIDVALIDITY, 1, 1, None)
    Epoch.update(uidnext=10, start_uid=4).execute()
    assert reconciling.last_seen(MAILBOX).uidnext == 4
    Epoch.update(last_poll_at=NOW).execute()
    assert reconciling.last_seen(MAILBOX).uidnext == 10


def test_messages_come_page_by_page_by_their_uids(ledger):
    refuse(ledger, 3, 1, 7)
    first = reconciling.entries(ledger.epoch.id, 0)
    rest = reconciling.entries(ledger.epoch.id, first[-1].uid)
    assert [one.uid for one in first] == [1, 3]
    assert [(one.uid, one.outcome, one.settled, one.folder) for one in rest] == [(7, "quarantined", False, None)]
    assert reconciling.known_uids(ledger.epoch.id, 3) == {3, 7}
    assert reconciling.count_earlier(MAILBOX, ledger.epoch.id) == 0
    assert reconciling.count_earlier(MAILBOX, ledger.epoch.id + 1) == 3
    assert reconciling.count_earlier("other@mail/INBOX", ledger.epoch.id + 1) == 0


def test_what_was_put_into_a_folder_comes_by_its_uids_there(ledger):
    refuse(ledger, 1, 2, 3, 4)
    for uid, folder_uid in ((1, 30), (2, 10), (3, 20)):
        place(uid, folder_uid)
    first = reconciling.placed(MAILBOX, "Filed", 8, 0)
    assert [one.uid for one in first] == [2, 3]
    assert [one.uid for one in reconciling.placed(MAILBOX, "Filed", 8, 20)] == [1]
    assert reconciling.placed(MAILBOX, "Filed", 9, 0) == reconciling.placed(MAILBOX, "Other", 8, 0) == []
    assert reconciling.folder_names(MAILBOX) == ["Filed"]
    assert reconciling.folder_names("other@mail/INBOX") == []


def test_a_folder_is_rebuilt_until_something_is_put_there_again(ledger):
    refuse(ledger, 1, 2, 3)
    place(1, 10)
    place(2, 11)
    assert reconciling.rebuilt_since(MAILBOX, "Filed", 8) == 0
    assert reconciling.rebuilt_since(MAILBOX, "Filed", 9) == 2
    place(3, 1, folder_uidvalidity=9)
    assert reconciling.rebuilt_since(MAILBOX, "Filed", 9) == 0


def test_octets_that_were_delivered_and_settled_once_more_came_again(ledger):
    making.begin(ledger, 1, 2, source="same")
    making.begin(ledger, 3, source="other")
    first, second, other = (making.delivery(uid).id for uid in (1, 2, 3))
    assert reconciling.came_again({first, second, other}) == set()
    Delivery.update(settled_at=NOW).execute()
    assert reconciling.came_again({first, second, other}) == {first}


def test_mail_whose_new_uid_nobody_recorded_is_told_by_what_it_keeps(ledger):
    refuse(ledger, 1, 2, 3, 4, 5)
    place(1, 10)
    place(2, None, folder_uidvalidity=None)
    place(3, None, folder_uidvalidity=None, folder="Rejected")
    Delivery.update(outcome=Outcome.HELD).where(Delivery.uid == 5).execute()  # and 4 is not settled
    size = making.delivery(1).size
    assert reconciling.unplaced(MAILBOX, "Filed", {size, 5}) == Counter({Likeness(internal_date=NOW, size=size): 2})
    assert reconciling.unplaced(MAILBOX, "Filed", {5}) == Counter()


@pytest.mark.parametrize(
    ("uidnext", "number"),
    [(11, 0), (12, 0), (13, 1), (20, 8)],
    ids=["all known", "one was put there since", "one more than that", "many more"],
)
def test_a_folder_that_is_ahead_of_the_ledger_is_told_by_its_uidnext(ledger, uidnext, number):
    refuse(ledger, 1, 2, 3)
    place(1, 10)
    place(2, None, folder_uidvalidity=None)
    place(3, None, folder_uidvalidity=None, settled_at=NOW - days(1))
    assert reconciling.unaccounted(MAILBOX, "Filed", 8, uidnext) == number


def test_what_is_on_its_way_may_have_arrived(ledger):
    refuse(ledger, 1, 2)
    place(1, 10)
    assert reconciling.unaccounted(MAILBOX, "Filed", 8, 12) == 0
    assert reconciling.unaccounted(MAILBOX, "Filed", 8, 13) == 1


def test_what_was_judged_again_since_may_have_lain_there(ledger):
    refuse(ledger, 1, 2)
    place(1, 10)
    place(2, 4, folder="Rejected")
    assert reconciling.unaccounted(MAILBOX, "Filed", 8, 12) == 1
    Delivery.update(retried_at=NOW).where(Delivery.uid == 2).execute()
    assert reconciling.unaccounted(MAILBOX, "Filed", 8, 12) == 0


def test_of_a_folder_that_nothing_is_known_of_nothing_is_asked(ledger):
    refuse(ledger, 1)
    place(1, 10)
    assert reconciling.unaccounted(MAILBOX, "Filed", 9, 100) == 0
    assert reconciling.unaccounted(MAILBOX, "Rejected", 8, 100) == 0


@pytest.fixture
def anna(organization):
    return making.user(organization, "anna@acme.fi")


def test_all_that_is_to_be_stored_is_listed_with_where_its_message_lies(ledger, anna):
    files = tuple(making.file(name) for name in ("a.pdf", "b.pdf", "c.pdf"))
    making.commit(ledger, making.to_file(1, making.draft(anna, files=files)))
    refuse(ledger, 2, 3)
    Delivery.update(source_kept=True).where(Delivery.uid < 3).execute()
    place(1, 10)
    listed = list(reconciling.stored_files())
    first, second = making.delivery(1), making.delivery(2)
    assert [one for one in listed if one.delivery] == [
        Stored(sha256=sha("source 1"), size=first.size, delivery=first.id),
        Stored(sha256=sha("source 2"), size=second.size, delivery=second.id),
    ]
    attached = [one for one in listed if not one.delivery]
    assert {one.sha256 for one in attached} == {one.sha256 for one in files}
    lies = Place(delivery=first.id, folder="Filed", folder_uidvalidity=8, folder_uid=10)
    assert reconciling.places_of(attached[0]) == [lies]
    assert [one.delivery for one in reconciling.places_of(listed[-1])] == [second.id]
    assert reconciling.referred([sha("source 1"), sha("source 3"), files[0].sha256, sha("none")]) == {
        sha("source 1"),
        files[0].sha256,
    }


def test_activities_and_messages_belong_together(ledger, anna):
    making.commit(ledger, making.to_file(1, making.draft(anna)))
    assert reconciling.activities_without_delivery() == reconciling.filed_without_activity() == []
    Delivery.update(activity=None).execute()
    assert reconciling.activities_without_delivery() == [Activity.get().id]
    assert reconciling.filed_without_activity() == [making.delivery(1).id]


def test_an_activity_that_somebody_deleted_is_missed(ledger, anna, database):
    """With foreign keys off, as they are in SQLite's own shell."""
    if isinstance(database, peewee.PostgresqlDatabase):
        return  # which does not let anybody
    making.commit(ledger, making.to_file(1, making.draft(anna)))
    database.execute_sql("PRAGMA foreign_keys = 0")
    Activity.delete().execute()
    database.execute_sql("PRAGMA foreign_keys = 1")
    assert reconciling.filed_without_activity() == [making.delivery(1).id]


def test_what_is_asked_at_every_start_and_page_by_page_goes_along_an_index(ledger, database):
    if isinstance(database, peewee.PostgresqlDatabase):
        return  # it goes by the number of rows, of which there are none here
    refuse(ledger, 1)
    place(1, 10)
    for work in (
        lambda: reconciling.unaccounted(MAILBOX, "Filed", 8, 11),
        lambda: reconciling.placed(MAILBOX, "Filed", 8, 5),
    ):
        ((sql, values),) = making.asked(work)
        plan = making.plan_of(sql, values)
        assert "delivery_in_folder (folder=? AND folder_uidvalidity=?" in plan
        assert "TEMP B-TREE" not in plan
