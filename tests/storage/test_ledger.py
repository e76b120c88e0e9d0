"""Protocol rules 2-8 and 11: what is counted, decided and committed, and what a failure leaves behind."""

import logging
from dataclasses import replace

import peewee
import pytest

from models.activity import Activity
from models.base import database as handle
from models.inbound import Delivery
from models.inbound import Lease as LeaseRow
from models.notice import Notice
from poller.authentication.findings import Mechanism, Result
from poller.errors import Transient
from poller.filing.decide import Decision
from poller.filing.judged import Judged
from poller.filing.reasons import Outcome, Reason
from poller.storage.deliveries import Place
from poller.storage.evidence import from_evidence
from poller.storage.lease import LeaseTaken
from poller.storage.ledger import MAX_ATTEMPTS, Rebuilt, is_known
from tests.filing.making import UNVERIFIED
from tests.filing.making import evidence as making_evidence
from tests.filing.making import organization as organization_settings
from tests.storage.making import (
    NOW,
    UIDVALIDITY,
    asked,
    begin,
    commit,
    days,
    delivery,
    draft,
    fetched,
    give_back,
    judged,
    make_ledger,
    message,
    only_activity,
    open_view,
    people,
    person,
    plan_of,
    project,
    refused,
    sha,
    sqlite_only,
    to_file,
    user,
)
from tests.storage.making import (
    notice as wanted_notice,
)

BAD = "9999.mycompany@in.example.com"
WORSE = "8888.mycompany@in.example.com"


@pytest.fixture
def anna(organization):
    return user(organization, "anna@acme.fi")


def poison(uid: int, source: str) -> Judged:
    decision = Decision(outcome=Outcome.QUARANTINED, reason=Reason.POISON, hits=(Reason.POISON,), detail=None)
    return Judged(
        fetched=fetched(uid), source_sha256=sha(source), screened=None, decision=decision, draft=None, notices=()
    )


# Attempts


def test_an_attempt_is_counted_before_anything_looks_into_the_message(ledger):
    assert begin(ledger, 7, 8) == set()
    assert [(one.uid, one.attempts, one.outcome, one.size) for one in Delivery.select().order_by(Delivery.uid)] == [
        (7, 1, None, 4_000_000_000),
        (8, 1, None, 4_000_000_000),
    ]
    assert delivery(7).source_sha256 == sha("source 7")
    assert delivery(7).internal_date == NOW


def test_the_largest_uid_and_uidvalidity_are_kept_as_they_are(ledger):
    begin(ledger, 4_294_967_295)
    assert (delivery(4_294_967_295).epoch.uidvalidity, set(ledger.interrupted(NOW))) == (UIDVALIDITY, {4_294_967_295})


def test_after_three_deaths_a_message_is_poison_and_not_before(ledger):
    assert MAX_ATTEMPTS == 3
    assert [begin(ledger, 7) for _ in range(4)] == [set(), set(), set(), {7}]


def test_an_attempt_given_back_does_not_count(ledger):
    for _ in range(10):
        assert begin(ledger, 7) == set()
        give_back(ledger, 7)
    assert set(ledger.interrupted(NOW)) == set()
    assert delivery(7).attempts == 0


def test_nothing_is_given_back_for_what_was_decided(ledger):
    commit(ledger, refused(7, Reason.NO_USER))
    give_back(ledger, 7, 8)
    assert delivery(7).attempts == 1


def test_the_source_of_a_poisonous_message_is_quarantined_at_once_when_it_comes_again(ledger):
    for _ in range(4):
        begin(ledger, 7, source="deadly")
    assert begin(ledger, 8, source="deadly") == set()  # not known for deadly yet
    ledger.commit([poison(7, "deadly")], NOW)
    assert begin(ledger, 9, source="deadly") == {9}
    assert begin(ledger, 10) == set()


def test_the_source_of_a_poisonous_message_is_known_in_another_epoch_too(ledger, kind):
    begin(ledger, 7, source="deadly")
    ledger.commit([poison(7, "deadly")], NOW)
    epoch = open_view(2)
    later = make_ledger(epoch, {"": kind})
    assert begin(later, 1, source="deadly") == {1}


def test_a_message_refused_for_another_reason_is_not_poison_when_it_comes_again(ledger):
    commit(ledger, refused(7, Reason.NO_USER, source="harmless"))
    assert begin(ledger, 8, source="harmless") == set()


