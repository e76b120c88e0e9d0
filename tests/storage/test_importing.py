import csv
import io
from collections.abc import Callable
from pathlib import Path

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.people import Contact, ContactAddress, Customer, User, UserAddress
from models.project import Project
from poller.storage.directory import find_people, find_projects
from poller.storage.importing import ImportKind, ImportReport, import_csv

USERS = "key,name,addresses,active\n"
CUSTOMERS = "key,name\n"
CONTACTS = "key,customer,name,addresses,active\n"
PROJECTS = "number,name,kind,customer,state\n"

Import = Callable[..., ImportReport]


@pytest.fixture
def run(tmp_path: Path, organization: int) -> Import:
    def run(kind: str, content: str | bytes, *, into: int = organization, **options) -> ImportReport:
        path = tmp_path / f"{kind}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_csv(ImportKind(kind), path, organization_id=into, **options)

    return run


def problems(report: ImportReport) -> list[str]:
    assert (report.created, report.updated, report.unchanged) == (0, 0, 0)
    return [str(problem) for problem in report.problems]


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


def test_an_updated_person_has_exactly_the_addresses_of_the_file_in_their_order(run):
    run("customers", CUSTOMERS + "c,C\n")
    run("contacts", CONTACTS + "k,c,K,a@x.fi b@x.fi c@x.fi,\n")
    run("contacts", CONTACTS + "k,c,K,d@x.fi c@x.fi,\n")
    rows = ContactAddress.select().order_by(ContactAddress.position)
    assert [(row.position, row.address) for row in rows] == [(0, "d@x.fi"), (1, "c@x.fi")]


def test_users_swap_their_addresses_in_one_file(run, organization):
    run("users", USERS + "u1,One,a@x.fi,\nu2,Two,b@x.fi,\n")
    assert run("users", USERS + "u1,One,b@x.fi,\nu2,Two,a@x.fi,\n").updated == 2
    assert find_people(organization, ["a@x.fi"]).users["a@x.fi"].name == "Two"


def test_contacts_may_share_an_address_with_each_other_and_with_a_user(run, organization):
    run("customers", CUSTOMERS + "c,C\nd,D\n")
    run("users", USERS + "u,U,info@x.fi,\n")
    assert run("contacts", CONTACTS + "k1,c,K1,info@x.fi,\nk2,d,K2,INFO@x.fi,\n").created == 2
    assert len(find_people(organization, ["info@x.fi"]).contacts["info@x.fi"]) == 2


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


def test_the_same_keys_in_another_organization_are_other_rows(run, make_organization, organization):
    other = make_organization("globex", "globex")
    for into in (organization, other):
        assert run("customers", CUSTOMERS + "c,C\n", into=into).created == 1
        assert run("users", USERS + "u,U,a@x.fi,\n", into=into).created == 1
        assert run("contacts", CONTACTS + "k,c,K,b@x.fi,\n", into=into).created == 1
        assert run("projects", PROJECTS + "1,P,project,c,open\n", into=into).created == 1
    assert {contact.customer.organization_id for contact in Contact.select()} == {organization, other}


@pytest.mark.parametrize(
    "content",
    [
        "key,name\nc,Ääkkönen Oy\n",
        "\ufeffkey,name\nc,Ääkkönen Oy\n",
        "key,name\r\nc,Ääkkönen Oy\r\n",
        "name,key\nÄäkkönen Oy,c",
        " Key , NAME \n  c , Ääkkönen   Oy \n\n,\n",
        'key,name\n"c","Ääkkönen\nOy"\n',
    ],
)
def test_the_ways_to_write_a_file(run, content):
    assert run("customers", content).created == 1
    assert [(row.key, row.name) for row in Customer.select()] == [("c", "Ääkkönen Oy")]


def test_the_column_active_may_be_missing(run):
    run("users", "key,name,addresses\nu,U,a@x.fi\n")
    assert User.get().active


def test_a_file_with_a_header_only_imports_nothing(run):
    assert run("customers", CUSTOMERS) == ImportReport()


