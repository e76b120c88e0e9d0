"""Each letter comes to what it comes to in its own company, and to nothing in another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.isolation.companies import COMPANIES
from tests.isolation.letters import LETTERS, Letter

if TYPE_CHECKING:
    from tests.acceptance.notices.notice import Notice
    from tests.acceptance.notices.place import Place


@pytest.fixture(scope="module")
def rows(whole: Place) -> dict[str, dict[str, Any]]:
    return whole.rows()


@pytest.fixture(scope="module")
def activities(whole: Place) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in whole.do("activities", "--json").rows}


def named(*groups: tuple[Letter, ...]) -> list[Any]:
    return [pytest.param(one, id=one.name.replace(" ", "-")) for group in groups for one in group]


@pytest.mark.parametrize("letter", named(LETTERS))
def test_each_letter_is_judged_by_its_own_company(
    rows: dict[str, dict[str, Any]], activities: dict[int, dict[str, Any]], letter: Letter
) -> None:
    row = rows[letter.name]
    assert row["organization"] == letter.company.prefix
    assert (row["outcome"], row["reason"], row["notice"]) == (letter.outcome, letter.reason, letter.notice), row
    if letter.outcome != "filed":
        assert row["activity"] is None
        return
    activity = activities[row["activity"]]
    assert activity["organization"] == letter.company.prefix
    assert activity["type"] == f"{letter.company.word} mail"
    assert letter.twin or tuple(activity["projects"]) == letter.projects
    assert letter.company.word in activity["owner"]["name"]
    people = [*activity["participants"], activity["customer"] or ""]
    assert not [one.word for one in COMPANIES if one is not letter.company and one.word in str(people)]


def test_copies_are_one_activity_in_each_company(
    rows: dict[str, dict[str, Any]], activities: dict[int, dict[str, Any]]
) -> None:
    ours, theirs, again = (rows[name]["activity"] for name in ("copies", "copies, there", "copies, there again"))
    assert ours != theirs == again
    assert (activities[ours]["projects"], activities[theirs]["projects"]) == (["1001"], ["1001", "3001"])
    for activity, owner, other in ((ours, "Anna Azure", "hank"), (theirs, "Hank Gamboge", "anna")):
        found = activities[activity]
        assert (found["owner"]["name"], found["customer"]) == (owner, None), "contacts of two customers link none"
        names = [(one["kind"], one["address"].partition("@")[0]) for one in found["participants"]]
        assert names == [("external", "kaisa"), ("external", other)]


def notices_of(place: Place, name: str) -> Iterator[Notice]:
    (letter,) = (one for one in LETTERS if one.name == name)
    yield from place.notices_of(letter)


def words_of(place: Place, name: str) -> str:
    return " ".join(f"{one.text} {one.parsed['Subject']} {one.status}" for one in notices_of(place, name))


@pytest.mark.parametrize("letter", [one for one in LETTERS if one.notice == "sent"], ids=lambda one: one.name)
def test_a_notice_names_nothing_of_another_company(whole: Place, letter: Letter) -> None:
    said = words_of(whole, letter.name)
    for own in (letter.recipients[0], "3001.globex"):  # what the sender wrote
        said = said.replace(own, "")
    assert letter.company.prefix in said
    for other in COMPANIES:
        assert other is letter.company or not {other.word, other.prefix} & set(re.split(r"[^\w.]+", said))


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("our user near a project", "7300 Azure quay"),
        ("their user near a project", "8400 Gamboge dam"),
        ("their user at nothing of ours", ""),
        ("our user at nothing of theirs", ""),
        ("our user near a project of theirs", ""),
    ],
)
def test_did_you_mean_is_for_users_of_that_company(whole: Place, name: str, suggested: str) -> None:
    said = words_of(whole, name)
    assert suggested in said
    assert suggested or not any(word in said for word in ("7300", "8400", "Azure", "Gamboge"))


def test_to_strangers_an_archived_project_is_as_unknown_as_any(whole: Place) -> None:
    archived = words_of(whole, "their user at an archived project of ours")
    unknown = words_of(whole, "their user at nothing of ours")
    names = ("their user at an archived project of ours", "their user at nothing of ours")
    assert archived.replace("1004", "7301").replace(*(one.replace(" ", "-") for one in names)) == unknown


def test_each_company_has_its_language(whole: Place) -> None:
    assert "viesti" in words_of(whole, "our user at nothing of theirs").lower()
    assert "viesti" not in words_of(whole, "their user at nothing of ours").lower()


def test_the_ledger_and_the_mailbox_agree(whole: Place) -> None:
    assert "0 differences" not in whole.do("reconcile").out
