"""Folders, flags, and who may be told."""

from dataclasses import replace

import pytest

from poller.filing.decide import decide
from poller.filing.destination import Refused
from poller.filing.match import Gate
from poller.filing.reasons import Outcome, Reason
from poller.filing.settlement import NoticeRules, settlement_of, wanted_notices
from poller.settings.model import Folders, RejectAction
from tests.filing.making import BERT, UNVERIFIED, destination, evidence, match, message, route_of

FOLDERS = Folders(filed="F", rejected="R", quarantine="Q", review="V", ignored="I")
NOTIFY = NoticeRules(reject_action=RejectAction.NOTIFY, notify_no_user=False)
INVALID = Refused(address="9.mycompany@in.example.com", reason=Reason.RECIPIENT_INVALID, detail="there is no project 9")
RETIRED = Refused(address="old@in.example.com", reason=Reason.RETIRED_ADDRESS, detail="no longer in use")
BY_RECIPIENT = match(gate=Gate.RECIPIENT, owner=BERT)
NOBODY = match(gate=None, owner=None)


@pytest.mark.parametrize(
    ("outcome", "folder", "flagged"),
    [
        ("filed", "F", False),
        ("duplicate", "F", False),
        ("rejected", "R", True),
        ("quarantined", "Q", True),
        ("review", "V", True),
        ("ignored", "I", False),
    ],
)
def test_each_outcome_has_its_folder_and_refused_mail_is_flagged(outcome, folder, flagged):
    settlement = settlement_of(Outcome(outcome), FOLDERS)
    assert (settlement.folder, settlement.flagged) == (folder, flagged)


@pytest.mark.parametrize("outcome", ["deferred", "held"])
def test_what_is_tried_again_stays_in_the_inbox(outcome):
    assert settlement_of(Outcome(outcome), FOLDERS) is None


@pytest.mark.parametrize(
    ("gathered", "addresses"),
    [
        (evidence(), []),
        (evidence(message(subject="")), ["1001.mycompany@in.example.com"]),
        (evidence(message(subject=""), matched=BY_RECIPIENT), []),
        (evidence(oversized=True), ["1001.mycompany@in.example.com"]),
        (evidence(oversized=True, matched=BY_RECIPIENT), []),
        (evidence(matched=NOBODY), []),
        (evidence(goes_to=destination(reachable=False, refused=(INVALID,)), matched=NOBODY), [INVALID.address]),
        (evidence(goes_to=destination(refused=(INVALID, RETIRED))), [INVALID.address, RETIRED.address]),
    ],
)
def test_who_wrote_to_a_wrong_address_may_be_told_and_about_the_rest_only_a_user(gathered, addresses):
    assert [one.address for one in wanted_notices(decide(gathered, may_wait=True), gathered, NOTIFY)] == addresses


def test_a_refusal_of_the_message_names_an_address_that_is_valid():
    gathered = evidence(message(subject=""), goes_to=destination(refused=(INVALID,)))
    both = route_of(f"X-Original-To: {INVALID.address}", "To: 1001.mycompany@in.example.com")
    gathered = replace(gathered, screened=replace(gathered.screened, route=both))
    (wanted,) = wanted_notices(decide(gathered, may_wait=True), gathered, NOTIFY)
    assert (wanted.reason, wanted.address) == (Reason.NO_SUBJECT, "1001.mycompany@in.example.com")


def test_of_a_thousand_wrong_addresses_twenty_are_named_and_told_of():
    wrong = tuple(replace(INVALID, address=f"{n}@in.example.com", detail=f"{n} is wrong") for n in range(1_000))
    gathered = evidence(goes_to=destination(refused=wrong))
    decision = decide(gathered, may_wait=True)
    assert decision.detail.endswith("19 is wrong; 980 more addresses")
    assert len(wanted_notices(decision, gathered, NOTIFY)) == 20


@pytest.mark.parametrize("may_wait", [True, False])
def test_who_could_not_be_authenticated_for_the_time_being_is_never_told(may_wait):
    told = NoticeRules(reject_action=RejectAction.NOTIFY, notify_no_user=True)
    unknown = evidence(matched=NOBODY, authentication=replace(UNVERIFIED, accepted=False, unavailable=True))
    assert wanted_notices(decide(unknown, may_wait=may_wait), unknown, told) == ()


def test_settings_add_and_remove_notices():
    nobody = evidence(matched=NOBODY)
    told = NoticeRules(reject_action=RejectAction.NOTIFY, notify_no_user=True)
    assert [one.reason for one in wanted_notices(decide(nobody, may_wait=True), nobody, told)] == [Reason.NO_USER]
    blank = evidence(message(subject=""))
    silent = NoticeRules(reject_action=RejectAction.FLAG, notify_no_user=True)
    assert wanted_notices(decide(blank, may_wait=True), blank, silent) == ()
