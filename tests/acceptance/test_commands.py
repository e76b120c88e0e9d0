"""Listings, cards and files of a small mailbox that was filed once."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.case import BERT, INVALID, KAISA, MARIA, NO_USER, OLAF, REVIEW, Case, filed
from tests.acceptance.mailboxes import contents, put
from tests.acceptance.program import Program, installed, started
from tests.acceptance.writing import attachment, base64, html, mixed, multipart
from tests.patience import PATIENCE
from tests.workplace import eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.ready import Ready

OFFER = b"%PDF offer" * 100
LOGO = b"\x89PNG logo"
ALL = [
    Case("one", filed(), content=mixed("One.", attachment("offer.pdf", OFFER))),
    Case("two", filed(), to="1002.mycompany", headers={"To": MARIA, "Date": "Tue, 04 Mar 2025 10:00:00 +0000"}),
    Case(
        "three",
        filed(),
        to="1001.mycompany 1002.mycompany",
        headers={"From": KAISA, "To": BERT},
        content=mixed("Three.", attachment("same offer.pdf", OFFER)),
    ),
    Case(
        "four",
        filed(),
        to="mycompany",
        headers={"From": BERT, "To": OLAF, "Subject": "=?utf-8?q?=1B[31mred=1B[0m=07 and_=E2=80=AEbidi?="},
    ),
    Case(
        "five",
        filed(),
        content=multipart(
            "related", html('<img src="cid:l@x">Five'), base64(LOGO, 'image/png; name="l.png"', "Content-ID: <l@x>")
        ),
    ),
    Case("six", INVALID, to="9999.mycompany"),
    Case("seven", NO_USER, headers={"From": OLAF}),
    Case("eight", REVIEW, to=""),
]


@pytest.fixture(scope="module")
def here(ready: Callable[..., Ready]) -> Ready:
    """A run over the messages above."""
    made = ready()
    put(made.account, ALL)
    made.program.do("once")
    return made


def subjects(program: Program, *words: str) -> list[str]:
    return [row["subject"].removeprefix("About ") for row in program.do(*words, "--json").rows]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("activities", "one two three four five"),
        ("activities --project 1001", "one three five"),
        ("activities --customer harbour", "one three five"),
        ("activities --customer island", "two"),
        ("activities --since 2025-03-04", "two"),
        ("activities --since 2025-03-03", "one two three four five"),
        ("activities --project 1001 --customer harbour --since 2025-03-03", "one three five"),
        ("messages", "one two three four five six seven eight"),
        ("messages --outcome rejected", "six"),
        ("messages --reason no-user", "seven"),
        ("messages --reason recipient-invalid --outcome rejected", "six"),
        ("messages --reason recipient-invalid --outcome filed", ""),
    ],
)
def test_listings_are_whole_and_oldest_first_and_filtered(here: Ready, words: str, expected: str) -> None:
    got = ["four" if "bidi" in subject else subject for subject in subjects(here.program, *words.split())]
    assert got == expected.split()  # in the same order whatever the filter


def test_listings_are_filtered_by_user(here: Ready) -> None:
    # it may be either way whether a user is named by key or by address: one of them must do
    by = [here.program.tried("activities", "--user", word, "--json") for word in ("bert", "bert@mycompany.example")]
    found = [[row["owner"]["name"] for row in ended.rows] for ended in by if ended.status == 0]
    assert ["Bert Berg", "Bert Berg"] in found


def test_a_limit_gives_so_many_in_the_same_order(here: Ready) -> None:
    for listing in ("messages", "activities"):
        whole = here.program.do(listing, "--json").rows
        some = here.program.do(listing, "--json", "--limit", "2").rows
        assert some in (whole[:2], whole[-2:])


def test_an_activity_is_what_its_line_in_the_listing_says(here: Ready) -> None:
    for row in here.program.do("activities", "--json", "--limit", "2").rows:
        assert json.loads(here.program.do("activity", str(row["id"]), "--json").out) == row


def test_a_uid_is_explained_as_it_was_decided_and_nothing_moves(here: Ready) -> None:
    before, ledger = contents(here.account), here.program.do("messages", "--json").rows
    for row in ledger:
        (document,) = here.program.do("explain", str(row["uid"]), "--json").rows
        assert (document["outcome"], document["reason"]) == (row["outcome"], row["reason"]), row["subject"]
        assert document["before"]["outcome"] == row["outcome"]
        assert document["activity"] == row["activity"]
        assert document["source"]["kind"] == "kept"
        assert [one["address"] for one in document["recipients"]] == row["recipients"]
    assert contents(here.account) == before
    assert here.program.do("messages", "--json").rows == ledger


def test_an_explanation_is_a_line_a_fact_without_terminal_codes(here: Ready) -> None:
    for row in here.program.do("messages", "--json").rows:
        out = here.program.do("explain", str(row["uid"])).out
        assert out.startswith(row["outcome"]), out
        assert "\n  Before: " in out
        assert not set(out) & set("\x1b\x07\u202e")


def test_a_file_is_explained_without_a_mailbox(here: Ready, tmp_path: Path) -> None:
    program = installed(tmp_path / "elsewhere", {"IMAP_PORT": "1"})
    path = tmp_path / "message.eml"
    path.write_bytes(ALL[0].source(here.account.login))
    (document,) = program.do("explain", path, "--json").rows
    assert document["reason"] == "recipient-invalid"  # no project is known without a database
    assert sorted(one.name for one in program.folder.iterdir()) == ["settings.env"]


def test_tables_are_text_without_terminal_codes_within_the_width(here: Ready) -> None:
    odd = next(row for row in here.program.do("activities", "--json").rows if "bidi" in row["subject"])
    for words in (
        ["messages"],
        ["activities"],
        ["activity", str(odd["id"])],
        ["project", "1001"],
        ["customer", "harbour"],
    ):
        ended = here.program.tried(*words, COLUMNS="100")
        assert ended.status == 0, ended.all
        assert not set(ended.out) & set("\x1b\x07\u202e"), words
        assert ended.out.strip(), words
        assert max(map(len, ended.out.splitlines())) <= 100, words


def test_the_settings_file_is_named_before_or_after_the_command_or_is_in_the_folder(here: Ready) -> None:
    program, path = here.program, str(here.program.settings)
    expected = program.do("messages", "--json").out
    for words in (
        ("--settings", path, "messages", "--json"),
        ("messages", "--json", "--settings", path),
        ("messages", "--settings", path, "--json"),
        ("messages", "--json"),
    ):
        ended = program.bare(*words)
        assert (ended.status, ended.out) == (0, expected), words


def test_a_project_shows_its_activities_and_its_files_once_per_content(here: Ready) -> None:
    card = json.loads(here.program.do("project", "1001", "--json").out)
    assert "Harbour renewal" in json.dumps(card)
    assert [file["sha256"] for file in card["files"]] == [sha256(OFFER).hexdigest()]
    assert len(card["activities"]) == 3
    other = json.loads(here.program.do("project", "1002", "--json").out)
    assert [file["sha256"] for file in other["files"]] == [sha256(OFFER).hexdigest()]


def test_a_number_is_found_as_in_an_address(here: Ready) -> None:
    assert "Harbour offer" in here.program.do("project", "S-77").out


def test_a_customer_shows_who_it_is_and_its_activities(here: Ready) -> None:
    card = json.loads(here.program.do("customer", "harbour", "--json").out)
    assert "Harbour Oy" in json.dumps(card)
    assert len(card["activities"]) == 3


@pytest.mark.parametrize("octets", [OFFER, LOGO], ids=["attachment", "inline"])
def test_a_stored_file_comes_out_as_it_came_in(here: Ready, tmp_path: Path, octets: bytes) -> None:
    here.program.do("file", sha256(octets).hexdigest(), "--output", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == octets


@pytest.mark.parametrize(
    "words",
    [
        ["activity", "999999"],
        ["project", "9999"],
        ["customer", "nobody"],
        ["file", "0" * 64, "--output", "x"],
        ["file", "../../settings.env", "--output", "x"],
        ["activities", "--since", "yesterday"],
        ["messages", "--outcome", "lost"],
        ["activity", "one"],
        ["nonsense"],
        ["messages", "--nonsense"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_an_error_in_one_line_or_two(here: Ready, words: list[str]) -> None:
    ended = here.program.tried(*words)
    assert ended.status != 0
    assert ended.err.strip()
    assert "Traceback" not in ended.all
    assert not (here.program.folder / "x").exists()


def test_the_source_of_a_message_comes_out_as_it_came_in(here: Ready, tmp_path: Path) -> None:
    source = ALL[0].source(here.account.login)
    here.program.do("file", sha256(source).hexdigest(), "--output", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == source


def test_the_source_is_not_kept_where_it_is_not_wanted(ready: Callable[..., Ready], tmp_path: Path) -> None:
    here = ready({"KEEP_SOURCE": "false"})
    put(here.account, [ALL[0]])
    here.program.do("once")
    digest = sha256(ALL[0].source(here.account.login)).hexdigest()
    assert here.program.tried("file", digest, "--output", tmp_path / "out").status != 0
    assert not (tmp_path / "out").exists()
    assert not list(here.program.folder.rglob(f"*{digest[4:]}*"))


def test_a_mailbox_out_of_reach_is_exit_status_75(ready: Callable[..., Ready]) -> None:
    ended = ready({"IMAP_PORT": "1"}).program.refused(75, "once")
    assert "secret" not in ended.all


def test_a_refused_login_is_exit_status_75_and_keeps_the_password(ready: Callable[..., Ready]) -> None:
    ended = ready({"IMAP_PASSWORD": "wrong-hunter2"}).program.refused(75, "once")
    assert "hunter2" not in ended.all


def test_a_database_out_of_reach_is_exit_status_75_and_keeps_the_password(tmp_path: Path) -> None:
    url = "postgresql://filer:hunter2@127.0.0.1:1/mail"
    assert "hunter2" not in installed(tmp_path, {"DATABASE_URL": url}).refused(75, "once").all


def test_a_second_worker_is_exit_status_75_while_the_service_runs(ready: Callable[..., Ready]) -> None:
    here = ready()
    put(here.account, [Case("run at once", filed())])
    with started(here.program, "run") as service:
        eventually(lambda: moved(here) == 1)
        here.program.refused(75, "once")
        put(here.account, [Case("run on arrival", filed())])
        eventually(lambda: moved(here) == 2)
        service.terminate()
        assert service.wait(PATIENCE) == 0
    here.program.do("once")
    assert subjects(here.program, "activities") == ["run-at-once", "run-on-arrival"]


def moved(here: Ready) -> int:
    return sum(lying.folder == "Filed" for lying in contents(here.account))
