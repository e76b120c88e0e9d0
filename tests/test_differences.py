"""The ledger's word and the mailbox side by side: what differs, and what merely waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from poller.differences import (
    Compared,
    Counts,
    Kind,
    Moment,
    Place,
    compare_folder,
    compare_inbox,
    compare_unknown,
    united,
)
from poller.filing.reasons import Outcome
from poller.storage.reconciling import Entry

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)
INBOX = Place(mailbox="catchall@mail/INBOX", uidvalidity=7)
FILED = Place(mailbox="catchall@mail/Filed", uidvalidity=8)
MOMENT = Moment(uidnext=100, polled_at=NOW - timedelta(hours=1), now=NOW)
HERE, GONE = True, False
FOLDERED = {"folder": "Filed", "folder_uidvalidity": 8, "folder_uid": 3}
OPEN = {"settled": False, "decided_at": LONG_AGO}
AGAIN = {"next_attempt_at": NOW + timedelta(minutes=5)}


def entry(outcome=Outcome.FILED, **fields):
    values = {"uid": 5, "decided_at": LONG_AGO, "settled": True, "next_attempt_at": None}
    places = {"folder": None, "folder_uidvalidity": None, "folder_uid": None}
    return Entry(id=1, outcome=outcome, **values | places | fields)


@pytest.mark.parametrize(
    ("line", "is_there", "kind"),
    [
        (entry(None), HERE, Kind.NEVER_DECIDED),
        (entry(None), GONE, Kind.NEVER_DECIDED),
        (entry(None, uid=200), GONE, Kind.NEVER_DECIDED),
        (entry(**OPEN), HERE, Kind.NOT_SETTLED),
        (entry(**OPEN), GONE, Kind.NOT_SETTLED),
        (entry(settled=False, decided_at=NOW - timedelta(minutes=20)), HERE, Kind.NOT_SETTLED),
        (entry(Outcome.REJECTED, settled=False, decided_at=MOMENT.polled_at), HERE, Kind.NOT_SETTLED),
        (entry(**FOLDERED), HERE, Kind.STILL_IN_INBOX),
        (entry(folder="Filed"), HERE, Kind.STILL_IN_INBOX),
        (entry(Outcome.DEFERRED, **AGAIN), GONE, Kind.DEFERRED_GONE),
    ],
)
def test_what_the_ledger_says_and_the_inbox_does_not_is_a_difference(line, is_there, kind):
    found = compare_inbox(line, INBOX, MOMENT, is_there=is_there)
    (one,) = found.differences
    assert (one.kind, one.message, one.mailbox, one.uidvalidity, one.uid) == (kind, 1, INBOX.mailbox, 7, line.uid)
    assert found.counts == Counts()
    assert one.expected != one.found


@pytest.mark.parametrize(
    ("line", "is_there", "counts"),
    [
        (entry(**FOLDERED), GONE, Counts(proven=1)),
        (entry(Outcome.IGNORED, folder="Ignored"), GONE, Counts(proven=1)),
        (entry(), HERE, Counts(proven=1, marked=1)),  # SETTLE=flag
        (entry(), GONE, Counts(proven=1)),
        (entry(None, uid=100), HERE, Counts(new=1)),
        (entry(settled=False, decided_at=NOW - timedelta(minutes=1)), HERE, Counts(moving=1)),
        (entry(settled=False, decided_at=NOW - timedelta(minutes=1)), GONE, Counts(moving=1)),
        (entry(Outcome.DEFERRED, **AGAIN), HERE, Counts(deferred=1, **AGAIN)),
        (entry(Outcome.DEFERRED, folder="Quarantine", **AGAIN), GONE, Counts(deferred=1, **AGAIN)),  # judged again
        (entry(Outcome.DEFERRED), GONE, Counts(proven=1)),  # given up
        (entry(Outcome.HELD), HERE, Counts(held=1)),
        (entry(Outcome.HELD), GONE, Counts(proven=1)),
        (entry(Outcome.REJECTED, folder="Rejected", **AGAIN), GONE, Counts(proven=1)),  # to be judged again
    ],
)
def test_what_is_as_it_should_be_or_merely_waits_is_counted(line, is_there, counts):
    assert compare_inbox(line, INBOX, MOMENT, is_there=is_there) == Compared(counts=counts)


def test_before_the_first_poll_has_ended_what_it_decides_is_on_its_way():
    first = replace(MOMENT, polled_at=None)
    line = entry(settled=False, decided_at=NOW - timedelta(minutes=1))
    assert compare_inbox(line, INBOX, first, is_there=True).counts == Counts(moving=1)
    assert compare_inbox(entry(**OPEN), INBOX, first, is_there=True).differences


def test_mail_without_a_line_is_new_above_what_polls_have_looked_at_and_a_difference_below():
    found = compare_unknown({99, 100, 101}, INBOX, MOMENT)
    assert found.counts == Counts(new=2)
    assert [(one.kind, one.uid, one.message) for one in found.differences] == [(Kind.NEVER_DECIDED, 99, None)]


def test_what_was_put_into_a_folder_is_to_be_there():
    there, gone = entry(**FOLDERED), entry(**FOLDERED | {"folder_uid": 4})
    (one,) = compare_folder([there, gone], {3}, FILED)
    assert (one.kind, one.mailbox, one.uidvalidity, one.uid) == (Kind.NOT_IN_FOLDER, FILED.mailbox, 8, 4)


def test_what_is_not_settled_may_be_under_way_between_two_folders():
    assert compare_folder([entry(**FOLDERED, settled=False)], set(), FILED) == ()


def test_counts_and_differences_add_up():
    sooner, later = NOW, NOW + timedelta(hours=1)
    parts = [
        Compared(counts=Counts(proven=2, deferred=1, next_attempt_at=later)),
        Compared(counts=Counts(proven=1, deferred=1, new=1, next_attempt_at=sooner)),
        compare_unknown({5}, INBOX, MOMENT),
        compare_unknown({6}, INBOX, MOMENT),
    ]
    whole = united(parts)
    assert whole.counts == Counts(proven=3, deferred=2, new=1, next_attempt_at=sooner)
    assert [one.uid for one in whole.differences] == [5, 6]


def test_a_difference_is_the_same_however_it_is_worded_and_a_document_has_all_of_it():
    (one,) = compare_folder([entry(**FOLDERED)], set(), FILED)
    assert replace(one, found="other words") == one
    assert one.document() == {
        "difference": "not-in-folder",
        "message": 1,
        "activity": None,
        "mailbox": "catchall@mail/Filed",
        "uidvalidity": 8,
        "uid": 3,
        "sha256": None,
        "expected": "filed, and moved to Filed",
        "found": "no longer there",
    }
