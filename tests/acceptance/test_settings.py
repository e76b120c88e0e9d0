"""A wrong setting stops the run with exit status 78 and one line each, before any mail is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.case import Case, filed
from tests.acceptance.mailboxes import contents, put
from tests.acceptance.program import ESSENTIAL, installed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.ready import Ready

SECRET = "hunter2-is-secret"
MISTAKES = {
    "IMAP_PORT": "ninety",
    "IMAP_SECURITY": "maybe",
    "ACTIVITY_TYPE": "",
    "FILING_ADDRESS": "no address",
    "UNKNOWN_PROJECT": "perhaps",
    "KEEP_SOURCE": "sometimes",
    "POLL_INTERVAL": "soon",
    "MAX_MESSAGE_SIZE": "big",
    "MAX_PARTICIPANTS": "many",
    "START_POLICY": "since:yesterday",
    "SETTLE": "throw",
    "REJECT_ACTION": "shout",
    "AUTH_POLICY": "strict",
    "MAIL_PROVIDER": "aol",
    "UNAUTHENTICATED_OK": "printer",
    "DNS_SERVERS": "resolver",
    "IMAP_PASSWORT": SECRET,
}


def test_every_mistake_is_reported_at_once_on_a_line_of_its_own(tmp_path: Path) -> None:
    ended = installed(tmp_path, MISTAKES | {"IMAP_PASSWORD": SECRET}).refused(78, "once")
    lines = ended.err.splitlines()
    assert {key: sum(key in line for line in lines) for key in MISTAKES} == dict.fromkeys(MISTAKES, 1)
    assert len(lines) <= len(MISTAKES) + 1  # a heading is allowed
    assert SECRET not in ended.all


def test_an_unknown_key_names_the_nearest_known_one(tmp_path: Path) -> None:
    near = {
        "IMAP_HOTS": "IMAP_HOST",
        "FILLING_ADDRESS": "FILING_ADDRESS",
        "RETIRED_ADRESSES": "RETIRED_ADDRESSES",
        "MAX_MESSAGESIZE": "MAX_MESSAGE_SIZE",
    }
    ended = installed(tmp_path, dict.fromkeys(near, SECRET)).refused(78, "once")
    told = {
        wrong for wrong, right in near.items() for line in ended.err.splitlines() if wrong in line and right in line
    }
    assert told == set(near)
    assert SECRET not in ended.all


@pytest.mark.parametrize(
    "settings",
    [
        dict.fromkeys(["FILING_ADDRESS", "ACTIVITY_TYPE", "ACTIVITY_STATUS", "IMAP_HOST", "IMAP_USERNAME"], ""),
        {"IMAP_PASSWORD": '"unbalanced'},
        {"IMAP_PASSWORD_FILE": "no-such-file", "DATABASE_URL": "oracle://x"},
        {"IMAP_SECURITY": "plain", "IMAP_HOST": "mail.example.com", "START_POLICY": "since:2025-02-30"},
        {"AUTH_SOURCE": "authres"},
    ],
    ids=["missing", "unbalanced", "unreadable", "plain and far", "nobody's results"],
)
def test_a_wrong_or_missing_setting_stops_the_run(tmp_path: Path, settings: dict[str, str]) -> None:
    told = installed(tmp_path, settings).refused(78, "once").err
    assert not [key for key, value in settings.items() if key not in told and (not value or value not in told)]


@pytest.mark.parametrize("missing", ["TRUSTED_AUTHSERV_ID", "AUTHRES_MTA_STAMPS_ALWAYS"])
def test_authentication_results_are_believed_only_with_all_that_this_needs(tmp_path: Path, missing: str) -> None:
    needed = {"TRUSTED_AUTHSERV_ID": "mx.example.com", "AUTHRES_MTA_STAMPS_ALWAYS": "true"}
    ended = installed(tmp_path, needed | {"AUTH_SOURCE": "both", missing: ""}).refused(78, "once")
    assert [line for line in ended.err.splitlines() if "AUTH_SOURCE" in line and missing in line]


def test_the_mailbox_is_not_touched(ready: Callable[..., Ready]) -> None:
    here = ready({"ACTIVITY_STATUS": ""})
    put(here.account, [Case("before any mail is touched", filed())])
    before = contents(here.account)
    here.program.refused(78, "once")
    assert contents(here.account) == before


def test_a_missing_settings_file_is_a_wrong_setting(tmp_path: Path) -> None:
    program = installed(tmp_path, {})
    program.settings.unlink()
    assert "settings.env" in program.refused(78, "once").err


def test_the_environment_overrides_the_file_and_other_variables_do_not_matter(tmp_path: Path) -> None:
    program = installed(tmp_path, {"POLL_INTERVAL": "60s"})
    ended = program.refused(78, "once", POLL_INTERVAL="soon", IMAP_SOMETHING="of another program", POSTFIX="1")
    assert "POLL_INTERVAL" in ended.err
    assert "IMAP_SOMETHING" not in ended.err


def test_mistakes_in_the_file_of_an_organization_are_named_with_it(tmp_path: Path) -> None:
    more = {"FILING_ADDRESS": "globex@in.example.com", "ACTIVITY_TYP": "Mail", "ACTIVITY_STATUS": "New"}
    ended = installed(tmp_path, {"IMAP_PORT": "ninety"}, {"globex": more}).refused(78, "once")
    assert [line for line in ended.err.splitlines() if "globex.env" in line and "ACTIVITY_TYP" in line]
    assert [line for line in ended.err.splitlines() if "IMAP_PORT" in line]


def test_a_key_of_the_mailbox_is_unknown_in_the_file_of_an_organization(tmp_path: Path) -> None:
    more = {key: ESSENTIAL[key] for key in ("ACTIVITY_TYPE", "ACTIVITY_STATUS", "IMAP_HOST")} | {
        "FILING_ADDRESS": "globex@in.example.com"
    }
    assert "IMAP_HOST" in installed(tmp_path, {}, {"globex": more}).refused(78, "once").err
