"""What is taken from a mailbox at first contact, and when it is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tests.acceptance.case import Case, filed
from tests.acceptance.mailboxes import connected, contents, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.ready import Ready

OLD = Case("there before", filed())
NEWER = Case("came later", filed())
EAST, WEST = timezone(timedelta(hours=2)), timezone(-timedelta(hours=2))


def subjects(ready: Ready) -> list[str]:
    return [row["subject"] for row in ready.program.do("messages", "--json").rows]


def in_inbox(ready: Ready) -> int:
    return sum(lying.folder == "INBOX" for lying in contents(ready.account))


def test_start_policy_new_passes_over_what_was_there_and_files_what_comes(ready: Callable[..., Ready]) -> None:
    here = ready({"START_POLICY": "new"})
    put(here.account, [OLD])
    here.program.do("once")
    assert subjects(here) == []
    assert in_inbox(here) == 1
    put(here.account, [NEWER])
    here.program.do("once")
    assert subjects(here) == ["About came-later"]
    assert in_inbox(here) == 1


def test_start_policy_since_takes_the_day_itself_in_utc(ready: Callable[..., Ready]) -> None:
    here = ready({"START_POLICY": "since:2025-03-02"})
    put(
        here.account,
        [
            Case("the evening before", filed(), delivered=datetime(2025, 3, 1, 23, 59, 59, tzinfo=UTC)),
            Case("midnight", filed(), delivered=datetime(2025, 3, 2, 0, 0, 0, tzinfo=UTC)),
            Case("the day in the east but not in UTC", filed(), delivered=datetime(2025, 3, 2, 1, 0, 0, tzinfo=EAST)),
            Case("the day in UTC but not in the west", filed(), delivered=datetime(2025, 3, 1, 23, 0, 0, tzinfo=WEST)),
            Case("a day later", filed(), delivered=datetime(2025, 3, 3, 10, 0, 0, tzinfo=UTC)),
        ],
    )
    here.program.do("once")
    assert subjects(here) == ["About midnight", "About the-day-in-UTC-but-not-in-the-west", "About a-day-later"]
    assert in_inbox(here) == 2
    put(here.account, [Case("of old, but delivered later", filed(), delivered=datetime(2024, 1, 1, tzinfo=UTC))])
    here.program.do("once")
    assert subjects(here)[3:] in (
        [],
        ["About of-old--but-delivered-later"],
    )  # START_POLICY speaks of first contact only


def test_without_integration_the_mailbox_is_untouched(ready: Callable[..., Ready]) -> None:
    here = ready({"INTEGRATION_ENABLED": "false"})
    put(here.account, [OLD, NEWER])
    before = contents(here.account)
    here.program.do("once")
    assert subjects(here) == []
    assert contents(here.account) == before


def test_an_empty_mailbox_is_no_error(ready: Callable[..., Ready]) -> None:
    here = ready()
    here.program.do("once")
    assert here.program.do("messages", "--json").out == ""
    assert here.program.do("activities", "--json").out == ""


def test_the_password_may_lie_in_a_file_and_the_environment_overrides_the_settings(ready: Callable[..., Ready]) -> None:
    here = ready({"IMAP_PASSWORD": "", "IMAP_PASSWORD_FILE": "password.txt"})
    (here.program.folder / "password.txt").write_text(f"{here.account.password}\n")
    put(here.account, [OLD])
    ended = here.program.tried("once", ACTIVITY_TYPE="Letter")
    assert ended.status == 0, ended.all
    assert [row["type"] for row in here.program.do("activities", "--json").rows] == ["Letter"]


def test_another_folder_may_be_the_inbox(ready: Callable[..., Ready]) -> None:
    here = ready({"IMAP_FOLDER": "Arrived"})
    put(here.account, [OLD])
    with connected(here.account) as client:
        client.create("Arrived")
        client.select("INBOX")
        client.copy("1", "Arrived")
    here.program.do("once")
    assert sorted(lying.folder for lying in contents(here.account)) == ["Filed", "INBOX"]


def test_copies_are_known_in_later_runs(ready: Callable[..., Ready]) -> None:
    here = ready()
    put(here.account, [OLD])
    here.program.do("once")
    put(here.account, [OLD, replace(OLD, to="1002.mycompany"), replace(OLD, to="1002.mycompany", content="\nOther.\n")])
    here.program.do("once")
    rows = here.program.do("messages", "--json").rows
    first, other = here.program.do("activities", "--json").rows
    assert [row["outcome"] for row in rows] == ["filed", "duplicate", "filed", "filed"]
    assert [row["activity"] for row in rows] == [first["id"], first["id"], first["id"], other["id"]]
    assert [sorted(activity["projects"]) for activity in (first, other)] == [["1001", "1002"], ["1002"]]
    assert in_inbox(here) == 0
