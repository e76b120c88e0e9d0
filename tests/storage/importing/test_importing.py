import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.people import Contact, Customer, User, UserAddress
from poller.storage.directory import find_people, find_projects
from poller.storage.importing import ImportKind, import_csv
from tests.storage.importing.making import CONTACTS, CUSTOMERS, PROJECTS, USERS, problems


def test_the_four_files_make_a_directory_that_is_found(run, organization):
    assert run("users", USERS + "u1,Anna Virtanen,Anna@Acme.fi anna.virtanen@acme.fi,true\n").created == 1
    assert run("customers", CUSTOMERS + 'c1,"Globex, Inc."\n').created == 1
    assert run("contacts", CONTACTS + "k1,c1,Bob,bob@globex.com,\n").created == 1
    assert (
        run("projects", PROJECTS + "01001,Harbour renewal,project,c1,open\nS-7,Offer,sales-case,,closed\n").created == 2
    )
    people = find_people(organization, ["anna.virtanen@acme.fi", "bob@globex.com"])
    assert people.users["anna.virtanen@acme.fi"].address == "Anna@Acme.fi"
    assert people.contacts["bob@globex.com"][0].customer.name == "Globex, Inc."
    projects = find_projects(organization, ["1001", "s-7"])
    assert projects["1001"][0].customer == people.contacts["bob@globex.com"][0].customer
    assert (projects["s-7"][0].number, projects["s-7"][0].state) == ("S-7", "closed")


def test_records_are_created_updated_or_unchanged_by_key_and_other_rows_stay(run):
    run("customers", CUSTOMERS + "a,A\nb,B\nc,C\n")
    ids = {row.key: row.id for row in Customer.select()}
    report = run("customers", CUSTOMERS + "b,B\nc,New C\nd,D\n")
    assert (report.created, report.updated, report.unchanged) == (1, 1, 1)
    assert {row.key: row.name for row in Customer.select()} == {"a": "A", "b": "B", "c": "New C", "d": "D"}
    assert {key: row_id for key, row_id in ((r.key, r.id) for r in Customer.select()) if key in ids} == ids


def test_the_same_keys_in_another_organization_are_other_rows(run, make_organization, organization):
    other = make_organization("globex", "globex")
    for into in (organization, other):
        assert run("customers", CUSTOMERS + "c,C\n", into=into).created == 1
        assert run("users", USERS + "u,U,a@x.fi,\n", into=into).created == 1
        assert run("contacts", CONTACTS + "k,c,K,b@x.fi,\n", into=into).created == 1
        assert run("projects", PROJECTS + "1,P,project,c,open\n", into=into).created == 1
    assert {contact.customer.organization_id for contact in Contact.select()} == {organization, other}


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path, organization):
    report = import_csv(ImportKind.USERS, tmp_path / "nowhere.csv", organization_id=organization)
    assert problems(report)[0] == "nowhere.csv: cannot be read: No such file or directory"
    report = import_csv(ImportKind.USERS, Path("/"), organization_id=organization)
    assert problems(report)[0] == "/: cannot be read: Is a directory"


@pytest.mark.parametrize("bad", ["b,,b@x.fi,", "b,B,taken@x.fi,", 'b,B,"b@x.fi"b,'])
def test_a_file_with_one_problem_changes_nothing(run, bad):
    run("users", USERS + "old,Old,taken@x.fi,\na,A,a@x.fi,\n")
    report = run("users", f"{USERS}a,New A,new@x.fi,\nc,C,c@x.fi,\n{bad}\n")
    assert report.problem_count == 1
    assert {row.name for row in User.select()} == {"Old", "A"}
    assert {row.address for row in UserAddress.select()} == {"taken@x.fi", "a@x.fi"}


def test_a_failure_while_writing_leaves_nothing_behind(run):
    def fail(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("customers", CUSTOMERS + "c,C\n", progress=fail)
    assert Customer.select().count() == 0


def test_a_dry_run_reports_the_same_and_writes_nothing(run, database):
    run("customers", CUSTOMERS + "a,A\nb,B\n")
    content = CUSTOMERS + "a,A\nb,New B\nc,C\n"
    dry = run("customers", content, dry_run=True)
    assert {row.name for row in Customer.select()} == {"A", "B"}
    assert dry == run("customers", content)


CELL = st.text(st.characters(codec="utf-8"), max_size=12)
ROWS = st.lists(st.lists(CELL, min_size=3, max_size=6), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(kind=st.sampled_from(ImportKind), rows=ROWS, header=st.booleans())
def test_any_table_is_imported_or_has_problems(run, kind, rows, header):
    columns = {"users": USERS, "customers": CUSTOMERS, "contacts": CONTACTS, "projects": PROJECTS}[kind]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    report = run(kind, (columns if header else "") + text.getvalue())
    assert (report.problem_count > 0) == bool(report.problems)
    assert not report.problems or report.created == report.updated == report.unchanged == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    names=st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=5),
        st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1),
        min_size=1,
    )
)
def test_what_is_imported_twice_is_unchanged_and_as_written(run, names):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("key", "name"), *names.items()])
    run("customers", text.getvalue())
    assert run("customers", text.getvalue()).unchanged == len(names)
    assert {key: Customer.get(key=key).name for key in names} == names