FILE_PROBLEMS = [
    ("", ["customers.csv: is empty; its first line names the columns"]),
    ("\ufeff", ["customers.csv: is empty; its first line names the columns"]),
    ("\n\n", ["customers.csv: is empty; its first line names the columns"]),
    ("name\nx\n", ["customers.csv:1: the header line lacks the column key"]),
    (
        "key,name,phone\n",
        ["customers.csv:1: the header line has an unknown column 'phone'; customers.csv has key,name"],
    ),
    ("key,name,key\n", ["customers.csv:1: the header line has the column key twice"]),
    ("key;name\nc;C\n", ["customers.csv:1: the header line separates its columns by something else than commas"]),
    ("key,name\nc\nd,D,E\n", [f"customers.csv:{n}: has {c} cells, the header line has 2" for n, c in ((2, 1), (3, 3))]),
    ('key,name\na,"x\n', ["customers.csv:2: is not CSV: unexpected end of data"]),
    ('key,name\na,"x"y\nb\n', ["customers.csv:2: is not CSV: ',' expected after '\"'", "customers.csv:3: has 1 cells"]),
    (b"key,name\nc,\xc4ijala\nd,D\ne,\xd6\n", [f"customers.csv:{n}: is not UTF-8; save the file" for n in (2, 4)]),
    ("key,name\nc,C\n".encode("utf-16"), ["customers.csv: is UTF-16; save it as CSV in UTF-8"]),
    ("key,name\nc,a\0b\n", ["customers.csv:2: name: has a control character (U+0000)"]),
    ("key,name\nc,a\x1bb\n", ["customers.csv:2: name: has a control character (U+001B)"]),
]


@pytest.mark.parametrize(("content", "expected"), FILE_PROBLEMS)
def test_what_is_wrong_with_a_file(run, content, expected):
    found = problems(run("customers", content))
    assert len(found) == len(expected)
    assert all(one.startswith(start) for one, start in zip(found, expected, strict=True))


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path, organization):
    report = import_csv(ImportKind.USERS, tmp_path / "nowhere.csv", organization_id=organization)
    assert problems(report)[0] == "nowhere.csv: cannot be read: No such file or directory"


RECORD_PROBLEMS = [
    ("users", ",U,a@x.fi,", "key: is empty"),
    ("users", "u, ,a@x.fi,", "name: is empty"),
    ("users", "u,U,,", "addresses: is empty"),
    ("users", "u,U,a@x.fi,yes", "active: 'yes' is neither true nor false"),
    ("users", "u,U,anna,", "addresses: 'anna' is not an address"),
    ("users", "u,U,a@x.fi;b@x.fi,", "addresses: 'a@x.fi;b@x.fi' is not an address"),
    ("users", "u,U,<a@x.fi>,", "addresses: '<a@x.fi>' is not an address"),
    ("users", "u,U,a@x..fi,", "addresses: 'a@x..fi' is not an address"),
    ("users", f"u,U,{'a' * 320}@x.fi,", "addresses: 'aaa"),
    ("users", f"{'u' * 201},U,a@x.fi,", "key: is longer than 200 characters"),
    ("users", f"u,{'U' * 501},a@x.fi,", "name: is longer than 500 characters"),
    ("contacts", "k,nobody,K,a@x.fi,", "customer: there is no customer 'nobody'"),
    ("contacts", "k,,K,a@x.fi,", "customer: is empty"),
    ("projects", "1,P,task,,open", "kind: 'task' is none of project, sales-case"),
    ("projects", "1,P,project,,won", "state: 'won' is none of open, closed, archived"),
    ("projects", "1,P,,,open", "kind: '' is none of"),
    ("projects", "1,P,project,nobody,open", "customer: there is no customer 'nobody'"),
    ("projects", ",P,project,,open", "number: is empty"),
    ("projects", f"{'1' * 101},P,project,,open", "number: is longer than 100 characters"),
    *(
        ("projects", f'"{number}",P,project,,open', "number: ")
        for number in (".1", "1.", "1..2", "1+2", "1@2", "1 2", "(1)", "1;2", "1:2", "1\u200b2", "1,2", "[1]", '""1""')
    ),
]


