"""The worker is ended or disturbed at every step, and everything ends as if nothing had happened (F57)."""

from __future__ import annotations

from random import Random

import pytest

from tests.crash.faults import Kind
from tests.crash.history import Story, play
from tests.crash.letters import POISON
from tests.crash.matrix import FEW, Points, essential, faults, pairs, stories, wrong
from tests.crash.place import Site
from tests.crash.seams import Moment

SEED = 20261122
SHARES = 8
"""Tests of one kind, so that several processes can share them."""


@pytest.mark.parametrize("share", range(SHARES))
def test_killed_at_every_third_step_of_a_first_poll(site: Site, points: Points, share: int) -> None:
    """`scripts/crash matrix` takes them all."""
    before = [one for one in essential(faults(points.first, Kind.KILL)) if one.moment is Moment.BEFORE][::3]
    kills = before[share::SHARES]
    assert not wrong(site, [Story(faults=(kill,), only=FEW, reconciled=kill is kills[-1]) for kill in kills])


def test_killed_with_a_command_under_way_or_just_done(site: Site, points: Points) -> None:
    others = [one for one in essential(faults(points.first, Kind.KILL)) if one.moment is not Moment.BEFORE]
    assert not wrong(site, [Story(faults=(kill,), only=FEW) for kill in Random(SEED).sample(others, 8)])


def test_killed_at_some_steps_of_a_poll_for_deferred_mail(site: Site, points: Points) -> None:
    kills = Random(SEED).sample(essential(faults(points.late, Kind.KILL)), 6)
    assert not wrong(site, [Story(faults=(kill,), only=FEW, late=True) for kill in kills])


def test_killed_twice(site: Site, points: Points) -> None:
    assert not wrong(site, pairs(points, Random(SEED), 5, FEW))


@pytest.mark.parametrize("kind", [Kind.NETWORK, Kind.DATABASE, Kind.DISK])
def test_disturbed_four_times_at_the_same_step(site: Site, points: Points, kind: Kind) -> None:
    assert not wrong(site, sample(points, kind, 4))


@pytest.mark.parametrize("kind", [Kind.KILL, Kind.NETWORK, Kind.DATABASE, Kind.DISK])
def test_the_same_with_postgresql(postgresql_site: Site, postgresql_points: Points, kind: Kind) -> None:
    assert not wrong(postgresql_site, sample(postgresql_points, kind, 3))


def sample(points: Points, kind: Kind, count: int) -> list[Story]:
    return Random(SEED).sample(stories(points, kind, FEW), count)


@pytest.mark.parametrize("mutant", ["", "no attempt counter"])
def test_a_message_that_ends_the_worker_does_so_three_times_or_for_ever_where_nobody_counts(
    site: Site, mutant: str
) -> None:
    ended = play(site, Story(only=("offer", POISON), mutant=mutant))
    assert ("it does not come to an end" in ended.wrong) == bool(mutant), ended.wrong
    assert mutant or not ended.wrong