def test_poison_is_recorded_although_nothing_was_read_of_it(ledger):
    begin(ledger, 7, source="deadly")
    [decided] = ledger.commit([poison(7, "deadly")], NOW)
    row = delivery(7)
    assert (decided.outcome, row.outcome, row.reason, row.identity) == ("quarantined", "quarantined", "poison", None)
    assert row.source_sha256 == sha("deadly")


def test_interrupted_are_those_begun_and_neither_decided_nor_given_back(ledger):
    begin(ledger, 1, 2, 3)
    ledger.commit([refused(1, Reason.NO_USER)], NOW)
    give_back(ledger, 2)
    assert set(ledger.interrupted(NOW)) == {3}


def test_a_batch_of_any_size_is_begun(ledger):
    assert begin(ledger, *range(1, 2_001)) == set()
    assert Delivery.select().count() == 2_000


# Outcomes


def test_every_outcome_is_recorded_with_what_an_administrator_wants_to_see(ledger, organization):
    read = message(author=None, message_id=None, subject="")
    wanted = refused(7, Reason.NO_SUBJECT, BAD, read=read, detail="the subject is missing or blank")
    [decided] = commit(ledger, wanted)
    assert decided.ref == wanted.fetched.ref
    assert (decided.outcome, decided.reason, decided.activity_id) == (Outcome.REJECTED, Reason.NO_SUBJECT, None)
    row = delivery(7)
    assert (row.outcome, row.reason, row.reasons) == ("rejected", "no-subject", ["no-subject"])
    assert (row.author, row.message_id, row.subject, row.recipients) == (None, None, "", [BAD])
    assert (row.organization_id, row.identity, row.decided_at) == (organization, read.identity, NOW)
    assert row.detail == decided.detail == "the subject is missing or blank"


def test_a_valid_part_is_filed_and_the_notice_names_only_the_invalid_one(ledger, organization, anna):
    harbour = project(organization, "1001")
    notice = wanted_notice(Reason.RECIPIENT_INVALID, BAD)
    both = ("1001.mycompany@in.example.com", BAD)
    mixed = to_file(7, draft(anna, harbour), *both, reason=Reason.RECIPIENT_INVALID, detail="no project 9999")
    [decided] = commit(ledger, replace(mixed, notices=(notice,)))
    assert (decided.outcome, decided.reason, decided.detail) == (
        Outcome.FILED,
        Reason.RECIPIENT_INVALID,
        "no project 9999",
    )
    row = delivery(7)
    assert (row.outcome, row.reason, row.notice) == ("filed", "recipient-invalid", "queued")
    assert row.activity_id == only_activity().id
    assert set(row.recipients) == set(both)
    assert [one.address for one in Notice.select()] == [BAD]


def test_what_was_decided_is_not_waiting_and_what_was_begun_is(ledger):
    assert ledger.decided([]) == set()
    commit(ledger, refused(2, Reason.NO_USER), refused(4, Reason.NO_USER))
    begin(ledger, 3)
    assert ledger.decided([1, 2, 3, 4]) == {2, 4}
    assert ledger.decided([1, 2, 3]) == {2}


def test_only_deliveries_of_its_own_epoch_count(ledger, kind):
    commit(ledger, refused(2, Reason.NO_USER))
    begin(ledger, 3)
    epoch = open_view(mailbox="other@mail/INBOX")
    other = make_ledger(epoch, {"": kind})
    assert (other.decided([1, 2, 3]), set(other.interrupted(NOW)), other.unsettled()) == (set(), set(), [])
    other.settle([2], Place(folder="Filed"), NOW)
    give_back(other, 3)
    assert (ledger.unsettled(), set(ledger.interrupted(NOW))) == ([(2, Outcome.QUARANTINED)], {3})


def test_one_delivery_has_one_row(ledger, database):
    begin(ledger, 7)
    row = delivery(7)
    with pytest.raises(peewee.IntegrityError), database.atomic():
        Delivery.create(epoch=row.epoch_id, uid=7, internal_date=NOW, size=1, seen_at=NOW)


def test_an_identity_is_known_once_it_was_decided_about_but_not_while_it_is_held(ledger):
    held, kept = message("held"), message("kept")
    begin(ledger, 1, 2, 3)
    assert not is_known(kept.identity)
    ledger.commit([judged(1, held, outcome=Outcome.HELD), refused(2, Reason.NO_USER, read=kept)], NOW)
    assert is_known(kept.identity)
    # Otherwise a second rebuilding of the mailbox would file what waits for the administrator.
    assert not is_known(held.identity)


