"""INHERIT_PROJECT: a reply to the bare address is linked to the projects of what it answers, as it is stored."""

from dataclasses import replace
from itertools import permutations

import pytest

from models.activity import Activity, ActivityProject
from models.project import Project
from poller.filing.reasons import Outcome
from poller.storage import rows
from poller.storage.answered import inheritance_of, recorded_inheritance
from poller.storage.cards import project_card
from poller.storage.known import as_copy
from poller.storage.listing import get_activity
from tests.storage.making import (
    NOW,
    asked,
    commit,
    customer,
    draft,
    file,
    file_all,
    file_draft,
    make_ledger,
    message,
    open_view,
    project,
    sha,
    to_file,
    user,
)


@pytest.fixture
def anna(organization):
    return user(organization, "anna@acme.fi")


@pytest.fixture
def harbour(organization):
    return project(organization, "1001")


@pytest.fixture
def bridge(organization):
    return project(organization, "1002")


@pytest.fixture
def heirs(kind):
    """A ledger with INHERIT_PROJECT=true."""
    return make_ledger(open_view(), {"": replace(kind, inherit_project=True)})


def reply(name: str = "reply", *, to: str = "offer@acme.fi", **fields: object):
    return message(name, in_reply_to=(to,), **fields)


def linked(name: str) -> dict[str, int | None]:
    """The projects of the activity about it, each with the one that it was inherited from."""
    activity = Activity.get(identity=sha(name))
    rows = ActivityProject.select().where(ActivityProject.activity == activity).order_by(ActivityProject.id)
    return {row.project.number: row.inherited_from for row in rows}


def warnings(name: str) -> list[str]:
    return Activity.get(identity=sha(name)).warnings


def test_it_takes_all_projects_and_says_from_which_activity(heirs, anna, harbour, bridge):
    file_all(heirs, draft(anna, harbour, bridge), draft(anna, read=reply()))
    first, second = Activity.select().order_by(Activity.id)
    assert linked("reply") == {"1001": first.id, "1002": first.id}
    assert linked("offer") == {"1001": None, "1002": None}
    document = get_activity(second.id)
    assert document["projects"] == ["1001", "1002"]
    assert document["inherited_from"] == {"activity": first.id, "message_id": "offer@acme.fi"}
    assert get_activity(first.id)["inherited_from"] is None


def test_it_is_on_the_projects_card_with_its_files(heirs, anna, harbour):
    file_all(heirs, draft(anna, harbour), draft(anna, read=reply(), files=(file("plan.pdf"),)))
    card = project_card(harbour.id)
    assert [one["subject"] for one in card["activities"]] == ["About offer", "About reply"]
    assert [one["name"] for one in card["files"]] == ["plan.pdf"]


def test_without_the_setting_nothing_is_inherited(ledger, anna, harbour):
    file_all(ledger, draft(anna, harbour), draft(anna, read=reply()))
    assert linked("reply") == {}


@pytest.mark.parametrize(("at_once", "found"), [(True, True), (False, True)])
def test_the_original_may_be_in_the_same_batch(heirs, anna, harbour, at_once, found):
    drafts = [draft(anna, harbour), draft(anna, read=reply()), draft(anna, read=reply("third", to="reply@acme.fi"))]
    judged = [to_file(uid, one) for uid, one in enumerate(drafts, 1)]
    for batch in [judged] if at_once else [[one] for one in judged]:
        commit(heirs, *batch)
    assert list(linked("reply")) == list(linked("third")) == (["1001"] if found else [])
    assert linked("third") == {"1001": Activity.get(identity=sha("reply")).id}
    assert [one.subject for one in Activity.select().order_by(Activity.id)] == [
        f"About {name}" for name in ("offer", "reply", "third")
    ]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_reply_before_its_original_inherits_nothing(heirs, anna, harbour, at_once):
    judged = [to_file(uid, one) for uid, one in enumerate([draft(anna, read=reply()), draft(anna, harbour)], 1)]
    for batch in [judged] if at_once else [[one] for one in judged]:
        commit(heirs, *batch)
    assert linked("reply") == {}
    assert warnings("reply") == []


def test_another_organization_has_nothing_to_inherit(heirs, anna, harbour, make_organization, kind):
    file_all(heirs, draft(anna, harbour))
    elsewhere = replace(kind, organization_id=make_organization("globex", "globex"), inherit_project=True)
    hank = user(elsewhere.organization_id, "hank@globex.com")
    file_draft(draft(hank, read=reply()), elsewhere, sha("source"), NOW)
    assert linked("reply") == {}


@pytest.mark.parametrize(
    ("state", "taken", "said"),
    [
        ("closed", ["1001"], []),
        ("archived", [], ["INHERIT_PROJECT: project 1001 of activity {} is archived, and was not inherited"]),
    ],
)
def test_a_closed_project_is_inherited_and_an_archived_one_is_not(heirs, anna, harbour, state, taken, said):
    file_all(heirs, draft(anna, harbour))
    Project.update(state=state).execute()
    file_all(heirs, draft(anna, read=reply()))
    assert list(linked("reply")) == taken
    assert warnings("reply") == [words.format(Activity.get(identity=sha("offer")).id) for words in said]


@pytest.mark.parametrize(("other", "taken"), [("1001", ["1001"]), ("1002", []), (None, [])])
def test_of_several_with_the_message_id_all_must_agree(heirs, organization, anna, harbour, other, taken):
    stolen = message("stolen", message_id="OFFER@acme.fi")
    others = {"1001": (harbour,), "1002": (project(organization, "1002"),), None: ()}[other]
    file_all(heirs, draft(anna, harbour), draft(anna, *others, read=stolen), draft(anna, read=reply()))
    assert list(linked("reply")) == taken
    assert len(warnings("reply")) == (0 if taken else 1)


