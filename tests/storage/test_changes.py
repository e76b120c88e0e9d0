from datetime import timedelta

import pytest

from models.change import ActivityChange
from poller.storage.changes import keeps_customer
from poller.storage.listing import get_activity
from tests.storage.making import NOW, draft, file_all, user


@pytest.fixture
def activity(ledger, organization) -> int:
    return file_all(ledger, draft(user(organization, "anna@acme.fi")))[0].activity_id


def told(activity: int, what: str, **fields: object) -> ActivityChange:
    return ActivityChange.create(activity=activity, what=what, why="user anna", **{"at": NOW} | fields)


def test_changes_are_documents_oldest_first(activity):
    assert get_activity(activity)["changes"] == []
    told(activity, "project", after="7")
    told(activity, "warning", before="odd", at=NOW - timedelta(hours=1, microseconds=-1))
    assert get_activity(activity)["changes"] == [
        {"at": "2026-03-02T12:00:00Z", "what": "project", "before": None, "after": "7", "why": "user anna"},
        {"at": "2026-03-02T11:00:00.000001Z", "what": "warning", "before": "odd", "after": None, "why": "user anna"},
    ]


@pytest.mark.parametrize(
    ("what", "expected"),
    [("customer", True), ("conflict", True), ("participant", False), ("project", False), ("candidates", False)],
)
def test_a_customer_who_was_linked_or_told_to_stay_is_kept(activity, what, expected):
    told(activity, what)
    assert keeps_customer(activity) is expected
    assert keeps_customer(activity + 1) is False
