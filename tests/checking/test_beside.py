"""What is looked at together is told in order, as it came."""

from __future__ import annotations

import threading

import pytest

from poller.checking.beside import Beside
from tests.patience import PATIENCE


def test_each_begins_at_once_and_whoever_asks_gets_its_values_in_their_order():
    begun = threading.Barrier(3)

    def work(*values):
        begun.wait(PATIENCE)
        yield from values

    found = [Beside(work(*values)) for values in ((1, 2), (), (3,))]
    assert [list(one) for one in found] == [[1, 2], [], [3]]


def test_a_value_is_there_before_the_next_is_sought():
    taken = threading.Event()

    def work():
        yield 1
        assert taken.wait(PATIENCE)
        yield 2

    values = iter(Beside(work()))
    assert next(values) == 1
    taken.set()
    assert list(values) == [2]


def test_an_error_comes_after_what_came_before_it():
    def work():
        yield 1
        raise ZeroDivisionError

    values = iter(Beside(work()))
    assert next(values) == 1
    with pytest.raises(ZeroDivisionError):
        next(values)
