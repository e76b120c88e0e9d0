"""The worker is ended or disturbed at every step, and everything ends as if nothing had happened."""

from __future__ import annotations

from random import Random

import pytest

from tests.crash.faults import NOTHING, Kind
from tests.crash.history import Story, play
from tests.crash.letters import POISON
from tests.crash.matrix import FEW, Points, by_readers, essential, faults, pairs, stories, wrong
from tests.crash.place import Site
from tests.crash.seams import Moment

SEED = 20261122
SHARES, SHARES_OF_READERS = 8, 4
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


@pytest.mark.parametrize("share", range(SHARES_OF_READERS))
def test_killed_at_every_seventh_step_while_readers_read(site: Site, points_by_readers: Points, share: int) -> None:
    """`scripts/crash matrix --readers` takes them all."""
    kills = essential(faults(points_by_readers.first, Kind.KILL))[::7][share::SHARES_OF_READERS]
    assert not wrong(site, by_readers([Story(faults=(kill,), only=FEW, reconciled=False) for kill in kills]))


@pytest.mark.parametrize("kind", [Kind.NETWORK, Kind.DATABASE, Kind.DISK])
def test_disturbed_while_readers_read(site: Site, points_by_readers: Points, kind: Kind) -> None:
    assert not wrong(site, by_readers(sample(points_by_readers, kind, 3)))


def test_killed_while_readers_read_with_postgresql(postgresql_site: Site, postgresql_points: Points) -> None:
    assert not wrong(postgresql_site, by_readers(sample(postgresql_points, Kind.KILL, 3)))


def test_a_message_that_ends_its_reader_ends_no_worker(site: Site) -> None:
    ended = play(site, Story(faults=(NOTHING, NOTHING), only=("offer", POISON), readers=True))
    assert not ended.wrong, ended.wrong
    assert ended.log.count("ended the process that read it") == 3


def sample(points: Points, kind: Kind, count: int) -> list[Story]:
    return Random(SEED).sample(stories(points, kind, FEW), count)


@pytest.mark.parametrize("mutant", ["", "no attempt counter"])
def test_a_message_that_ends_the_worker_does_so_three_times_or_for_ever_where_nobody_counts(
    site: Site, mutant: str
) -> None:
    ended = play(site, Story(only=("offer", POISON), mutant=mutant))
    assert ("it does not come to an end" in ended.wrong) == bool(mutant), ended.wrong
    assert mutant or not ended.wrong
