"""What a project or a customer is, its activities, and its files once per content."""

import pytest

from models.people import User
from models.project import Project as ProjectRow
from poller.storage.cards import (
    customer_card,
    find_customer,
    find_project,
    find_user,
    has_file,
    project_card,
)
from tests.storage.making import (
    NOW,
    asked,
    commit,
    contact,
    customer,
    draft,
    file,
    file_draft,
    message,
    plan_of,
    project,
    sha,
    sqlite_only,
    to_file,
    user,
)


@pytest.fixture
def anna(organization):
    return user(organization, "anna@acme.fi", "Anna.Aalto@Acme.fi")


@pytest.fixture
def store(kind, database):
    def store_all(*drafts):
        with database.atomic():
            return [file_draft(one, kind, sha("source"), NOW).activity_id for one in drafts]

    return store_all


def named(card) -> list[tuple[str, int]]:
    return [(one["name"], one["activity"]) for one in card["files"]]


def test_a_project_says_what_it_is_and_what_was_filed_on_it(store, organization, anna):
    globex = customer(organization)
    harbour, bridge = project(organization, "1001", globex), project(organization, "1002")
    one, _, three = store(
        draft(anna, harbour, read=message("a")),
        draft(anna, bridge, read=message("b")),
        draft(anna, harbour, bridge, read=message("c")),
    )
    card = project_card(harbour.id)
    assert {key: card[key] for key in ("number", "name", "kind", "state", "customer", "files")} == {
        "number": "1001",
        "name": "Project 1001",
        "kind": "project",
        "state": "open",
        "customer": "Globex",
        "files": [],
    }
    assert [activity["id"] for activity in card["activities"]] == [one, three]
    assert card["activities"][1]["projects"] == ["1001", "1002"]
    assert project_card(bridge.id)["customer"] is None


def test_a_file_of_a_project_is_there_once_per_content_under_its_first_name(store, organization, anna):
    harbour = project(organization, "1001")
    first, second = store(
        draft(anna, harbour, read=message("a"), files=(file("plan.pdf", "plan"), file("copy.pdf", "plan"))),
        draft(anna, harbour, read=message("b"), files=(file("again.pdf", "plan"), file("new.pdf"))),
    )
    assert named(project_card(harbour.id)) == [("plan.pdf", first), ("new.pdf", second)]
    assert project_card(harbour.id)["files"][0] == {
        "name": "plan.pdf",
        "size": 4,
        "content_type": "application/pdf",
        "sha256": sha("plan"),
        "inline": False,
        "activity": first,
    }


def test_every_project_of_an_activity_has_its_files(store, organization, anna):
    harbour, bridge, tower = (project(organization, number) for number in ("1", "2", "3"))
    store(draft(anna, harbour, bridge, files=(file("plan.pdf"),)), draft(anna, tower, read=message("b")))
    assert [len(project_card(one.id)["files"]) for one in (harbour, bridge, tower)] == [1, 1, 0]


def test_a_project_that_a_further_copy_adds_has_the_files_too(store, organization, anna):
    harbour, files = project(organization, "1001"), (file("plan.pdf"),)
    store(draft(anna, files=files), draft(anna, harbour, files=files))
    assert [name for name, _ in named(project_card(harbour.id))] == ["plan.pdf"]


def test_an_image_in_a_text_is_no_file_of_the_project_unless_it_is_attached_somewhere(store, organization, anna):
    harbour = project(organization, "1001")
    logo = file("logo.png", "logo", inline=True)
    store(draft(anna, harbour, read=message("a"), files=(logo,)))
    card = project_card(harbour.id)
    assert (card["files"], [one["name"] for one in card["activities"][0]["files"]]) == ([], ["logo.png"])
    [_, second] = store(
        draft(anna, harbour, read=message("b"), files=(logo,)),
        draft(anna, harbour, read=message("c"), files=(file("our logo.png", "logo"),)),
    )
    assert named(project_card(harbour.id)) == [("our logo.png", second)]


def test_a_customer_says_who_it_is_and_what_was_filed_about_it(store, organization, anna):
    globex, initech = customer(organization), customer(organization, "initech")
    contact(organization, globex, "zoe@globex.com", "z@globex.com")
    contact(organization, globex, "carl@globex.com")
    contact(organization, initech, "ivan@initech.com")
    project(organization, "1002", globex)
    project(organization, "1001", globex)
    project(organization, "1003", initech)
    first, _ = store(
        draft(anna, read=message("a"), customer=globex, files=(file("plan.pdf"), file("logo.png", inline=True))),
        draft(anna, read=message("b"), customer=initech, files=(file("other.pdf"),)),
    )
    card = customer_card(globex.id)
    assert (card["key"], card["name"]) == ("globex", "Globex")
    assert card["contacts"] == [
        {"name": "Carl", "addresses": ["carl@globex.com"], "active": True},
        {"name": "Zoe", "addresses": ["zoe@globex.com", "z@globex.com"], "active": True},
    ]
    assert [(one["number"], one["kind"], one["state"]) for one in card["projects"]] == [
        ("1001", "project", "open"),
        ("1002", "project", "open"),
    ]
    assert [one["id"] for one in card["activities"]] == [first]
    assert named(card) == [("plan.pdf", first)]