def test_the_first_that_was_filed_is_what_it_answers(heirs, anna, harbour, bridge):
    file_all(heirs, draft(anna, harbour), draft(anna, bridge, read=message("second")))
    thread = ("offer@acme.fi", "second@acme.fi")
    file_all(
        heirs,
        draft(anna, read=message("by references", references=thread)),
        draft(anna, read=message("by reply", references=thread, in_reply_to=("OFFER@acme.fi",))),
        draft(anna, read=message("by neither", references=thread, in_reply_to=("unknown@acme.fi",))),
    )
    assert [list(linked(f"by {how}")) for how in ("references", "reply", "neither")] == [["1002"], ["1001"], ["1002"]]


def test_what_it_answers_may_be_on_no_project_and_then_nothing_else_is_asked(heirs, anna, harbour):
    file_all(heirs, draft(anna, harbour), draft(anna, read=message("second")))
    read = message("reply", references=("offer@acme.fi", "second@acme.fi"))
    file_all(heirs, draft(anna, read=read))
    assert linked("reply") == {}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_a_copy_names_beats_what_another_inherits_in_whatever_order(heirs, organization, anna, harbour, order):
    """A copy to the bare address adds nothing."""
    other = customer(organization, "initech")
    mine = project(organization, "1003", customer(organization))
    file_all(heirs, draft(anna, harbour, mine))
    copies = [
        draft(anna, read=reply(), customer=other),
        draft(anna, project(organization, "1002"), read=reply(), customer=other),
        draft(anna, harbour, read=reply(), customer=other),
    ]
    decided = file_all(heirs, *(copies[one] for one in order))
    assert linked("reply").keys() == {"1001", "1002"}
    assert set(linked("reply").values()) == {None}
    assert warnings("reply") == []
    last_is_bare = order[0] != 0
    expected = [Outcome.DUPLICATE if one == 0 and last_is_bare else Outcome.FILED for one in order]
    assert [one.outcome for one in decided] == expected


def test_copies_may_be_in_the_same_batch(heirs, anna, harbour, bridge):
    drafts = [
        draft(anna, harbour),
        draft(anna, read=reply()),
        draft(anna, bridge, read=reply()),
        draft(anna, read=reply()),
    ]
    decided = commit(heirs, *(to_file(uid, one) for uid, one in enumerate(drafts, 1)))
    assert linked("reply") == {"1002": None}
    assert [one.outcome for one in decided] == [Outcome.FILED] * 3 + [Outcome.DUPLICATE]


def test_a_copy_with_a_number_that_was_stored_without_project_names_where_it_belongs(heirs, anna, harbour):
    copies = [draft(anna, read=reply()), draft(anna, read=reply(), bare=False, warnings=("there is no project 9",))]
    for name, order in (("reply", copies), ("again", copies[::-1])):
        file_all(heirs, draft(anna, harbour))
        named = [replace(one, message=reply(name)) for one in order]
        file_all(heirs, *named)
        assert linked(name) == {}
        assert warnings(name) == ["there is no project 9"]


def test_a_bare_copy_neither_adds_nor_takes(heirs, anna, harbour, bridge):
    file_all(heirs, draft(anna, harbour), draft(anna, bridge, read=message("second")))
    copies = [draft(anna, read=reply()), draft(anna, read=reply(to="second@acme.fi"))]
    first, second = file_all(heirs, *copies)
    assert list(linked("reply")) == ["1001"]
    assert (first.outcome, second.outcome) == (Outcome.FILED, Outcome.DUPLICATE)


def test_what_a_copy_would_come_to_is_foretold(heirs, anna, harbour):
    _, filed = file_all(heirs, draft(anna, harbour), draft(anna, read=reply()))
    assert as_copy(draft(anna, harbour, read=reply()), filed.activity_id).outcome is Outcome.FILED
    assert as_copy(draft(anna, read=reply()), filed.activity_id).outcome is Outcome.DUPLICATE


def test_what_was_inherited_is_on_record(heirs, organization, anna, harbour):
    file_all(heirs, draft(anna, harbour), draft(anna, read=reply()))
    first, second = Activity.select().order_by(Activity.id)
    recorded = recorded_inheritance(second.id)
    assert recorded == replace(inheritance_of(organization, draft(anna, read=reply("another"))), warnings=())
    assert (recorded.answered.activity_id, recorded.projects) == (first.id, (harbour,))
    assert recorded_inheritance(first.id).answered is None


def test_a_long_thread_is_looked_up_at_once(heirs, anna, harbour):
    file_all(heirs, draft(anna, harbour))
    references = tuple(f"{number}@acme.fi" for number in range(999))
    read = message("reply", references=("offer@acme.fi", *references), in_reply_to=references)
    file_all(heirs, draft(anna, read=read))
    assert list(linked("reply")) == ["1001"]


def test_however_many_have_the_message_id_no_statement_asks_for_all(heirs, organization, anna, harbour, monkeypatch):
    file_all(heirs, *(draft(anna, harbour, read=message(name, message_id="offer@acme.fi")) for name in "abcde"))
    answer = draft(anna, read=reply())
    monkeypatch.setattr(rows, "CHUNK", 2)
    assert max(len(values) for _, values in asked(lambda: inheritance_of(organization, answer))) == 2
    assert [one.number for one in inheritance_of(organization, answer).projects] == ["1001"]
