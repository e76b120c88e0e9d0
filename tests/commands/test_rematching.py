import json

import pytest
from click.testing import CliRunner

from poller.cli import main
from poller.opening import open_storage
from poller.storage.database import connected
from tests.storage.rematching.making import Company
from tests.workplace import Workplace

FILES = {
    "customers": "key,name\nglobex,Globex\ninitech,Initech\n",
    "contacts": "key,customer,name,addresses\ncarl,globex,Carl Cole,carl@globex.com\n",
    "projects": "number,name,kind,customer,state\n1002,Quay,project,,open\n",
}


@pytest.fixture
def place(tmp_path) -> Workplace:
    """Two activities that were filed before anybody knew Carl or project 1002."""
    place = Workplace(folder=tmp_path)
    place.import_directory()
    kinds = open_storage(place.settings())
    with connected():
        company = Company(kind=kinds[""])
        company.file("author anna@acme.fi", "to carl@globex.com", numbers=("1002",))
        company.file("author anna@acme.fi", "to x@y.fi", name="other")
    return place


def run(place, *words):
    return CliRunner().invoke(main, ["--settings", str(place.folder / "settings.env"), *words])


def bring_in(place, *kinds):
    for kind in kinds or FILES:
        (place.folder / f"{kind}.csv").write_text(FILES[kind])
        place.do("import", kind, str(place.folder / f"{kind}.csv"))


def test_each_change_is_an_object_a_line_and_the_summary_is_apart(place):
    bring_in(place)
    expected = [
        {"activity": 1, "what": "participant", "before": "external carl@globex.com",
         "after": "contact Carl Cole <carl@globex.com>", "why": "contact carl of customer globex"},
        {"activity": 1, "what": "customer", "before": None, "after": "Globex",
         "why": "contact carl of customer globex"},
        {"activity": 1, "what": "project", "before": None, "after": "1002", "why": "project 1002"},
        {"activity": 1, "what": "warning", "after": None, "why": "project 1002",
         "before": "there is no project 1002: stored without it (UNKNOWN_PROJECT)"},
    ]  # fmt: skip
    foreseen = run(place, "rematch", "--dry-run", "--json")
    assert [json.loads(line) for line in foreseen.stdout.splitlines()] == expected
    assert foreseen.stderr == "1 of 2 activities would be changed: 4 changes, 0 new conflicts\n"
    assert place.listing("activity", "1")[0]["changes"] == []
    done = run(place, "rematch", "--json")
    assert (done.exit_code, done.stdout) == (0, foreseen.stdout)
    assert done.stderr == "1 of 2 activities changed: 4 changes, 0 new conflicts\n"
    again = run(place, "rematch", "--json")
    assert (again.stdout, again.stderr) == ("", "0 of 2 activities changed: 0 changes, 0 new conflicts\n")


def test_a_person_sees_a_table_and_the_trail_on_the_card(place):
    bring_in(place)
    heading, first, *_ = place.do("rematch").splitlines()
    assert heading.split() == ["Activity", "What", "Before", "After", "Why"]
    assert first.split() == [
        "1", "participant", "external", "carl@globex.com", "contact", "Carl", "Cole", "<carl@globex.com>",
        "contact", "carl", "of", "customer", "globex",
    ]  # fmt: skip
    card = place.do("activity", "1")
    assert ": customer: none → Globex (contact carl of customer globex)\n" in card
    assert place.do("rematch") == "none\n"


def test_a_conflict_is_said_on_the_card(place):
    bring_in(place, "customers", "contacts")
    place.do("rematch")
    (place.folder / "more.csv").write_text(
        "key,customer,name,addresses\ncarl2,initech,Carl,carl@globex.com\n",
    )
    place.do("import", "contacts", str(place.folder / "more.csv"))
    assert run(place, "rematch").stderr == "0 of 2 activities changed: 0 changes, 1 new conflict\n"
    card = place.do("activity", "1")
    told = "Globex stays (Carl Cole <carl@globex.com> of Globex; Carl <carl@globex.com> of Initech)"
    assert f": conflict: {told}\n" in card


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("--project 1002", 4),
        ("--project 01002", 4),
        ("--project 1001", 0),
        ("--customer globex", 4),
        ("--customer initech", 0),
        ("--organization MyCompany", 4),
        ("--since 2026-03-02", 4),
        ("--since 2026-03-03", 0),
        ("--since 2026-03-02T12:00:00+0000 --customer globex --project 1002", 4),
    ],
)
def test_it_can_be_about_a_part_of_what_is_filed(place, words, changes):
    bring_in(place)
    assert len(place.listing("rematch", "--dry-run", *words.split())) == changes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--project 7", "there is no project 7"),
        ("--customer nobody", "there is no customer nobody"),
        ("--customer Globex", "there is no customer Globex"),
        ("--organization other", "there is no organization other"),
    ],
)
def test_what_does_not_exist_is_said(place, words, said):
    bring_in(place)
    ended = run(place, "rematch", *words.split())
    assert (ended.exit_code, ended.stdout) == (65, "")
    assert said in ended.stderr


def test_without_a_name_all_organizations_are_looked_at_and_none_sees_another(place):
    folder = place.folder / "organizations"
    folder.mkdir()
    (folder / "hooli.env").write_text(
        "FILING_ADDRESS=hooli@in.example.com\nACTIVITY_TYPE=E-mail\nACTIVITY_STATUS=done\n"
    )
    kinds = open_storage(place.settings())
    with connected():
        hooli = Company(kind=kinds["hooli"])
        hooli.user("anna@acme.fi")
        hooli.file("author anna@acme.fi", "to carl@globex.com", numbers=("1002",))
    bring_in(place)
    assert {one["activity"] for one in place.listing("rematch", "--dry-run")} == {1}
    (place.folder / "projects.csv").write_text(FILES["projects"])
    place.do("import", "projects", str(place.folder / "projects.csv"), "--organization", "hooli")
    assert {one["activity"] for one in place.listing("rematch", "--dry-run")} == {1, 3}
    assert {one["activity"] for one in place.listing("rematch", "--dry-run", "--organization", "hooli")} == {3}
    assert {one["activity"] for one in place.listing("rematch", "--dry-run", "--project", "1002")} == {1}
    assert run(place, "rematch").stderr == "2 of 3 activities changed: 6 changes, 0 new conflicts\n"
    (hoolis,) = place.listing("activity", "3")
    assert (hoolis["projects"], hoolis["customer"]) == (["1002"], None)
    assert [one["kind"] for one in hoolis["participants"]] == ["external"]


HINT = "`mailfiler rematch` applies it to what is already filed; with --dry-run it shows what\n"


def test_an_import_says_that_it_can_be_applied_where_something_is_filed(place):
    for kind, content in FILES.items():
        (place.folder / f"{kind}.csv").write_text(content)
    said = {
        words: run(place, "import", kind, str(place.folder / f"{kind}.csv"), *options).stderr
        for words, kind, *options in (
            ("foreseen", "projects", "--dry-run"),
            ("customers", "customers"),
            ("projects", "projects"),
            ("contacts", "contacts"),
            ("again", "contacts"),
        )
    }
    assert said == {"foreseen": "", "customers": "", "projects": HINT, "contacts": HINT, "again": ""}


def test_an_import_into_an_empty_installation_says_no_more(tmp_path):
    place = Workplace(folder=tmp_path)
    place.write_settings()
    (tmp_path / "projects.csv").write_text(FILES["projects"])
    assert run(place, "import", "projects", str(tmp_path / "projects.csv")).stderr == ""