@pytest.mark.parametrize(("kind", "record", "expected"), RECORD_PROBLEMS)
def test_what_is_wrong_with_a_record(run, kind, record, expected):
    header = {"users": USERS, "contacts": CONTACTS, "projects": PROJECTS}[kind]
    assert [found.startswith(f"{kind}.csv:2: {expected}") for found in problems(run(kind, header + record))] == [True]


@pytest.mark.parametrize("number", ["1", "2026.014", "P-1", "a_b", "Ääne", "1/2", "#7", "工事1"])
def test_numbers_that_can_stand_in_an_address(run, number):
    assert run("projects", f"{PROJECTS}{number},P,project,,open\n").created == 1


REPEATED = [
    ("users", USERS + "u,U,a@x.fi,\nu,V,b@x.fi,\n", "users.csv:3: key: 'u' is in line 2 already"),
    (
        "users",
        USERS + "u,U,a@x.fi,\nv,V,b@x.fi A@X.fi,\n",
        "users.csv:3: addresses: A@X.fi is the address of the user in line 2 already",
    ),
    (
        "projects",
        PROJECTS + '\n"p-1",P,project,,open\nP-1,P,project,,open\n',
        "projects.csv:4: number: 'P-1' is in line 3 already",
    ),
    ("customers", CUSTOMERS + '"c","C\n2"\nc,C\n', "customers.csv:4: key: 'c' is in line 2 already"),
]


@pytest.mark.parametrize(("kind", "content", "expected"), REPEATED)
def test_what_must_not_be_twice_in_a_file(run, kind, content, expected):
    assert problems(run(kind, content)) == [expected]


def test_an_address_of_a_user_who_is_not_in_the_file_is_refused(run, organization, make_organization):
    run("users", USERS + "u,U,a@x.fi,false\n")
    assert problems(run("users", USERS + "v,V,A@x.fi,\n")) == [
        "users.csv:2: addresses: a@x.fi is the address of user 'u' already"
    ]
    assert run("users", USERS + "v,V,a@x.fi,\n", into=make_organization("globex", "globex")).created == 1


def test_all_problems_are_found_in_the_order_of_lines_and_the_first_hundred_shown(run):
    run("users", USERS + "old,Old,taken@x.fi,\n")
    lines = ["a,A,taken@x.fi,", "b,B,b@x.fi,maybe", "b,,x,"] + [f"n{n},N,none," for n in range(200)]
    report = run("users", USERS + "\n".join(lines))
    assert report.problem_count == 205
    assert len(report.problems) == 100
    assert [problem.line for problem in report.problems[:6]] == [2, 3, 4, 4, 4, 5]


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


def test_progress_ends_with_all_records_of_the_file(run):
    calls: list[tuple[int, int]] = []
    run("customers", CUSTOMERS + "c0,Same\n")
    content = CUSTOMERS + "c0,Same\n" + "".join(f"c{n},C\n" for n in range(1, 1200))
    run("customers", content, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(501, 1200), (1001, 1200), (1200, 1200)]


def test_a_hundred_thousand_contacts_take_few_statements(run, database: peewee.Database):
    run("customers", CUSTOMERS + "".join(f"c{n},C\n" for n in range(1000)))
    contacts = "".join(f"k{n},c{n % 1000},Contact {n},c{n}@x{n % 1000}.com c{n}@y.com,\n" for n in range(100_000))
    statements = 0

    def count(_: str) -> None:
        nonlocal statements
        statements += 1

    database.connection().set_trace_callback(count)
    assert run("contacts", CONTACTS + contacts).created == 100_000
    assert ContactAddress.select().count() == 200_000
    assert statements < 1_000
    assert run("contacts", CONTACTS + contacts).unchanged == 100_000


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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(content=st.binary(max_size=60), prefix=st.sampled_from([b"", CUSTOMERS.encode()]))
def test_any_octets_are_imported_or_have_problems(run, content, prefix):
    report = run("customers", prefix + content)
    assert (report.problem_count > 0) == bool(report.problems)


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
