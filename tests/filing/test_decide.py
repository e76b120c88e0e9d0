"""Of several reasons the first decides, and all are recorded."""

from dataclasses import replace

import pytest

from poller.filing.decide import decide, screen
from poller.filing.destination import Refused
from poller.filing.reasons import Outcome, Reason
from tests.filing.making import UNVERIFIED, destination, evidence, match, message, screened

INVALID = Refused(address="9.mycompany@in.example.com", reason=Reason.RECIPIENT_INVALID, detail="there is no project 9")
RETIRED = Refused(address="old@in.example.com", reason=Reason.RETIRED_ADDRESS, detail="old@… is no longer in use")
NOWHERE = destination(reachable=False, refused=(INVALID,))
NOBODY = match(gate=None, owner=None)


@pytest.mark.parametrize(
    ("gathered", "outcome", "hits"),
    [
        (evidence(), "filed", []),
        (evidence(message(subject="")), "rejected", ["no-subject"]),
        (evidence(matched=NOBODY), "quarantined", ["no-user"]),
        (evidence(message(subject=""), matched=NOBODY), "quarantined", ["no-user", "no-subject"]),
        (evidence(oversized=True, matched=NOBODY), "rejected", ["message-too-large", "no-user"]),
        (
            evidence(message(subject=""), goes_to=NOWHERE, matched=NOBODY),
            "rejected",
            ["recipient-invalid", "no-user", "no-subject"],
        ),
        (evidence(goes_to=destination(reachable=False, refused=(RETIRED,))), "rejected", ["retired-address"]),
        (
            evidence(goes_to=destination(reachable=False, refused=(RETIRED, INVALID))),
            "rejected",
            ["recipient-invalid", "retired-address"],
        ),
        (evidence(goes_to=destination(refused=(INVALID,))), "filed", ["recipient-invalid"]),
        (evidence(message(subject=""), goes_to=destination(refused=(INVALID,))), "rejected", ["no-subject"]),
    ],
)
def test_the_first_rule_that_holds_decides(gathered, outcome, hits):
    decision = decide(gathered, may_wait=True)
    assert (decision.outcome, [reason.slug for reason in decision.hits]) == (outcome, hits)
    assert decision.reason is (decision.hits[0] if hits else None)
    assert bool(decision.detail) == bool(hits)


FAILED = replace(UNVERIFIED, accepted=False, why="acme.fi publishes no SPF record that names 203.0.113.7")
UNAVAILABLE = replace(UNVERIFIED, accepted=False, unavailable=True, why="the DNS of acme.fi did not answer")
BAD = {"goes_to": NOWHERE, "matched": NOBODY}


@pytest.mark.parametrize(
    ("gathered", "may_wait", "outcome", "reason", "hits"),
    [
        (evidence(authentication=FAILED), True, "quarantined", "authentication-failed", 1),
        (evidence(authentication=FAILED, **BAD), True, "rejected", "recipient-invalid", 3),
        (evidence(authentication=UNAVAILABLE), True, "deferred", "authentication-unavailable", 1),
        (evidence(authentication=UNAVAILABLE, **BAD), True, "deferred", "authentication-unavailable", 3),
        (evidence(authentication=UNAVAILABLE), False, "quarantined", "authentication-unavailable", 1),
        (evidence(authentication=UNAVAILABLE, **BAD), False, "rejected", "recipient-invalid", 3),
        (evidence(authentication=UNAVAILABLE, matched=NOBODY), False, "quarantined", "authentication-unavailable", 2),
    ],
)
def test_a_temporary_error_defers_whatever_else_is_wrong_until_the_message_may_wait_no_more(
    gathered, may_wait, outcome, reason, hits
):
    decision = decide(gathered, may_wait=may_wait)
    assert decision.outcome == outcome
    assert (decision.reason.slug if decision.reason else None) == reason
    assert len(decision.hits) == hits


def test_the_detail_says_what_was_missing_in_the_words_of_authentication():
    assert decide(evidence(authentication=FAILED), may_wait=True).detail == FAILED.why
    waiting = decide(evidence(authentication=UNAVAILABLE, **BAD), may_wait=True)
    assert waiting.detail.startswith(f"{UNAVAILABLE.why}; also recipient-invalid: there is no project 9; also no-user")
    assert [reason.slug for reason in waiting.hits] == ["recipient-invalid", "authentication-unavailable", "no-user"]


def test_screening_settles_what_needs_no_people():
    assert screen(screened()) is None
    both = screen(screened(message("X-Mailfiler-Notice: x", malformed="two From fields")))
    assert (both.outcome, both.reason, both.hits) == (
        Outcome.IGNORED,
        Reason.IGNORED,
        (Reason.IGNORED, Reason.MALFORMED),
    )
    assert screen(screened(message(malformed="two From fields"))).detail == "two From fields"
