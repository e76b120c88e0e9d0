"""`retry` in the ledger: who may ask for what, and what becomes of a message that is judged again."""

from dataclasses import replace

import pytest

from models.inbound import Delivery, Epoch
from models.notice import Notice
from poller.errors import Transient
from poller.filing.reasons import Outcome, Reason
from poller.storage import retries
from poller.storage.lease import Lease, LeaseTaken
from poller.storage.retries import CannotRetry, ask, due, find_retriable, give_up, settle, unsettled
from tests.filing.making import UNVERIFIED
from tests.storage.making import (
    MAILBOX,
    NOW,
    UIDVALIDITY,
    begin,
    commit,
    days,
    deferred,
    delivery,
    draft,
    fetched,
    judged,
    message,
    open_view,
    project,
    refused,
    sha,
    take_lease,
    to_file,
    user,
)

ACCOUNT = "catchall@mail/"
BAD = "9999.mycompany@in.example.com"
LATER = NOW + days(30)


@pytest.fixture
def files(tmp_path):
    """A file store that has the source of every message."""

    def keep(*uids):
        for uid in uids:
            sha256 = sha(f"source {uid}")
            (tmp_path / sha256[:2]).mkdir(exist_ok=True)
            (tmp_path / sha256[:2] / sha256[2:]).write_bytes(b"")
        return tmp_path

    return keep


def refuse(ledger, uid, reason=Reason.RECIPIENT_INVALID, *addresses, **fields):
    """A message that was refused, settled in a folder, and of which the source is kept."""
    [decided] = commit(ledger, refused(uid, reason, *addresses, read=message(f"m{uid}"), **fields))
    Delivery.update(source_kept=True, settled_at=NOW, folder="Rejected", folder_uidvalidity=7, folder_uid=uid).execute()
    return decided


def ask_for(files, *uids, now=LATER):
    ask(find_retriable([delivery(uid).id for uid in uids], ACCOUNT, files), now)


def judge(ledger, one, now=LATER):
    ledger.begin([(one.fetched, one.source_sha256)], now, sources_kept=True)
    [decided] = ledger.commit([one], now)
    return decided


def problem(files, number=1):
    with pytest.raises(CannotRetry) as caught:
        find_retriable([number], ACCOUNT, files)
    [problem] = caught.value.problems
    return problem


def test_what_was_asked_for_is_due_at_once_with_a_fresh_count_of_attempts(ledger, files):
    refuse(ledger, 5)
    assert (due(MAILBOX, LATER), delivery(5).attempts) == ([], 1)
    ask_for(files(5), 5)
    [kept] = due(MAILBOX, LATER)
    assert (kept.ref.uid, kept.ref.uidvalidity, kept.source_sha256) == (5, UIDVALIDITY, sha("source 5"))
    assert (kept.internal_date, kept.interrupted) == (NOW, False)
    assert due(MAILBOX, LATER - days(1)) == due("catchall@mail/Other", LATER) == []
    assert (ledger.due(LATER), ledger.unsettled(), unsettled(MAILBOX)) == ([], [], [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"outcome": "filed"}, "message 1 is filed: only rejected"),
        ({"outcome": "duplicate"}, "message 1 is duplicate: only rejected"),
        ({"outcome": "ignored"}, "message 1 is ignored: only rejected"),
        ({"outcome": "deferred"}, "tried again by itself"),
        ({"outcome": None}, "there is no message 1; `mailfiler messages` lists them"),
        ({"source_kept": False}, "no source of message 1 is kept; see KEEP_SOURCE and RETAIN_SOURCES"),
        ({"source_sha256": None}, "message 1 could never be read"),
        ({"source_sha256": "0" * 64}, "is lost"),
        ({"reasons": ["recipient-invalid", "message-too-large"]}, "message 1 was larger than MAX_MESSAGE_SIZE"),
    ],
)
def test_each_obstacle_has_its_sentence(ledger, files, change, words):
    refuse(ledger, 1)
    Delivery.update(change).execute()
    assert words in problem(files(1))


def test_mail_of_another_mailbox_is_not_ours(ledger, files):
    refuse(ledger, 1)
    with pytest.raises(CannotRetry, match="came to catchall@mail/INBOX, which is not the mailbox of these settings"):
        find_retriable([1], "anna@mail/", files(1))


def test_held_mail_needs_no_source_but_the_epoch_that_it_was_held_in(ledger, files):
    commit(ledger, judged(1, message(), outcome=Outcome.HELD))
    [found] = find_retriable([1, 1], ACCOUNT, files())
    assert (found.is_held, found.ref.uid) == (True, 1)
    open_view(uidvalidity=3)
    assert "held before its mailbox was rebuilt" in problem(files())


