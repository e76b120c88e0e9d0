"""What the database knows of a message: its newest line in the ledger, and what a copy of an activity would add."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.activity import Activity
from models.inbound import Delivery, Epoch, Mailbox
from poller.filing.reasons import Outcome
from poller.storage.known import as_copy, find_activity, find_delivery, organization_ids
from tests.storage.making import NOW, draft, file_draft, project, user
from tests.storage.making import days as days_of

ACCOUNT = "catchall@mail/"


def seen(mailbox: Mailbox, uidvalidity: int, uid: int = 7, **fields: object) -> Delivery:
    beginning = {"low_uid": 0, "first_uidnext": 1, "uidnext": 1, "began_at": NOW}
    epoch, _ = Epoch.get_or_create(mailbox=mailbox, uidvalidity=uidvalidity, defaults=beginning)
    usual = {"internal_date": NOW, "size": 1, "seen_at": NOW, "subject": str(uidvalidity)}
    return Delivery.create(epoch=epoch, uid=uid, **usual | fields)


@pytest.mark.usefixtures("database")
class TestDelivery:
    def test_of_a_uid_in_several_epochs_the_newest_counts(self):
        mailbox = Mailbox.create(name=f"{ACCOUNT}INBOX")
        seen(mailbox, 9)
        seen(mailbox, 3)  # a UIDVALIDITY is only another one, not always a higher one
        assert find_delivery(7, ACCOUNT).ref.uidvalidity == 3

    def test_an_epoch_without_the_uid_leaves_it_to_older_ones(self):
        mailbox = Mailbox.create(name=f"{ACCOUNT}INBOX")
        seen(mailbox, 1)
        seen(mailbox, 2, uid=8)
        assert find_delivery(7, ACCOUNT).ref.uidvalidity == 1

    @pytest.mark.parametrize("name", ["another@mail/INBOX", "catchall@mail.example/INBOX", "xcatchall@mail/INBOX"])
    def test_other_accounts_do_not_count(self, name):
        seen(Mailbox.create(name=name), 1)
        assert find_delivery(7, ACCOUNT) is None

    def test_a_login_is_no_pattern(self):
        seen(Mailbox.create(name="catch-all@mail/INBOX"), 1)
        assert find_delivery(7, "catch_all@mail/") is None

    def test_it_says_what_became_of_it(self):
        seen(Mailbox.create(name=f"{ACCOUNT}INBOX"), 1, outcome="quarantined", reason="no-user", folder="Quarantine",
             source_sha256="0" * 64, decided_at=NOW)  # fmt: skip
        found = find_delivery(7, ACCOUNT)
        assert (found.outcome, found.reason, found.folder) == ("quarantined", "no-user", "Quarantine")
        assert (found.source_sha256, found.decided_at) == ("0" * 64, NOW)
        assert str(found.ref) == "catchall@mail/INBOX;1/7"


def test_organizations_are_known_by_key(make_organization):
    made = {"": make_organization(), "globex": make_organization("globex", "globex")}
    assert organization_ids() == made


class TestCopy:
    @pytest.fixture
    def anna(self, organization):
        return user(organization, "anna@acme.fi")

    def test_a_content_is_known_to_its_own_organization_only(self, kind, anna, make_organization):
        drafted = draft(anna)
        filed = file_draft(drafted, kind, "0" * 64, NOW)
        assert find_activity(kind.organization_id, drafted.message.identity) == filed.activity_id
        assert find_activity(make_organization("globex", "globex"), drafted.message.identity) is None
        assert find_activity(kind.organization_id, "f" * 64) is None

    @pytest.mark.parametrize("days", [0, 7, 8, -8])
    def test_it_comes_to_what_filing_it_comes_to_and_changes_nothing(self, kind, anna, days):
        drafted = draft(anna)
        activity = file_draft(drafted, kind, "0" * 64, NOW).activity_id
        copy = replace(drafted, delivered_at=NOW + days_of(days))
        before = list(Activity.select().dicts())
        foretold = as_copy(copy, activity)
        assert list(Activity.select().dicts()) == before
        assert foretold == file_draft(copy, kind, "1" * 64, NOW)
        assert foretold.outcome is Outcome.DUPLICATE
        assert ("replay" in foretold.note) == (abs(days) > 7)

    def test_a_copy_to_another_project_adds_it(self, kind, anna, organization):
        activity = file_draft(draft(anna, project(organization, "1001")), kind, "0" * 64, NOW).activity_id
        copy = draft(anna, project(organization, "1002"))
        assert as_copy(copy, activity).note == f"a copy of activity {activity}, to which it adds 1002"
        assert as_copy(copy, activity).outcome is file_draft(copy, kind, "1" * 64, NOW).outcome is Outcome.FILED
        assert as_copy(copy, activity).outcome is Outcome.DUPLICATE