def test_the_texts_of_activities_are_left_to_their_own_page(store, organization, anna):
    harbour = project(organization, "1001")
    store(draft(anna, harbour, read=message(html="<p>Hi</p>")))
    statements = asked(lambda: project_card(harbour.id))
    assert not [sql for sql, _ in statements if '"html"' in sql]
    assert not {"text", "html"} & project_card(harbour.id)["activities"][0].keys()


def test_a_card_costs_the_same_queries_however_much_there_is(store, organization, anna):
    harbour, globex = project(organization, "1001"), customer(organization)
    drafts = [
        draft(anna, harbour, read=message(f"m{number}"), customer=globex, files=(file(f"{number}.pdf"),))
        for number in range(30)
    ]
    contact(organization, globex, "first@globex.com")
    store(drafts[0])
    few = len(asked(lambda: project_card(harbour.id))), len(asked(lambda: customer_card(globex.id)))
    for number in range(20):
        contact(organization, globex, f"c{number}@globex.com", f"d{number}@globex.com")
    store(*drafts[1:])
    many = len(asked(lambda: project_card(harbour.id))), len(asked(lambda: customer_card(globex.id)))
    assert many == few
    assert max(many) <= 12


@sqlite_only
def test_the_files_of_a_card_are_found_by_an_index_and_not_among_those_of_everybody(
    store, organization, anna, database
):
    harbour, globex = project(organization, "1001"), customer(organization)
    store(draft(anna, harbour, customer=globex, files=(file("plan.pdf"),)))
    for work in (lambda: project_card(harbour.id), lambda: customer_card(globex.id)):
        plans = [plan_of(sql, values) for sql, values in asked(work) if "stored_file" in sql]
        assert plans
        assert not [plan for plan in plans if "SCAN" in plan or "rowid>?" in plan], plans


# What an administrator names


@pytest.mark.parametrize("address", ["anna@acme.fi", "ANNA@ACME.FI", "anna.aalto@acme.fi"])
def test_a_user_is_found_by_any_address(organization, anna, address):
    assert find_user(organization, address) == anna.id


@pytest.mark.parametrize("address", ["bert@acme.fi", "anna", "", "@", "a@b@c", "\x00"])
def test_nobody_is_found_by_another(organization, anna, address):
    assert find_user(organization, address) is None


def test_a_user_is_found_by_the_key_where_it_is_nobodys_address(make_organization, organization, anna):
    bert = user(organization, "bert@acme.fi")
    User.update(key="a-17").where(User.id == anna.id).execute()
    User.update(key="anna@acme.fi").where(User.id == bert.id).execute()
    assert find_user(organization, "a-17") == find_user(organization, "anna@acme.fi") == anna.id
    assert find_user(organization, "A-17") is None
    assert find_user(make_organization("globex", "globex"), "a-17") is None


def test_a_customer_is_found_by_its_key(organization):
    globex = customer(organization)
    assert (find_customer(organization, "globex"), find_customer(organization, "acme")) == (globex.id, None)


@pytest.mark.parametrize(
    ("number", "found"),
    [("1001", "1001"), ("01001", "1001"), ("2026.abc", "2026.ABC"), ("7", None), ("9", None), ("", None)],
)
def test_a_project_is_found_as_mail_finds_it(organization, number, found):
    for one in ("1001", "2026.ABC", "07", "007"):
        project(organization, one)
    number_of = {row.id: row.number for row in ProjectRow.select()}
    assert number_of.get(find_project(organization, number)) == found


def test_nothing_of_another_organization_is_found(make_organization, organization, anna):
    other = make_organization("globex", "globex")
    project(organization, "1001")
    customer(organization)
    assert find_user(other, "anna@acme.fi") is find_customer(other, "globex") is find_project(other, "1001") is None


def test_a_file_is_an_organizations_by_an_attachment_or_as_its_message(ledger, organization, make_organization, anna):
    other = make_organization("globex", "globex")
    one = file("plan.pdf")
    commit(ledger, to_file(1, draft(anna, files=(one,))))
    for sha256 in (one.sha256, sha("source 1")):
        assert (has_file(organization, sha256), has_file(other, sha256)) == (True, False)
    assert not has_file(organization, sha("nothing"))