# Settling


def test_what_was_decided_is_unsettled_until_it_lies_in_its_folder(ledger):
    commit(ledger, refused(1, Reason.NO_SUBJECT), refused(2, Reason.NO_USER))
    assert sorted(ledger.unsettled()) == [(1, Outcome.REJECTED), (2, Outcome.QUARANTINED)]
    ledger.settle([1], Place(folder="Rejected"), NOW)
    assert ledger.unsettled() == [(2, Outcome.QUARANTINED)]
    assert (delivery(1).folder, delivery(1).settled_at) == ("Rejected", NOW)
    ledger.settle([2], Place(folder=None), NOW)
    assert (ledger.unsettled(), delivery(2).folder) == ([], None)


@pytest.mark.parametrize("outcome", [Outcome.HELD, Outcome.DEFERRED])
def test_what_stays_in_the_inbox_has_nothing_left_to_be_settled(ledger, outcome):
    commit(ledger, judged(1, message(), outcome=outcome))
    assert ledger.unsettled() == []


def test_a_set_of_any_size_is_settled(ledger):
    begin(ledger, *range(1, 1_201))
    Delivery.update(outcome="filed").execute()
    ledger.settle({uid for uid, _ in ledger.unsettled()}, Place(folder="Filed"), NOW)
    assert ledger.unsettled() == []


# The outbox


def test_there_is_one_notice_for_an_identity_reason_and_address(ledger):
    first, second = refused(1, Reason.RECIPIENT_INVALID, BAD), refused(2, Reason.RECIPIENT_INVALID, BAD)
    commit(ledger, first, second)
    assert [(one.address, one.state, one.delivery.uid) for one in Notice.select()] == [(BAD, "pending", 1)]
    assert (delivery(1).notice, delivery(2).notice) == ("queued", "suppressed:Q18")


def test_another_address_reason_or_message_has_a_notice_of_its_own(ledger):
    other = message("other")
    commit(
        ledger,
        refused(1, Reason.RECIPIENT_INVALID, BAD, WORSE),
        refused(2, Reason.RETIRED_ADDRESS, BAD),
        refused(3, Reason.RECIPIENT_INVALID, BAD, read=other),
    )
    assert sorted((one.reason, one.address, one.identity == other.identity) for one in Notice.select()) == [
        ("recipient-invalid", WORSE, False),
        ("recipient-invalid", BAD, False),
        ("recipient-invalid", BAD, True),
        ("retired-address", BAD, False),
    ]


def test_a_notice_that_a_rule_forbids_is_kept_with_the_rule(ledger):
    notice = wanted_notice(Reason.NO_SUBJECT, BAD, "Q1")
    commit(ledger, refused(1, Reason.NO_SUBJECT, notices=(notice,)))
    assert [(one.state, one.rule) for one in Notice.select()] == [("suppressed", "Q1")]
    assert delivery(1).notice == "suppressed:Q1"


def test_a_message_has_a_queued_notice_where_one_of_several_is(ledger):
    commit(ledger, refused(1, Reason.RECIPIENT_INVALID, BAD), refused(2, Reason.RECIPIENT_INVALID, BAD, WORSE))
    assert delivery(2).notice == "queued"


def test_a_notice_about_an_address_of_any_length_is_queued_once(ledger):
    long = "9" * 20_000 + ".mycompany@in.example.com"
    notice = wanted_notice(Reason.RECIPIENT_INVALID, long)
    commit(ledger, *[refused(uid, Reason.RECIPIENT_INVALID, notices=(notice,)) for uid in (1, 2)])
    assert [one.address for one in Notice.select()] == [long]


# All or nothing


def broken(anna, name: str = "broken") -> object:
    """Its second participant cannot be stored, when the activity and the first already are."""
    return draft(anna, read=message(name), participants=(*people(1), person("x@y.example", contact_id=999_999)))


def test_a_message_that_cannot_be_stored_leaves_no_trace_and_drags_no_other_along(ledger, anna, caplog):
    good, better = draft(anna, read=message("good")), draft(anna, read=message("better"))
    decided = commit(ledger, to_file(1, good), to_file(2, broken(anna)), to_file(3, better))
    assert [one.ref.uid for one in decided] == [1, 3]
    assert [one.subject for one in Activity.select().order_by(Activity.id)] == ["About good", "About better"]
    assert (delivery(2).outcome, delivery(2).identity, set(ledger.interrupted(NOW))) == (None, None, {2})
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert str(fetched(2).ref) in record.getMessage()
    assert record.exc_info


