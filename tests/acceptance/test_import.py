"""`mailfiler import`: by key, errors with file and line and exit status 65, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.program import DIRECTORY, Program, installed

if TYPE_CHECKING:
    from pathlib import Path

USERS = "key,name,addresses,active\n"
CONTACTS = "key,customer,name,addresses,active\n"
PROJECTS = "number,name,kind,customer,state\n"
WRONG = [
    ("users", USERS + "u1,One,one@x.example,true\nu2,Two,no address,true\n", 3),
    ("users", USERS + "u1,One,one@x.example,perhaps\n", 2),
    ("users", USERS + ",One,one@x.example,true\n", 2),
    ("users", USERS + "u1,One,one@x.example,true\n\nu1,Same key,two@x.example,true\n", 4),
    ("users", USERS + 'u1,"One\nmore",one@x.example,true\nu2,Two,two@@x.example,true\n', 4),
    ("users", "key,name,adresses\nu1,One,one@x.example\n", 1),
    ("users", USERS + "u1,One,one@x.example,true,surplus\n", 2),
    ("contacts", CONTACTS + "c1,harbour,One,one@x.example,true\nc2,nobody,Two,two@x.example,true\n", 3),
    ("projects", PROJECTS + "9001,One,project,harbour,open\n9002,Two,project,harbour,ajar\n", 3),
    ("projects", PROJECTS + "9001,One,plan,harbour,open\n", 2),
    ("projects", PROJECTS + "9001,One,project,nobody,open\n", 2),
    ("projects", PROJECTS + ",One,project,harbour,open\n", 2),
    ("customers", "key,name\nnew,New one\n,No key\n", 3),
]


@pytest.fixture
def program(tmp_path: Path, imported: Path) -> Program:
    """A program with the directory of mycompany; no mailbox is needed."""
    (tmp_path / "home").mkdir()
    for file in imported.iterdir():
        if file.is_file():
            (tmp_path / "home" / file.name).write_bytes(file.read_bytes())
    return installed(tmp_path / "home", {})


def written(folder: Path, text: str | bytes, name: str = "some.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(("kind", "text", "line"), WRONG, ids=[f"{kind} {n}" for n, (kind, _, _) in enumerate(WRONG)])
def test_an_error_names_file_and_line(program: Program, tmp_path: Path, kind: str, text: str, line: int) -> None:
    ended = program.refused(65, "import", kind, written(tmp_path, text))
    assert [words for words in ended.all.splitlines() if "some.csv" in words and str(line) in words], ended.all


def test_nothing_is_kept_of_a_file_with_an_error(program: Program, tmp_path: Path) -> None:
    path = written(
        tmp_path, PROJECTS + "9001,Good,project,harbour,open\n9002,Bad,project,harbour,ajar\n9003,Bad,plan,,open\n"
    )
    ended = program.refused(65, "import", "projects", path)
    assert [line for line in ended.all.splitlines() if "some.csv" in line and "3" in line]
    assert [line for line in ended.all.splitlines() if "some.csv" in line and "4" in line]
    assert program.tried("project", "9001").status != 0


def test_a_dry_run_reports_and_keeps_nothing(program: Program, tmp_path: Path) -> None:
    path = written(tmp_path, "key,name\nnew,Brand New Oy\n")
    program.do("import", "customers", path, "--dry-run")
    assert program.tried("customer", "new").status != 0
    program.refused(65, "import", "customers", written(tmp_path, "key,name\n,x\n", "other.csv"), "--dry-run")


def test_a_second_import_updates_by_key(program: Program, tmp_path: Path) -> None:
    program.do("import", "customers", written(tmp_path, "key,name\nharbour,Harbour Renamed Oy\nnew,Brand New Oy\n"))
    assert "Harbour Renamed Oy" in program.do("customer", "harbour").out
    assert "Brand New Oy" in program.do("customer", "new").out
    assert "Island AB" in program.do("customer", "island").out
    program.load("mycompany")
    assert "Harbour Oy" in program.do("customer", "harbour").out


def test_a_byte_order_mark_and_crlf_are_no_error(program: Program, tmp_path: Path) -> None:
    program.do("import", "customers", written(tmp_path, "\ufeffkey,name\r\nnew,Ångström Oy\r\n"))
    assert "Ångström Oy" in program.do("customer", "new").out


def test_other_encodings_are_an_error(program: Program, tmp_path: Path) -> None:
    ended = program.refused(65, "import", "customers", written(tmp_path, "key,name\nnew,Ångström\n".encode("latin-1")))
    assert "some.csv" in ended.all


def test_a_missing_file_and_an_unknown_kind_and_organization_are_errors(program: Program, tmp_path: Path) -> None:
    good = DIRECTORY / "mycompany" / "customers.csv"
    for words in (
        ("users", tmp_path / "none.csv"),
        ("planets", good),
        ("customers", good, "--organization", "initech"),
    ):
        ended = program.tried("import", *words)
        assert ended.status != 0, words
        assert "Traceback" not in ended.all