def test_held_mail_is_due_in_the_mailbox_and_other_mail_from_its_source(ledger, files):
    commit(ledger, judged(1, message(), outcome=Outcome.HELD))
    refuse(ledger, 2)
    ask_for(files(2), 1, 2)
    assert ledger.due(LATER) == ledger.due(LATER, [Outcome.HELD]) == [1]
    assert [one.ref.uid for one in due(MAILBOX, LATER)] == [2]


def test_every_problem_is_told(ledger, files):
    refuse(ledger, 1)
    with pytest.raises(CannotRetry) as caught:
        find_retriable([7, 1, 8], ACCOUNT, files(1))
    assert [one.split(";")[0] for one in caught.value.problems] == ["there is no message 7", "there is no message 8"]


def test_where_one_changed_in_between_none_is_marked(ledger, files):
    refuse(ledger, 1)
    refuse(ledger, 2)
    found = find_retriable([1, 2], ACCOUNT, files(1, 2))
    Delivery.update(outcome="filed").where(Delivery.uid == 2).execute()
    with pytest.raises(CannotRetry, match="ask again"):
        ask(found, LATER)
    assert due(MAILBOX, LATER) == []


def test_a_message_that_is_filed_now_is_to_be_settled_from_where_it_lies(ledger, files, organization):
    refuse(ledger, 1)
    ask_for(files(1), 1)
    filing = draft(user(organization, "anna@acme.fi"), project(organization, "1001"), read=message("m1"))
    assert judge(ledger, to_file(1, filing)).outcome is Outcome.FILED
    row = delivery(1)
    assert (row.outcome, row.reason, row.seen_at, row.decided_at) == ("filed", None, NOW, LATER)
    assert (row.next_attempt_at, row.settled_at, row.source_kept) == (None, None, True)
    [lying] = unsettled(MAILBOX)
    assert (lying.folder, lying.folder_uidvalidity, lying.folder_uid, lying.outcome) == ("Rejected", 7, 1, "filed")
    assert (due(MAILBOX, LATER), ledger.unsettled()) == ([], [])
    settle([replace(lying, folder="Filed", folder_uid=9)], take_lease(), LATER)
    assert (unsettled(MAILBOX), delivery(1).folder, delivery(1).folder_uid) == ([], "Filed", 9)


def test_a_message_that_comes_to_the_same_stays_settled(ledger, files):
    refuse(ledger, 1)
    ask_for(files(1), 1)
    judge(ledger, refused(1, Reason.RECIPIENT_INVALID, read=message("m1")))
    assert (unsettled(MAILBOX), delivery(1).settled_at, delivery(1).decided_at) == ([], NOW, LATER)


def test_it_waits_from_the_retry_on_however_old_it_is(ledger, files):
    refuse(ledger, 1, Reason.AUTHENTICATION_FAILED)
    ask_for(files(1), 1)
    begun = ledger.begin([(fetched(1), sha("source 1"))], LATER, sources_kept=True)
    assert begun[1].may_wait
    [decided] = ledger.commit([deferred(1)], LATER)
    assert decided.next_attempt_at - LATER < days(1)
    assert [one.ref.uid for one in due(MAILBOX, decided.next_attempt_at)] == [1]
    assert (ledger.due(decided.next_attempt_at), unsettled(MAILBOX)) == ([], [])
    assert not ledger.begin([(fetched(1), sha("source 1"))], LATER + days(4), sources_kept=True)[1].may_wait


def test_former_poison_is_poison_again_after_three_more_deaths_only(ledger, files):
    for _ in range(4):
        begin(ledger, 1)
    commit(ledger, judged(1, None, outcome=Outcome.QUARANTINED, reason=Reason.POISON))
    assert begin(ledger, 2, source="source 1") == {2}, "another delivery of the same octets"
    Delivery.update(source_kept=True).execute()
    ask_for(files(1), 1)
    assert [begin(ledger, 1) for _ in range(4)] == [set(), set(), set(), {1}]


def test_an_attempt_at_it_can_be_given_back(ledger, files):
    refuse(ledger, 1)
    ask_for(files(1), 1)
    begun = ledger.begin([(fetched(1), sha("source 1"))], LATER, sources_kept=True)
    assert [one.interrupted for one in due(MAILBOX, LATER)] == [True]
    ledger.give_back(begun)
    assert [one.interrupted for one in due(MAILBOX, LATER)] == [False]