def test_a_message_that_can_never_be_stored_is_poison_in_the_end(ledger, anna):
    for _ in range(3):
        assert begin(ledger, 1) == set()
        assert ledger.commit([to_file(1, broken(anna))], NOW) == []
    assert begin(ledger, 1) == {1}


def test_a_refusal_is_rolled_back_with_the_notice_that_cannot_be_stored(ledger):
    notices = [wanted_notice(Reason.RECIPIENT_INVALID, one) for one in (BAD, "\ud800@in.example.com")]
    assert commit(ledger, refused(1, Reason.RECIPIENT_INVALID, notices=notices)) == []
    assert (Notice.select().count(), delivery(1).outcome) == (0, None)


@pytest.mark.parametrize(
    "text",
    ["\U0001f600 päätös 决定", "a" * 1_000_000, "'; DROP TABLE activity; --", "%s ? :1 \\", "\u202egnp.exe", "\x1b[2J"],
)
def test_any_clean_text_is_stored_as_it_is(ledger, anna, text):
    read = message(subject=text, text=text, html=text, message_id=text, references=(text,), in_reply_to=(text,))
    commit(ledger, to_file(1, draft(anna, read=read, warnings=(text,), participants=(person("x@y", name=text),))))
    row = only_activity()
    assert {row.subject, row.text, row.html, row.message_id, *row.references, *row.in_reply_to, *row.warnings} == {text}
    assert (delivery(1).subject, delivery(1).message_id) == (text, text)


def test_text_that_is_not_clean_costs_only_its_own_message(ledger, anna):
    commit(ledger, to_file(1, draft(anna, read=message(subject="\ud800"))), to_file(2, draft(anna)))
    assert (delivery(1).outcome, delivery(2).outcome) == (None, "filed")


def test_a_date_that_has_no_utc_costs_only_its_own_message(ledger, anna):
    naive = draft(anna, read=message("naive"), date=NOW.replace(tzinfo=None))
    commit(ledger, to_file(1, naive), to_file(2, draft(anna)))
    assert (delivery(1).outcome, delivery(2).outcome) == (None, "filed")


def test_a_message_of_an_organization_that_is_not_ours_cannot_be_filed(ledger, anna):
    stray = to_file(1, draft(anna))
    nowhere = replace(stray.screened, route=replace(stray.screened.route, organization=None))
    assert commit(ledger, replace(stray, screened=nowhere)) == []


def test_messages_are_filed_under_their_own_organization(ledger, kind, make_organization, anna):
    """The same message to two organizations is an activity of each."""
    theirs = make_organization("globex", "globex")
    greta = user(theirs, "greta@globex.com")
    both = make_ledger(ledger.epoch, {"": kind, "globex": replace(kind, organization_id=theirs)})
    ours, second = to_file(1, draft(anna)), to_file(2, draft(greta))
    route = replace(second.screened.route, organization=organization_settings("globex@in.example.com", "globex"))
    decided = commit(both, ours, replace(second, screened=replace(second.screened, route=route)))
    assert [one.outcome for one in decided] == ["filed", "filed"]
    rows = Activity.select().order_by(Activity.id)
    assert [one.organization_id for one in rows] == [kind.organization_id, theirs]
    assert delivery(2).organization_id == theirs


def test_copies_of_a_message_in_one_batch_are_one_activity(ledger, organization, anna):
    first, second = project(organization, "1001"), project(organization, "1002")
    decided = commit(ledger, *[to_file(uid, draft(anna, one)) for uid, one in ((1, first), (2, second), (3, first))])
    assert [one.outcome for one in decided] == ["filed", "filed", "duplicate"]
    assert {one.activity_id for one in decided} == {only_activity().id}


# The lease and the database


def test_a_worker_that_lost_its_lease_neither_counts_nor_commits(ledger, anna):
    begin(ledger, 1)
    LeaseRow.update(fence=2).execute()
    with pytest.raises(LeaseTaken):
        ledger.commit([to_file(1, draft(anna))], NOW)
    with pytest.raises(LeaseTaken):
        begin(ledger, 2)
    assert (Activity.select().count(), delivery(1).outcome, Delivery.select().count()) == (0, None, 1)


