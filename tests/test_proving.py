"""What is known is used at once, the rest is waited for all at once, and nobody's bug is anybody else's."""

from threading import Barrier

import pytest

from poller.errors import Transient
from poller.proving import Proving
from tests.patience import PATIENCE

KNOWN, ASKED = object(), object()


def proving(known=()):
    """A resolver that knows what judges of these names ask for."""
    return Proving(
        resolver_for=lambda: ASKED, without_waiting=lambda judge: judge(KNOWN) if judge.name in known else None
    )


class Judge:
    def __init__(self, name, says=None):
        self.name = name
        self.says = says or (lambda resolver: (name, resolver))

    def __call__(self, resolver):
        return self.says(resolver)


def test_what_is_known_is_not_asked_for_and_each_answer_is_in_its_place():
    judges = [Judge("a"), Judge("b"), Judge("c")]
    assert proving(known="b").prove_all(judges) == [("a", ASKED), ("b", KNOWN), ("c", ASKED)]


def test_nobody_is_proven_where_there_is_nobody():
    assert proving().prove_all([]) == []


def test_those_that_have_to_wait_wait_at_once():
    everybody = Barrier(3, timeout=PATIENCE)
    judges = [Judge(name, lambda _resolver: everybody.wait() >= 0) for name in "abc"]
    assert proving().prove_all(judges) == [True, True, True]


@pytest.mark.parametrize("known", ["", "ab"], ids=["asked", "known"])
def test_a_bug_is_the_answer_for_the_message_that_it_shows_itself_in(known):
    first, second = proving(known).prove_all([Judge("a", lambda _resolver: 1 / 0), Judge("b")])
    assert isinstance(first, ZeroDivisionError)
    assert second[0] == "b"


@pytest.mark.parametrize("known", ["", "a"], ids=["asked", "known"])
def test_what_cannot_be_reached_is_no_message_s_fault(known):
    def away(_resolver):
        raise Transient("later")

    with pytest.raises(Transient, match="later"):
        proving(known).prove_all([Judge("a", away)])
