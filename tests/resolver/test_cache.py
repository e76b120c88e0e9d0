from __future__ import annotations

import pytest

from poller.resolver.cache import Cache
from tests.resolver.making import Clock, answer, question


@pytest.mark.parametrize(
    ("records", "ttl", "seconds"),
    [
        (["v=spf1 -all"], 60, 60),
        (["v=spf1 -all"], 86400, 3600),
        ([], 60, 60),
        ([], 86400, 300),
        (["v=spf1 -all"], 0, 0),
    ],
)
def test_an_answer_is_kept_for_its_time_and_no_longer_than_an_hour_or_five_minutes(
    clock: Clock, records: list[str], ttl: int, seconds: int
) -> None:
    cache = Cache(clock)
    cache.put(question(), answer(*records, ttl=ttl))
    if seconds:
        clock.now += seconds - 0.001
        assert cache.get(question()) == tuple(records)
        clock.now += 0.001
    assert cache.get(question()) is None
    assert len(cache) == 0


def test_the_least_used_is_forgotten_first(clock: Clock) -> None:
    cache = Cache(clock, room=3 * 800)
    for name in ("a", "b", "c"):
        cache.put(question(name), answer())
    cache.get(question("a"))
    cache.put(question("d"), answer())
    assert {name for name in "abcd" if cache.get(question(name)) is not None} == {"a", "c", "d"}


def test_large_answers_take_more_of_the_room(clock: Clock) -> None:
    cache = Cache(clock, room=10_000)
    for name in ("a", "b", "c"):
        cache.put(question(name), answer("x" * 4000))
    assert len(cache) == 2
    cache.put(question("huge"), answer("x" * 10_000))
    assert cache.get(question("huge")) is None
    assert len(cache) == 2


def test_a_newer_answer_takes_the_place_of_the_older(clock: Clock) -> None:
    cache = Cache(clock, room=2 * 900)
    for number in range(10):
        cache.put(question("a"), answer(str(number)))
    cache.put(question("b"), answer())
    assert cache.get(question("a")) == ("9",)
    assert len(cache) == 2
    cache.put(question("a"), answer("not to be kept", ttl=0))
    assert cache.get(question("a")) is None


def test_100_000_names_stay_within_the_room(clock: Clock) -> None:
    cache = Cache(clock)
    for number in range(100_000):
        cache.put(question(f"{number}.acme.fi"), answer())
    assert len(cache) == 10_000
