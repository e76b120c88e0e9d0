"""The matrix is worth something: every shortcut that the protocol forbids is found out by it."""

from __future__ import annotations

import pytest

from tests.crash.faults import Kind
from tests.crash.history import Ended, Story, play
from tests.crash.matrix import faults, points_of
from tests.crash.mutants import MUTANTS
from tests.crash.place import Site

KILLED = [name for name, mutant in MUTANTS.items() if mutant.at]


@pytest.mark.parametrize("name", KILLED)
def test_a_mutant_is_caught_by_a_kill_and_by_nothing_less(site: Site, name: str) -> None:
    only = MUTANTS[name].letters
    points = points_of(site, only, mutant=name)
    kills = [one for one in faults(points.first, Kind.KILL) if one.point.startswith(MUTANTS[name].at)]
    caught = (play(site, Story(faults=(kill,), only=only, mutant=name)) for kill in reversed(kills))
    assert any(_lost_or_doubled(ended) for ended in caught)


def test_deduplication_by_message_id_alone_is_caught_without_any_fault(site: Site) -> None:
    name = "Message-ID alone"
    assert _lost_or_doubled(play(site, Story(only=MUTANTS[name].letters, mutant=name)))


def _lost_or_doubled(ended: Ended) -> bool:
    """Not merely that the mutant does not run any more."""
    assert not [one for one in ended.wrong if one.startswith("a life ended")], ended.log
    return any(one.startswith(("messages", "activities", "mailbox")) for one in ended.wrong)
