"""What can be seen of a company is the same, octet by octet, whether the others exist or not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.isolation.companies import COMPANIES, Company
from tests.isolation.letters import LETTERS
from tests.isolation.views import as_text, seen_of, told_of

if TYPE_CHECKING:
    from tests.acceptance.notices.place import Place


@pytest.fixture(scope="module", params=COMPANIES, ids=lambda company: company.prefix)
def company(request: pytest.FixtureRequest) -> Company:
    return request.param


@pytest.fixture(scope="module")
def alone(install: Callable[..., Place], company: Company) -> Place:
    """The others have neither people nor projects nor mail."""
    place = install([company])
    place.once(*(one for one in LETTERS if one.company is company))
    return place


def test_it_sees_what_it_would_see_alone(whole: Place, alone: Place, company: Company) -> None:
    seen = seen_of(whole, company)
    assert seen["activities"]
    assert as_text(seen) == as_text(seen_of(alone, company))


def test_its_correspondents_are_told_what_they_would_be_told(whole: Place, alone: Place, company: Company) -> None:
    assert told_of(whole, company) == told_of(alone, company)


def test_no_name_of_another_is_in_it(whole: Place, company: Company) -> None:
    seen = as_text(seen_of(whole, company))
    assert company.word in seen
    assert not [one.word for one in COMPANIES if one is not company and one.word in seen]


@pytest.mark.parametrize("command", ["activities", "messages"])
def test_tables_for_people_show_the_same(whole: Place, company: Company, command: str) -> None:
    shown = whole.do(command, "--organization", company.prefix).out
    assert company.prefix in shown
    assert not [one.word for one in COMPANIES if one is not company and one.word in shown]


@pytest.mark.parametrize("form", ["jsonl", "mbox"])
def test_what_is_given_out_of_it_is_its_own(whole: Place, company: Company, form: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    whole.do("export", "--organization", company.prefix, "--format", form, "--output", str(out))
    octets = b"".join(file.read_bytes() for file in ([out] if out.is_file() else out.rglob("*")) if file.is_file())
    assert not [one.word for one in COMPANIES if one is not company and one.word.encode() in octets]
    filed = {one.key.encode() for one in LETTERS if one.company is company and one.outcome == "filed"}
    assert set(re.findall(rb"X-Case: (\S+)", octets)) == filed


def test_together_they_are_all_there_is(whole: Place) -> None:
    for command in ("activities", "messages"):
        parts = [whole.do(command, "--organization", one.prefix, "--json").rows for one in COMPANIES]
        everything = whole.do(command, "--json").rows
        assert sorted(row["id"] for part in parts for row in part) == [row["id"] for row in everything]
