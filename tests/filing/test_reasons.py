"""A reason is a member, a rule in the tuple and a golden message, or it is not done."""

import pytest

from poller.filing.reasons import Outcome, Reason
from poller.filing.rules import DECIDING, SCREENING

WITHOUT_RULE = {Reason.UNREADABLE, Reason.POISON}  # of mail that nothing can look into
RULES = {rule.__name__.replace("_", "-"): rule for rule in (*SCREENING, *DECIDING)}


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in WITHOUT_RULE])
def test_every_reason_has_a_rule_of_its_name_in_the_order_of_the_members(reason):
    assert reason.slug in RULES
    assert list(RULES).index(reason.slug) == list(Reason).index(reason)


def test_there_is_no_rule_without_a_reason():
    assert set(RULES) == {reason.slug for reason in Reason if reason not in WITHOUT_RULE}


def test_only_what_is_refused_has_a_reason():
    assert {reason.outcome for reason in Reason}.isdisjoint({Outcome.FILED, Outcome.DUPLICATE, Outcome.HELD})
