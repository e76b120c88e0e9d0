import pytest

from models.people import User
from poller.storage.importing.entries import Address, read_entries
from poller.storage.importing.records import Record
from poller.storage.importing.report import ImportKind, Problems
from tests.storage.importing.making import CONTACTS, CUSTOMERS, PROJECTS, USERS, problems


def test_the_column_active_may_be_missing(run):
    run("users", "key,name,addresses\nu,U,a@x.fi\n")
    assert User.get().active


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
    ("contacts", "k,,K,a@x.fi,", "customer: is empty"),
    ("projects", "1,P,task,,open", "kind: 'task' is none of project, sales-case"),
    ("projects", "1,P,project,,won", "state: 'won' is none of open, closed, archived"),
    ("projects", "1,P,,,open", "kind: '' is none of"),
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


def read(kind, /, **cells):
    [entry] = read_entries(kind, [Record(line=2, cells=cells)], Problems("x.csv"))
    return entry


@pytest.mark.parametrize(
    ("written", "addresses"),
    [
        ("Anna@Acme.FI", [("Anna@Acme.FI", "anna@acme.fi")]),
        ("b@x.fi a@x.fi", [("b@x.fi", "b@x.fi"), ("a@x.fi", "a@x.fi")]),
        ("A@x.fi a@X.FI a@x.fi", [("A@x.fi", "a@x.fi")]),
        ("a@bücher.example", [("a@bücher.example", "a@xn--bcher-kva.example")]),
        ("a+crm@x.fi", [("a+crm@x.fi", "a+crm@x.fi")]),
    ],
)
def test_addresses_are_kept_as_written_each_once_with_what_they_are_compared_by(written, addresses):
    entry = read(ImportKind.USERS, key="u", name="U", addresses=written)
    assert entry.addresses == tuple(Address(text=text, key=key) for text, key in addresses)


@pytest.mark.parametrize(
    ("number", "key", "integer"),
    [
        ("1001", "1001", "1001"),
        ("01001", "01001", "1001"),
        ("000", "000", "0"),
        ("P-1", "p-1", None),
        ("\u0661", "\u0661", None),
    ],
)
def test_a_number_has_a_key_and_an_integer_where_it_is_all_digits(number, key, integer):
    entry = read(ImportKind.PROJECTS, number=number, name="P", kind="PROJECT", state="Open")
    assert (entry.number, entry.key, entry.integer_key) == (number, key, integer)
    assert (entry.kind, entry.state, entry.customer) == ("project", "open", None)