@sqlite_only
def test_a_database_that_is_locked_is_later_and_leaves_the_batch_undecided(ledger, anna, database):
    """Protocol 6: an error of the infrastructure is caught as such, so that the attempt is given back."""
    begin(ledger, 1)
    handle.execute_sql("PRAGMA busy_timeout = 1")
    other = peewee.SqliteDatabase(database.database)
    with other.connection_context():
        other.execute_sql("BEGIN IMMEDIATE")
        for work in (
            lambda: ledger.commit([to_file(1, draft(anna))], NOW),
            lambda: begin(ledger, 1),
        ):
            with pytest.raises(Transient):
                work()
        other.execute_sql("ROLLBACK")
    [decided] = ledger.commit([to_file(1, draft(anna))], NOW)
    assert decided.outcome == Outcome.FILED


@sqlite_only
def test_a_full_database_is_later_and_nothing_of_the_batch_is_there(ledger, anna, database):
    begin(ledger, 1, 2)
    pages = database.execute_sql("PRAGMA page_count").fetchone()[0]
    database.execute_sql(f"PRAGMA max_page_count = {pages + 2}")
    large = draft(anna, read=message("large", text="x" * 1_000_000))
    with pytest.raises(Transient):
        ledger.commit([to_file(1, draft(anna)), to_file(2, large)], NOW)
    assert (Activity.select().count(), delivery(1).outcome) == (0, None)


@sqlite_only
def test_what_a_poll_asks_at_its_start_costs_the_same_however_long_the_ledger_is(ledger):
    for work in (lambda: ledger.interrupted(NOW), ledger.unsettled):
        (sql, values), *_ = asked(work)
        assert "delivery_unsettled" in plan_of(sql, values)


# A UID that means another message


@pytest.mark.parametrize(
    ("date", "size", "source", "rebuilt"),
    [
        (0, 0, "source 7", False),
        (0, 0, "other", False),  # a server that writes into the header as it hands it out
        (0, 1, "source 7", False),  # RFC822.SIZE is a hint
        (0, 1, "other", True),
        (1, 0, "source 7", True),
    ],
)
def test_another_date_or_size_makes_a_uid_that_of_another_message(ledger, date, size, source, rebuilt):
    begin(ledger, 7)
    before = fetched(7)
    now = replace(before, internal_date=before.internal_date + days(date), size=before.size + size)
    if not rebuilt:
        ledger.begin([(now, sha(source))], NOW)
        return
    with pytest.raises(Rebuilt, match="UID 7 is another message than it was"):
        ledger.begin([(now, sha(source))], NOW)
    assert delivery(7).attempts == 1


# The kept source


@pytest.mark.parametrize(
    ("oversized", "kept", "before", "expected"),
    [(False, True, False, True), (True, True, False, False), (False, False, False, False), (False, False, True, True)],
)
def test_a_source_is_kept_where_its_octets_are_in_the_store(ledger, oversized, kept, before, expected):
    if before:
        ledger.begin([(fetched(7), sha("source"))], NOW, sources_kept=True)
    ledger.begin([(replace(fetched(7), oversized=oversized), sha("source"))], NOW, sources_kept=kept)
    assert delivery(7).source_kept is expected


# Evidence, and a Message-ID that another message has


def test_the_evidence_that_was_accepted_is_recorded(ledger, anna):
    evidence = making_evidence(authentication=replace(UNVERIFIED, evidence=Mechanism.SPF, spf=Result.PASS))
    commit(ledger, replace(to_file(1, draft(anna)), evidence=evidence), refused(2, Reason.NO_USER))
    assert from_evidence(delivery(1).authentication).accepted
    assert delivery(2).authentication is None


def test_two_messages_of_one_message_id_are_both_filed_and_the_later_says_so(ledger, anna):
    mine = [message(name, message_id=written) for name, written in (("a", "Same@acme.fi"), ("b", "same@ACME.fi"))]
    first, second = commit(ledger, *(to_file(uid, draft(anna, read=read)) for uid, read in enumerate(mine, 1)))
    said = f"its Message-ID is also that of activity {first.activity_id}, which is another message"
    assert (first.detail, second.outcome, second.detail) == (None, Outcome.FILED, said)
    assert [one.warnings for one in Activity.select().order_by(Activity.id)] == [[], [said]]


def test_messages_without_a_message_id_collide_with_none(ledger, anna):
    mine = [message(name, message_id=None) for name in "ab"]
    decided = commit(ledger, *(to_file(uid, draft(anna, read=read)) for uid, read in enumerate(mine, 1)))
    assert [one.detail for one in decided] == [None, None]
