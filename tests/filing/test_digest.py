"""Who gets how many lines of a digest."""

import pytest

from poller.filing.digest import LISTED, MOST_LINES, Count, shares, total
from poller.filing.reasons import Outcome, Reason

Q, R, D, REJECTED, HELD = Outcome.QUARANTINED, Outcome.REVIEW, Outcome.DEFERRED, Outcome.REJECTED, Outcome.HELD


@pytest.mark.parametrize(
    ("wanted", "granted"),
    [
        ({}, {}),
        ({Q: 0}, {Q: 0}),
        ({Q: 3, R: 4}, {Q: 3, R: 4}),
        ({Q: 100}, {Q: 100}),
        ({Q: 101}, {Q: 100}),
        ({Q: 9_999, R: 0}, {Q: 100, R: 0}),
        ({Q: 9_999, R: 1}, {Q: 99, R: 1}),
        ({Q: 9_999, R: 9_999}, {Q: 50, R: 50}),
        ({Q: 9_999, R: 50, D: 2}, {Q: 49, R: 49, D: 2}),
        ({Q: 9_999, R: 30, D: 2}, {Q: 68, R: 30, D: 2}),
        ({Q: 60, R: 60, D: 60, REJECTED: 60, HELD: 60}, {Q: 20, R: 20, D: 20, REJECTED: 20, HELD: 20}),
    ],
)
def test_a_flood_of_one_outcome_hides_no_other(wanted, granted):
    assert shares(wanted) == granted
    assert sum(granted.values()) == min(sum(wanted.values()), MOST_LINES)


def test_the_messages_of_one_outcome_are_counted_whatever_the_reason():
    slugs = (Reason.NO_USER.slug, Reason.MALFORMED.slug, None)
    counts = [Count(outcome=Q, reason=slug, number=2) for slug in slugs]
    assert total([*counts, Count(outcome=R, reason=None, number=1)], Q) == 6


def test_what_is_refused_held_back_or_left_open_is_named_and_nothing_else():
    assert set(Outcome) - set(LISTED) == {Outcome.FILED, Outcome.DUPLICATE, Outcome.IGNORED}
