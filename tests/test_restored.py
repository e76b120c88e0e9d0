"""The database is restored from an older copy. Nothing is filed twice or lost, and the administrator is told."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest
from click.testing import CliRunner

from poller import reconciling
from poller.cli import main
from poller.storage.ledger import Ledger
from tests.test_reconciling import clean, deliver, file, reconcile, subjects
from tests.workplace import Workplace

ASKED = "was the database restored from an older copy?"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(reconciling, "_MOMENT_SECONDS", 0)


@pytest.fixture
def workplace(dovecot, database_url, tmp_path):
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url)
    workplace.import_directory()
    return workplace


@pytest.fixture
def copied(workplace, request) -> Callable[[], Callable[[], Workplace]]:
    """Copies the database -> what restores it: a workplace with the copy in its place."""

    def copy():
        if workplace.database_url:
            server = request.getfixturevalue("postgresql")
            url = server.create(workplace.database_url.rpartition("/")[2])
            request.addfinalizer(lambda: server.drop(url))
            return lambda: replace(workplace, database_url=url)
        saved = workplace.folder / "saved.db"
        with sqlite3.connect(workplace.folder / "mailfiler.db") as database, sqlite3.connect(saved) as target:
            database.backup(target)

        def restore():
            for end in ("", "-wal", "-shm"):
                (workplace.folder / f"mailfiler.db{end}").unlink(missing_ok=True)
            shutil.copy(saved, workplace.folder / "mailfiler.db")
            return workplace

        return restore

    return copy


def once(workplace) -> str:
    """What a run says."""
    ended = CliRunner().invoke(main, ["--settings", str(workplace.folder / "settings.env"), "once"])
    assert ended.exit_code == 0, ended.output
    return ended.stderr


def test_mail_that_still_lies_in_the_inbox_is_filed_again_once(workplace, copied):
    workplace.write_settings(SETTLE="flag")
    file(workplace, 1, 2)
    restore = copied()
    file(workplace, 3, 4)
    restored = restore()
    restored.write_settings(SETTLE="flag")
    said = once(restored)
    assert f"2 messages are marked as filed, and the database knows nothing of them: {ASKED}" in said
    assert subjects(restored) == [f"Message {number}" for number in (1, 2, 3, 4)]
    clean(restored)
    assert ASKED not in once(restored)


def test_mail_that_was_moved_is_told_of_and_taken_back(workplace, copied):
    file(workplace, 1, 2)
    restore = copied()
    file(workplace, 3, 4)
    deliver(workplace, 5)
    restored = restore()
    restored.write_settings()
    said = once(restored)
    assert f"Filed got up to 2 messages that the database knows nothing of: {ASKED}" in said
    assert "--take-back" in said
    assert subjects(restored) == [f"Message {number}" for number in (1, 2, 5)]
    found = reconcile(restored)
    assert (found.status, found.kinds) == (1, ["unknown-in-folder"] * 2)
    taken = reconcile(restored, "--take-back")
    assert taken.status == 0
    assert taken.sentence == ("2 messages were moved from Filed back to INBOX, where the next poll files them again")
    once(restored)
    assert subjects(restored) == [f"Message {number}" for number in (1, 2, 3, 4, 5)]
    clean(restored)
    assert ASKED not in once(restored)


def test_refused_mail_stays_where_it_is_lest_its_sender_be_told_twice(workplace, copied):
    wrong = {"to": "1002.mycompany@in.example.com"}
    deliver(workplace, 1, **wrong)
    workplace.do("once")
    restore = copied()
    deliver(workplace, 2, **wrong)
    workplace.do("once")
    restored = restore()
    restored.write_settings()
    assert "Rejected got up to 1 message " in once(restored)
    assert reconcile(restored, "--take-back").status == 1
    assert restored.user.count(".Rejected") == 2


def test_nothing_is_taken_back_in_a_mailbox_that_is_not_to_be_touched(workplace, copied):
    file(workplace, 1)
    restore = copied()
    file(workplace, 2)
    restored = restore()
    restored.write_settings()
    once(restored)
    restored.write_settings(INTEGRATION_ENABLED="false")
    taken = reconcile(restored, "--take-back")
    assert (taken.status, restored.user.count(".Filed")) == (1, 2)
    assert "INTEGRATION_ENABLED=false" in taken.sentence


def test_mail_that_is_known_becomes_a_duplicate_when_it_is_taken_back(workplace, copied):
    """A copy of it came in after the database was restored."""
    file(workplace, 1)
    restore = copied()
    file(workplace, 2)
    restored = restore()
    restored.write_settings()
    file(restored, 2)
    assert reconcile(restored, "--take-back").status == 0
    once(restored)
    assert subjects(restored) == ["Message 1", "Message 2"]
    assert [one["outcome"] for one in restored.listing("messages")] == ["filed", "filed", "duplicate"]
    clean(restored)


def test_mail_that_a_retry_took_out_of_its_folder_is_none_of_that(workplace):
    for number in (1, 2):
        deliver(workplace, number, to=f"200{number}.mycompany@in.example.com")
    workplace.do("once")
    projects = workplace.folder / "projects.csv"
    projects.write_text("number,name,kind,customer,state\n2002,Harbour,project,,open\n")
    workplace.do("import", "projects", str(projects))
    workplace.do("retry", "2")
    assert (workplace.user.count(".Rejected"), workplace.user.count(".Filed")) == (1, 1)
    assert ASKED not in once(workplace)


def test_a_worker_that_was_killed_before_it_recorded_a_move_is_none_of_that(workplace, monkeypatch):
    file(workplace, 1)
    with monkeypatch.context() as killed:
        killed.setattr(Ledger, "settle", lambda *_, **__: None)
        file(workplace, 2, 3)
    assert workplace.user.count(".Filed") == 3
    assert ASKED not in once(workplace)
    clean(workplace)


def test_a_new_mailbox_and_a_running_one_ask_nothing(workplace):
    deliver(workplace, 1)
    assert ASKED not in once(workplace)
    deliver(workplace, 2)
    assert ASKED not in once(workplace)
