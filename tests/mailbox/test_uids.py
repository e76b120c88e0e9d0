from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mailbox.uids import LONGEST_SET, fold, unfold


@pytest.mark.parametrize(
    ("uids", "sets"),
    [
        ([], []),
        ([7], ["7"]),
        ([1, 2, 3, 5], ["1:3,5"]),
        ([5, 3, 1, 2, 2], ["1:3,5"]),
        ([4294967294, 4294967295], ["4294967294:4294967295"]),
    ],
)
def test_neighbours_are_folded_into_ranges(uids, sets):
    assert list(fold(uids)) == sets


@given(st.lists(st.integers(min_value=1, max_value=2**32 - 1)))
def test_folding_loses_and_adds_nothing(uids):
    assert [uid for folded in fold(uids) for uid in unfold(folded)] == sorted(set(uids))


def test_many_scattered_uids_need_several_lines_and_none_is_long():
    uids = range(1, 2**32, 400_000)
    sets = list(fold(uids))
    assert max(map(len, sets)) <= LONGEST_SET
    assert [uid for folded in sets for uid in unfold(folded)] == list(uids)


def test_an_absurd_range_costs_nothing_until_it_is_walked():
    assert list(islice(unfold("9,4294967295:1"), 3)) == [9, 1, 2]
