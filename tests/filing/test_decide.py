"""Section 5: of several reasons the first decides, and all are recorded."""

import pytest

from poller.filing.decide import decide, screen
from poller.filing.destination import Refused
from poller.filing.reasons import Outcome, Reason
from tests.filing.making import destination, evidence, match, message, screened

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
    decision = decide(gathered)
    assert (decision.outcome, [reason.slug for reason in decision.hits]) == (outcome, hits)
    assert decision.reason is (decision.hits[0] if hits else None)
    assert bool(decision.detail) == bool(hits)


def test_screening_settles_what_needs_no_people():
    assert screen(screened()) is None
    both = screen(screened(message("X-Mailfiler-Notice: x", malformed="two From fields")))
    assert (both.outcome, both.reason, both.hits) == (
        Outcome.IGNORED,
        Reason.IGNORED,
        (Reason.IGNORED, Reason.MALFORMED),
    )
    assert screen(screened(message(malformed="two From fields"))).detail == "two From fields"
