import pytest

from models.project import Project
from poller.storage.directory import find_people
from tests.storage.importing.making import CONTACTS, CUSTOMERS, PROJECTS, USERS, problems


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        ("u,U,a@x.fi,true", "u,U,a@x.fi,true", (0, 0, 1)),
        ("u,U,a@x.fi,true", "u,U,a@x.fi,", (0, 0, 1)),
        ("u,U,a@x.fi,true", "u,U,a@x.fi,TRUE", (0, 0, 1)),
        ("u,U,a@x.fi a@X.fi,true", "u,U,a@x.fi,true", (0, 0, 1)),
        ("u,U,a@x.fi,true", "u,U,a@x.fi,false", (0, 1, 0)),
        ("u,U,a@x.fi,true", "u,U,A@x.fi,true", (0, 1, 0)),
        ("u,U,a@x.fi b@x.fi,true", "u,U,b@x.fi a@x.fi,true", (0, 1, 0)),
        ("u,U,a@x.fi b@x.fi,true", "u,U,b@x.fi,true", (0, 1, 0)),
        ("u,U,a@x.fi,true", "U,U,b@x.fi,true", (1, 0, 0)),
    ],
)
def test_what_counts_as_a_difference(run, before, after, counts):
    run("users", USERS + before)
    report = run("users", USERS + after)
    assert (report.created, report.updated, report.unchanged) == counts


def test_a_project_is_updated_by_its_number_whatever_its_case(run):
    run("projects", PROJECTS + "p-1,Old,project,,open\n")
    assert run("projects", PROJECTS + "P-1,New,sales-case,,archived\n").updated == 1
    row = Project.get()
    assert (row.number, row.number_key, row.name, row.kind, row.state) == (
        "P-1",
        "p-1",
        "New",
        "sales-case",
        "archived",
    )


def test_contacts_may_share_an_address_with_each_other_and_with_a_user(run, organization):
    run("customers", CUSTOMERS + "c,C\nd,D\n")
    run("users", USERS + "u,U,info@x.fi,\n")
    assert run("contacts", CONTACTS + "k1,c,K1,info@x.fi,\nk2,d,K2,INFO@x.fi,\n").created == 2
    assert len(find_people(organization, ["info@x.fi"]).contacts["info@x.fi"]) == 2


def test_an_address_of_a_user_who_is_not_in_the_file_is_refused(run, organization, make_organization):
    run("users", USERS + "u,U,a@x.fi,false\n")
    assert problems(run("users", USERS + "v,V,A@x.fi,\n")) == [
        "users.csv:2: addresses: a@x.fi is the address of user 'u' already"
    ]
    assert run("users", USERS + "v,V,a@x.fi,\n", into=make_organization("globex", "globex")).created == 1


@pytest.mark.parametrize(
    ("kind", "content"),
    [("contacts", CONTACTS + "k,nobody,K,a@x.fi,"), ("projects", PROJECTS + "1,P,project,nobody,open")],
)
def test_a_customer_that_nobody_knows_is_refused(run, kind, content):
    assert problems(run(kind, content)) == [f"{kind}.csv:2: customer: there is no customer 'nobody'"]
