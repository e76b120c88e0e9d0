"""What was filed, exported by the program: whole, in the documented schema, of one organization, and read back."""

from __future__ import annotations

import json
import mailbox
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.acceptance.case import KAISA, MARIA, OLAF, Case, filed
from tests.acceptance.mailboxes import put
from tests.acceptance.program import REPOSITORY, Program
from tests.acceptance.writing import attachment, base64, html, mixed, multipart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.acceptance.ready import Ready

OFFER = b"%PDF offer" * 100
LOGO = b"\x89PNG logo"
LIKE_A_SEPARATOR = "Content-Type: text/plain; charset=utf-8\n\nFrom here it goes on.\n>From there, too.\n\nFrom x\n"
TWO = {"globex": {"FILING_ADDRESS": "globex@in.example.com", "ACTIVITY_TYPE": "Mail", "ACTIVITY_STATUS": "new"}}
ALL = [
    Case("one", filed(), content=mixed("One.", attachment("offer.pdf", OFFER))),
    Case("two", filed(), to="1002.mycompany", headers={"To": MARIA, "Date": "Tue, 04 Mar 2025 10:00:00 +0000"}),
    Case("three", filed(), headers={"To": f"{KAISA}, {OLAF}"}, content=LIKE_A_SEPARATOR),
    Case("four", filed(), to="mycompany", headers={"Subject": "=?utf-8?b?w4TDpG5pw6Qh?="}),
    Case(
        "five",
        filed(),
        content=multipart(
            "related", html('<img src="cid:l@x">Five'), base64(LOGO, 'image/png; name="l.png"', "Content-ID: <l@x>")
        ),
    ),
    Case("six", filed(), content=mixed("Six.", attachment("same offer.pdf", OFFER))),
    Case("other", filed(), to="1001.globex", headers={"From": "Hank <hank@globex.example>"}),
]
KINDS = ("activities", "users", "customers", "contacts", "projects")
SCHEMA = json.loads((REPOSITORY / "docs" / "export.schema.json").read_text())


@pytest.fixture(scope="module")
def here(ready: Callable[..., Ready]) -> Ready:
    made = ready({}, TWO)
    made.program.load("globex")
    put(made.account, ALL)
    made.program.do("once")
    return made


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]


def exported(program: Program, output: Path, *words: str) -> dict[str, list[dict[str, Any]]]:
    program.do("export", "--output", output, *words)
    return {kind: lines(output / f"{kind}.jsonl") for kind in KINDS}


def subjects(activities: Iterable[dict[str, Any]]) -> list[str]:
    return [one["subject"].removeprefix("About ") for one in activities]


