import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.people import Customer
from poller.storage.importing import ImportReport
from poller.storage.importing.records import read_records
from poller.storage.importing.report import ImportKind, Problems
from tests.storage.importing.making import CUSTOMERS, problems


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
    (
        "key,name\nc\nd,D,E\n",
        [f"customers.csv:{n}, the header line has 2" for n in ("2: has 1 cell", "3: has 3 cells")],
    ),
    ('key,name\na,"x\n', ["customers.csv:2: is not CSV: unexpected end of data"]),
    ('key,name\na,"x"y\nb\n', ["customers.csv:2: is not CSV: ',' expected after '\"'", "customers.csv:3: has 1 cell,"]),
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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(content=st.binary(max_size=60), prefix=st.sampled_from([b"", CUSTOMERS.encode()]))
def test_any_octets_are_imported_or_have_problems(run, content, prefix):
    report = run("customers", prefix + content)
    assert (report.problem_count > 0) == bool(report.problems)


def read(content, kind=ImportKind.CUSTOMERS):
    found = Problems(f"{kind}.csv")
    records = read_records(kind, content.encode(), found)
    assert not found
    return records


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("key,name\na,A\nb,B\n", [2, 3]),
        ("key,name\r\na,A\r\nb,B\r\n", [2, 3]),
        ("\n\nkey,name\n\na,A\n,\n\nb,B\n", [5, 8]),
        ('key,name\na,"A\nA\nA"\nb,B\n', [2, 5]),
        ("key,name\na,A", [2]),
    ],
)
def test_a_record_has_the_line_that_it_starts_on(content, lines):
    assert [record.line for record in read(content)] == lines


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("  a   b ", "a b"),
        ("a\u00a0\u2003b", "a b"),
        ('"a\r\n\tb"', "a b"),
        ('"say ""a"""', 'say "a"'),
        ("\u200b", "\u200b"),
        ("A\u0308", "A\u0308"),
    ],
)
def test_white_space_in_a_cell_is_folded_and_nothing_else_changed(cell, value):
    assert [record["name"] for record in read(f"key,name\nk,{cell}\n")] == [value]


def test_a_column_that_the_file_does_not_have_is_an_empty_cell():
    [record] = read("key,name,addresses\nu,U,a@x.fi\n", ImportKind.USERS)
    assert (record["name"], record["active"]) == ("U", "")
