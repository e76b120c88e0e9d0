"""INHERIT_PROJECT, as a person sees it: replies to the bare address, on the card of what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.case import ANNA, KAISA, OLAF, Case, filed
from tests.acceptance.mailboxes import put

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.ready import Ready

FILE = """\
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

See the plan.
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename=plan.pdf

%PDF
--b--
"""
FIRST = Case("first", filed())


def reply(name: str, *to: str, at: str = "mycompany", **fields: Any) -> Case:
    """An answer to those messages, the last of which it answers directly."""
    ids = [f"<{one}@mycompany.example>" for one in to]
    headers = {"References": " ".join(ids), "In-Reply-To": ids[-1]} | fields.pop("headers", {})
    return Case(name, filed(), to=at, headers=headers, **fields)


@pytest.fixture
def here(ready: Callable[..., Ready]) -> Ready:
    return ready({"INHERIT_PROJECT": "true"})


def on_projects(here: Ready) -> dict[str, tuple[list[str], int | None]]:
    """By subject: the projects, and the activity that they were inherited from."""
    return {
        row["subject"].removeprefix("About "): (row["projects"], (row["inherited_from"] or {}).get("activity"))
        for row in here.program.do("activities", "--json").rows
    }


def test_a_thread_goes_to_the_project_that_its_first_message_named(here: Ready) -> None:
    put(
        here.account,
        [
            FIRST,
            reply("answer", "first", headers={"From": KAISA, "To": ANNA}, content=FILE),
            reply("again", "first", "answer"),
            reply("elsewhere", "first", "answer", at="1002.mycompany"),
            reply("other", "unknown"),
        ],
    )
    here.program.do("once")
    assert on_projects(here) == {
        "first": (["1001"], None),
        "answer": (["1001"], 1),
        "again": (["1001"], 2),
        "elsewhere": (["1002"], None),
        "other": ([], None),
    }
    [card] = here.program.do("project", "1001", "--json").rows
    assert [row["subject"] for row in card["activities"]] == ["About first", "About answer", "About again"]
    assert [row["name"] for row in card["files"]] == ["plan.pdf"]
    shown = here.program.do("activity", "2").out
    assert "inherited from: activity 1, message_id first@mycompany.example" in shown
    here.program.do("reconcile")


def test_it_is_off_by_default(ready: Callable[..., Ready]) -> None:
    here = ready()
    put(here.account, [FIRST, reply("answer", "first")])
    here.program.do("once")
    assert on_projects(here)["answer"] == ([], None)


@pytest.mark.parametrize("at", ["9999.mycompany", "1004.mycompany", ".mycompany"])
def test_an_invalid_number_beside_the_bare_address_is_judged_as_ever(here: Ready, at: str) -> None:
    put(here.account, [FIRST, reply("answer", "first", at=f"mycompany {at}")])
    here.program.do("once")
    assert on_projects(here)["answer"] == ([], None)
    [row] = here.program.do("messages", "--reason", "recipient-invalid", "--json").rows
    assert row["outcome"] == "filed"


def test_what_is_retried_inherits_as_if_it_came_now(here: Ready) -> None:
    stranger = reply("answer", "first", headers={"From": OLAF, "To": OLAF})
    put(here.account, [FIRST, stranger])
    here.program.do("once")
    assert "answer" not in on_projects(here)
    users = here.program.folder / "more.csv"
    users.write_text("key,name,addresses\nolaf,Olaf Outside,olaf@outside.example\n")
    here.program.do("import", "users", users)
    here.program.do("retry", "2")
    assert on_projects(here)["answer"] == (["1001"], 1)


def test_explain_says_what_would_be_inherited_and_why_not(here: Ready) -> None:
    put(here.account, [FIRST])
    here.program.do("once")
    source = here.program.folder / "answer.eml"

    def explained(case: Case, **more: str) -> dict[str, Any]:
        source.write_bytes(case.source(here.account.login))
        ended = here.program.tried("explain", source, "--json", **more)
        assert ended.status == 0, ended.all
        return ended.rows[0]["inheritance"]

    assert explained(reply("answer", "first")) == {
        "activity": 1,
        "message_id": "first@mycompany.example",
        "projects": ["1001"],
        "why": "it names no project, and answers activity 1",
    }
    assert explained(reply("answer", "first"), INHERIT_PROJECT="false")["why"].endswith("INHERIT_PROJECT=false")
    assert explained(reply("answer", "first", at="1002.mycompany"))["why"] == "its addresses say where it belongs"
    assert "no activity" in explained(reply("answer", "unknown"))["why"]
    put(here.account, [reply("answer", "first")])
    here.program.do("once")
    shown = here.program.do("explain", "2").out
    assert "Done) of Anna Andersson <anna@mycompany.example> on project 1001, for Harbour Oy" in shown
    assert "Inherited project 1001, of Message-ID first@mycompany.example: it names no project" in shown
