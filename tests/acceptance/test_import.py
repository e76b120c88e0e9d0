"""`mailfiler import`: by key, errors with file and line and exit status 65, all or nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.program import DIRECTORY, Program, installed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.databases import Databases

USERS = "key,name,addresses,active\n"
CONTACTS = "key,customer,name,addresses,active\n"
PROJECTS = "number,name,kind,customer,state\n"
WRONG = {
    "users": (
        USERS + "u1,One,one@x.example,true\n"
        "u2,Two,no address,true\n"  # 3
        "u3,Three,three@x.example,perhaps\n"  # 4
        ",Four,four@x.example,true\n"  # 5
        'u6,"Six\nlines",six@x.example,true\n'
        "u1,The key again,eight@x.example,true\n"  # 8
        "u9,Nine,nine@x.example,true,surplus\n",  # 9
        {3, 4, 5, 8, 9},
    ),
    "contacts": (CONTACTS + "c1,harbour,One,one@x.example,true\nc2,nobody,Two,two@x.example,true\n", {3}),
    "projects": (
        PROJECTS + "9001,One,project,harbour,open\n"
        "9002,Two,project,harbour,ajar\n"  # 3
        "9003,Three,plan,harbour,open\n"  # 4
        "9004,Four,project,nobody,open\n"  # 5
        ",Five,project,harbour,open\n",  # 6
        {3, 4, 5, 6},
    ),
    "customers": ("key,nome\nnew,New one\n", {1}),
}


@pytest.fixture
def program(tmp_path: Path, imported: Path, databases: Databases) -> Program:
    """A program with the directory of mycompany; no mailbox is needed."""
    (tmp_path / "home").mkdir()
    for file in imported.iterdir():
        if file.is_file():
            (tmp_path / "home" / file.name).write_bytes(file.read_bytes())
    return installed(tmp_path / "home", databases.copy(imported))


def written(folder: Path, text: str | bytes, name: str = "some.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("kind", WRONG)
def test_every_error_names_file_and_line(program: Program, tmp_path: Path, kind: str) -> None:
    text, expected = WRONG[kind]
    ended = program.refused(65, "import", kind, written(tmp_path, text))
    assert {int(line) for line in re.findall(r"some\.csv\D{1,9}(\d+)", ended.all)} == expected, ended.all


def test_nothing_is_kept_of_a_file_with_an_error(program: Program, tmp_path: Path) -> None:
    path = written(
        tmp_path, PROJECTS + "9001,Good,project,harbour,open\n9002,Bad,project,harbour,ajar\n9003,Bad,plan,,open\n"
    )
    program.refused(65, "import", "projects", path)
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
    program.do("import", "customers", DIRECTORY / "mycompany" / "customers.csv")
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