def strict(schema: Any) -> Any:
    """Every key must be described, though a reader passes over those it does not know."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if schema.get("type") == "object" else {}
    return {key: strict(value) for key, value in schema.items()} | closed


def invalid(definition: str, document: object, schema: dict[str, Any] | None = None) -> list[str]:
    validator = Draft202012Validator((schema or strict(SCHEMA)) | {"$ref": f"#/$defs/{definition}"})
    return [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "one two three Ääniä! five six"),
        ("--project 1001", "one three five six"),
        ("--project 01001", "one three five six"),
        ("--customer island", "two"),
        ("--customer harbour --since 2025-03-04", ""),
        ("--since 2025-03-04", "two"),
        ("--organization globex", "other"),
        ("--organization globex --project 1001", "other"),
    ],
)
def test_what_is_asked_for_is_exported_of_one_organization(here, tmp_path, words, expected):
    found = exported(here.program, tmp_path / "out", *words.split())
    assert subjects(found["activities"]) == expected.split()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert invalid("manifest", manifest) == []
    assert manifest["counts"] == {kind: len(found[kind]) for kind in KINDS} | {
        "files": len(list((tmp_path / "out").glob("*s/*")))
    }
    assert manifest["missing"] == []
    assert datetime.fromisoformat(manifest["made_at"]) <= datetime.now(UTC)


def test_every_line_is_of_the_documented_schema(here, tmp_path):
    found = exported(here.program, tmp_path / "out")
    assert [problem for kind in KINDS for one in found[kind] for problem in invalid(kind, one)] == []


def test_a_reader_of_the_schema_passes_over_keys_that_come_later(here, tmp_path):
    [project] = exported(here.program, tmp_path / "out", "--project", "1001")["projects"]
    assert invalid("projects", project | {"later": 1}, SCHEMA) == []
    assert invalid("projects", project | {"later": 1}) != []
    assert invalid("projects", project | {"number": 1}, SCHEMA) != []


def test_whatever_is_referred_to_is_in_the_export_and_nothing_else(here, tmp_path):
    found = exported(here.program, tmp_path / "out", "--project", "1001")
    keys = {kind: {one["key"] for one in found[kind]} for kind in ("users", "customers", "contacts")}
    for one in found["activities"]:
        assert one["owner"]["key"] in keys["users"]
        assert {one["customer_key"]} <= keys["customers"]
        for person in one["participants"]:
            assert (person["key"] is None) == (person["kind"] == "external")
            assert (
                person["key"]
                in {"user": keys["users"], "contact": keys["contacts"], "external": {None}}[person["kind"]]
            )
        assert set(one["projects"]) <= {project["number"] for project in found["projects"]}
    assert {one["customer"] for one in (*found["contacts"], *found["projects"])} <= keys["customers"] | {None}
    assert keys == {"users": {"anna"}, "customers": {"harbour"}, "contacts": {"kaisa"}}
    assert [one["number"] for one in found["projects"]] == ["1001"]


def test_files_and_sources_are_there_once_with_the_octets_that_they_are_named_by(here, tmp_path):
    found = exported(here.program, tmp_path / "out")
    named = {file["path"] for one in found["activities"] for file in one["files"]}
    named |= {one["source"] for one in found["activities"]}
    assert {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").glob("*s/*")} == named
    for place in named:
        assert sha256((tmp_path / "out" / place).read_bytes()).hexdigest() == Path(place).stem
    assert f"files/{sha256(OFFER).hexdigest()}" in named
    assert f"files/{sha256(LOGO).hexdigest()}" in named


def test_what_is_exported_of_an_activity_is_what_is_listed(here, tmp_path):
    listed = here.program.do("activities", "--organization", "mycompany", "--json").rows
    for listed_one, one in zip(listed, exported(here.program, tmp_path / "out")["activities"], strict=True):
        for added in ("customer_key", "source"):
            del one[added]
        for document in (one["owner"], *one["participants"]):
            del document["key"]
        for document in one["files"]:
            del document["path"]
        assert one == listed_one


def in_mbox(path: Path) -> list[bytes]:
    """The messages, as a reader of mboxrd has them."""
    box = mailbox.mbox(path, create=False)
    try:
        return [re.sub(rb"(?m)^>(>*From )", rb"\1", box.get_bytes(key)) for key in box.iterkeys()]
    finally:
        box.close()


def test_an_mbox_has_the_sources_below_what_mailfiler_knows_of_them(here, tmp_path):
    here.program.do("export", "--format", "mbox", "--output", tmp_path / "out.mbox", "--project", "1001")
    found = in_mbox(tmp_path / "out.mbox")
    expected = [
        case.source(here.account.login).replace(b"\r\n", b"\n") for case in ALL if case.name in "one three five six"
    ]
    assert len(found) == len(expected) == 4
    for message, source in zip(found, expected, strict=True):
        added, whole = message[: -len(source)], message[-len(source) :]
        assert whole == source
        assert re.fullmatch(
            rb"X-Mailfiler-Activity: \d+\nX-Mailfiler-Project: 1001\nX-Mailfiler-Customer: harbour Harbour Oy\n", added
        )
    assert (
        re.findall(rb"(?m)^From .*", (tmp_path / "out.mbox").read_bytes())
        == [b"From anna@mycompany.example Mon Mar  3 09:58:00 2025"] * 4
    )
    assert not list(tmp_path.glob("*.part"))


def test_what_is_gone_is_put_together_again_and_what_is_missing_is_named(ready, tmp_path):
    made = ready()
    put(made.account, ALL[:5])
    made.program.do("once")
    stored = made.program.folder / "files"
    for one in made.program.do("activities", "--json").rows:
        (stored / one["source_sha256"][:2] / one["source_sha256"][2:]).unlink()
    (stored / sha256(LOGO).hexdigest()[:2] / sha256(LOGO).hexdigest()[2:]).write_bytes(b"other octets")

    ended = made.program.refused(1, "export", "--output", tmp_path / "out")
    *lost, damaged = sorted(ended.err.splitlines(), key=lambda line: "damaged" in line)
    assert re.fullmatch(
        r"mailfiler: activity 5, l.png: the stored file \w{64} is damaged, and has other octets", damaged
    )
    assert [re.sub(r"\w{64}", "…", line) for line in lost] == [
        f"mailfiler: activity {number}, its source: no file … is stored" for number in range(1, 6)
    ]
    found = lines(tmp_path / "out" / "activities.jsonl")
    assert [one["source"] for one in found] == [None] * 5
    assert [[file["path"] for file in one["files"]] for one in found] == [
        [f"files/{sha256(OFFER).hexdigest()}"],
        [],
        [],
        [],
        [None],
    ]
    assert len(json.loads((tmp_path / "out" / "manifest.json").read_text())["missing"]) == 6

    made.program.refused(1, "export", "--output", tmp_path / "out.mbox", "--format", "mbox")
    one, two, three, four, five = (
        message_from_bytes(each, policy=policy.default) for each in in_mbox(tmp_path / "out.mbox")
    )
    assert one["X-Mailfiler-Rebuilt"]
    assert (one["From"], one["To"]) == (
        "Anna Andersson <anna@mycompany.example>",
        "Kaisa Korhonen <kaisa@harbour.example>",
    )
    assert (one["Subject"], one["Message-ID"]) == ("About one", "<one@mycompany.example>")
    assert [part.get_content() for part in one.iter_attachments()] == [OFFER]
    assert [part.get_filename() for part in one.iter_attachments()] == ["offer.pdf"]
    assert one.get_body().get_content() == "One."
    assert two["Date"].datetime == datetime(2025, 3, 4, 10, tzinfo=UTC)
    assert three.get_body().get_content().startswith("From here it goes on.\n>From there, too.\n")
    assert four["Subject"] == "Ääniä!"
    assert [part.get_content_type() for part in five.walk()] == ["multipart/mixed", "text/plain", "text/html"]


def test_nothing_is_missing_of_what_was_not_to_be_kept(ready, tmp_path):
    made = ready({"KEEP_SOURCE": "false"})
    put(made.account, ALL[:1])
    made.program.do("once")
    made.program.do("export", "--output", tmp_path / "out")
    assert [one["source"] for one in lines(tmp_path / "out" / "activities.jsonl")] == [None]
    made.program.do("export", "--output", tmp_path / "out.mbox", "--format", "mbox")
    assert b"X-Mailfiler-Rebuilt" in in_mbox(tmp_path / "out.mbox")[0]


@pytest.mark.parametrize(
    ("words", "there", "says"),
    [
        (["--project", "9999"], "", "there is no project 9999"),
        (["--customer", "nobody"], "", "there is no customer nobody"),
        (["--organization", "nobody"], "", "there is no organization nobody; known are mycompany, globex"),
        ([], "out/file", "out is there already; name a folder that is new or empty"),
        (["--format", "mbox"], "out/file", "out is there already; name a file that is new"),
    ],
)
def test_what_cannot_be_exported_is_said_and_nothing_is_written(here, tmp_path, words, there, says):
    if there:
        (tmp_path / there).parent.mkdir()
        (tmp_path / there).write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    assert says in here.program.refused(65, "export", "--output", tmp_path / "out", *words).err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_disk_that_takes_nothing_is_no_export(here, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "sources").symlink_to("/dev/full")  # an empty folder it is not
    assert "already" in here.program.refused(65, "export", "--output", folder).err
    ended = here.program.refused(75, "export", "--output", "/dev/full/out", "--format", "mbox")
    assert "/dev/full" in ended.err


def test_an_empty_folder_is_taken(here, tmp_path):
    (tmp_path / "out").mkdir()
    assert len(exported(here.program, tmp_path / "out")["activities"]) == 6
