"""Without the fuzzer: what it begins with, what it found, and mutations of both, the same ones each time."""

from __future__ import annotations

from random import Random

import pytest

from tests.fuzz.mutating import MUTATIONS, mutated, spliced
from tests.fuzz.seeds import messages
from tests.fuzz.targets import FINDS, TARGETS

EACH = 30
"""Mutations of each target's seeds."""


@pytest.mark.parametrize("name", TARGETS)
def test_what_it_begins_with_does_no_harm(name):
    seeds = list(TARGETS[name].seeds())
    assert seeds
    for octets in seeds:
        TARGETS[name].judge(octets)


@pytest.mark.parametrize("path", sorted(FINDS.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_it_found_does_no_harm_any_more(path):
    TARGETS[path.parent.name].judge(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_mutations_do_no_harm(name):
    target, chance = TARGETS[name], Random(name)
    seeds = list(target.seeds())
    for _ in range(EACH):
        target.judge(mutated(chance.choice(seeds), chance, most=target.most))


def test_every_mutation_makes_something_else_of_a_message_and_the_same_each_time():
    for mutation in MUTATIONS:
        made = [
            [mutation(message, Random(seed)) for seed in range(20)] for message in messages()[:10] for _ in range(2)
        ]
        assert made[::2] == made[1::2]
        assert any(one != message for message, several in zip(messages(), made[::2], strict=False) for one in several)
    assert spliced(b"a\nb\n", b"c\nd\n", Random(1)) == spliced(b"a\nb\n", b"c\nd\n", Random(1))