def test_what_was_proven_stands_and_what_was_not_does_not(ledger, files, organization):
    filing = draft(user(organization, "anna@acme.fi"), read=message("m1"))
    commit(ledger, to_file(1, filing))
    evidence = {
        "evidence": "dkim",
        "spf": "none",
        "dkim": "pass",
        "dmarc": "pass",
        "domain": "acme.fi",
        "selector": "s1",
        "why": "a signature",
        "author_domain": "acme.fi",
        "return_path_proven": True,
    }
    Delivery.update(outcome="rejected", source_kept=True, authentication=evidence).execute()
    standing = ledger.begin([(fetched(1), sha("source 1"))], LATER)[1].standing
    assert (standing.evidence, standing.accepted, standing.unverified) == ("dkim", True, False)
    assert standing.findings.return_path_proven
    Delivery.update(authentication=None).execute()
    assert ledger.begin([(fetched(1), sha("source 1"))], LATER)[1].standing is None
    assert UNVERIFIED.unverified


def test_a_lost_source_ends_the_retry_and_the_outcome_stays(ledger, files):
    refuse(ledger, 1, detail="no such project")
    ask_for(files(1), 1)
    give_up([delivery(1).id], take_lease())
    assert due(MAILBOX, LATER) == []
    row = delivery(1)
    assert (row.outcome, row.source_kept) == ("rejected", False)
    assert row.detail == "no such project; its source is lost: it is not tried again"


def test_it_goes_on_from_its_source_when_the_mailbox_was_rebuilt_meanwhile(ledger, files):
    refuse(ledger, 1)
    ask_for(files(1), 1)
    open_view(uidvalidity=3)
    [kept] = due(MAILBOX, LATER)
    assert (kept.ref.uidvalidity, kept.epoch_id) == (UIDVALIDITY, Epoch.get(uidvalidity=UIDVALIDITY).id)


def test_a_worker_that_lost_its_lease_neither_gives_up_nor_settles(ledger, files):
    refuse(ledger, 1)
    ask_for(files(1), 1)
    Delivery.update(settled_at=None, next_attempt_at=None).execute()
    lost = Lease(name=MAILBOX, fence=0)
    for work in (lambda: give_up([1], lost), lambda: settle(unsettled(MAILBOX), lost, LATER)):
        with pytest.raises(LeaseTaken):
            work()
    assert issubclass(LeaseTaken, Transient)
    assert len(unsettled(MAILBOX)) == 1
    assert retries.RETRIABLE == ("rejected", "quarantined", "review", "held")


def notices():
    rows = Notice.select().order_by(Notice.id)
    return [(row.reason, row.state) for row in rows]


def test_a_notice_that_has_not_left_is_withdrawn_when_the_message_is_filed_after_all(ledger, files, organization):
    refuse(ledger, 1, Reason.RECIPIENT_INVALID, BAD)
    assert (notices(), delivery(1).notice) == ([("recipient-invalid", "pending")], "queued")
    ask_for(files(1), 1)
    judge(ledger, to_file(1, draft(user(organization, "anna@acme.fi"), read=message("m1"))))
    assert (notices(), delivery(1).notice) == ([], "none")


def test_a_notice_that_was_sent_is_still_told_of_when_the_message_is_filed_after_all(ledger, files, organization):
    refuse(ledger, 1, Reason.RECIPIENT_INVALID, BAD)
    Notice.update(state="sent").execute()
    ask_for(files(1), 1)
    judge(ledger, to_file(1, draft(user(organization, "anna@acme.fi"), read=message("m1"))))
    assert (notices(), delivery(1).notice) == ([("recipient-invalid", "sent")], "sent")


@pytest.mark.parametrize("state", ["pending", "sent"])
def test_nobody_is_told_the_same_twice(ledger, files, state):
    refuse(ledger, 1, Reason.RECIPIENT_INVALID, BAD)
    Notice.update(state=state).execute()
    ask_for(files(1), 1)
    judge(ledger, refused(1, Reason.RECIPIENT_INVALID, BAD, read=message("m1")))
    assert notices() == [("recipient-invalid", state)]
    assert delivery(1).notice == {"pending": "queued", "sent": "sent"}[state]


def test_another_reason_is_told_of_instead_of_the_one_that_nobody_was_told_of(ledger, files):
    refuse(ledger, 1, Reason.RECIPIENT_INVALID, BAD)
    ask_for(files(1), 1)
    judge(ledger, refused(1, Reason.NO_SUBJECT, BAD, read=message("m1")))
    assert (notices(), delivery(1).notice) == ([("no-subject", "pending")], "queued")


def test_while_it_is_deferred_what_was_told_stays_as_it_is(ledger, files):
    refuse(ledger, 1, Reason.RECIPIENT_INVALID, BAD)
    ask_for(files(1), 1)
    judge(ledger, deferred(1))
    assert (notices(), delivery(1).notice) == ([("recipient-invalid", "pending")], "queued")
