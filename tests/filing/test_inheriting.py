"""A reply that names no project, and what it takes from the activity that it answers."""

from dataclasses import replace

import pytest

from poller.filing.inheriting import Answered, answered_ids, inherit, without_inherited
from tests.filing.making import GLOBEX, INITECH, message, project

HARBOUR = project("1001", 1, customer=GLOBEX)
BRIDGE = project("1002", 2, state="closed")
PIER = project("1004", 4, state="archived")
IN_DOUBT = "nothing was inherited: activities {} have the Message-ID that it answers, and are on different projects"


def answered(activity_id: int, *projects: object) -> Answered:
    return Answered(activity_id=activity_id, message_id="first@acme.fi", projects=projects)


MANY = [answered(number, project(str(number), number)) for number in range(1, 9)]


@pytest.mark.parametrize(
    ("in_reply_to", "references", "expected"),
    [
        ((), (), ()),
        (("c@x",), (), ("c@x",)),
        ((), ("a@x", "b@x"), ("b@x", "a@x")),
        (("c@x",), ("a@x", "b@x"), ("c@x", "b@x", "a@x")),
        (("b@x",), ("a@x", "b@x"), ("b@x", "a@x")),
        (("d@x", "c@x"), ("a@x",), ("d@x", "c@x", "a@x")),
        (("own@x",), ("a@x", "OWN@X"), ("a@x",)),
    ],
    ids=range(7),
)
def test_in_reply_to_comes_first_then_references_from_the_last_and_nothing_answers_itself(
    in_reply_to, references, expected
):
    read = replace(message(), message_id="Own@x", in_reply_to=in_reply_to, references=references)
    assert answered_ids(read) == expected


@pytest.mark.parametrize(
    ("found", "taken", "warned"),
    [
        ([], (), ()),
        ([answered(3)], (), ()),
        ([answered(3, HARBOUR)], ("1001",), ()),
        ([answered(3, HARBOUR, BRIDGE)], ("1001", "1002"), ()),
        ([answered(3, HARBOUR, PIER)], ("1001",), ("project 1004 of activity 3 is archived, and was not inherited",)),
        ([answered(3, PIER)], (), ("project 1004 of activity 3 is archived, and was not inherited",)),
        ([answered(3, HARBOUR, BRIDGE), answered(5, BRIDGE, HARBOUR)], ("1001", "1002"), ()),
        ([answered(3), answered(5)], (), ()),
        ([answered(3, HARBOUR), answered(5)], (), (IN_DOUBT.format("3, 5"),)),
        (MANY, (), (IN_DOUBT.format("1, 2, 3, 4, 5 and 3 more"),)),
    ],
    ids=range(10),
)
def test_what_is_taken_and_what_is_said(found, taken, warned):
    inheritance = inherit(found, customer=None)
    assert tuple(one.number for one in inheritance.projects) == taken
    assert inheritance.warnings == tuple(f"INHERIT_PROJECT: {words}" for words in warned)
    assert without_inherited(["in the message: odd", *inheritance.warnings]) == ["in the message: odd"]


def test_of_several_that_agree_the_oldest_is_answered():
    assert inherit([answered(3, HARBOUR), answered(5, HARBOUR)], None).answered.activity_id == 3


@pytest.mark.parametrize(
    ("customer", "warned"),
    [
        (None, ()),
        (GLOBEX, ()),
        (INITECH, ("project 1001 belongs to Globex Oy, the contacts to Initech Ab",)),
    ],
    ids=range(3),
)
def test_a_project_of_another_customer_is_inherited_with_a_warning(customer, warned):
    inheritance = inherit([answered(3, HARBOUR, BRIDGE)], customer)
    assert [one.number for one in inheritance.projects] == ["1001", "1002"]
    assert inheritance.warnings == warned
