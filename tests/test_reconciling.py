"""`reconcile` with a real mailbox and either database: nothing differs after a run, and what is broken is named."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from click.testing import CliRunner
from imapclient import IMAPClient

from models.activity import Attachment
from models.inbound import Delivery, Epoch
from poller import reconciling
from poller.cli import main
from poller.settings import load_settings
from poller.storage.database import connected, open_database, reading
from poller.storage.files import SWEPT_AFTER, path_in
from tests.workplace import Workplace, mail

THEN = datetime(2026, 3, 2, tzinfo=UTC)
ATTACHED = (
    "MIME-Version: 1.0",
    "Content-Type: application/pdf; name=plan.pdf",
    "Content-Disposition: attachment; filename=plan.pdf",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    status: int
    differences: list[dict[str, object]]
    sentence: str

    @property
    def kinds(self) -> list[object]:
        return [one["difference"] for one in self.differences]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    """The second look comes at once."""
    monkeypatch.setattr(reconciling, "_MOMENT_SECONDS", 0)


@pytest.fixture
def workplace(dovecot, database_url, tmp_path):
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url)
    workplace.import_directory()
    return workplace


def deliver(workplace, *numbers, **fields):
    for number in numbers:
        workplace.user.deliver(mail(number, **fields))


def file(workplace, *numbers):
    """Those messages, delivered and filed."""
    deliver(workplace, *numbers)
    workplace.do("once")


def reconcile(workplace, *options) -> Reconciled:
    words = ["--settings", str(workplace.folder / "settings.env"), "reconcile", *options, "--json"]
    ended = CliRunner().invoke(main, words)
    assert ended.exit_code in {0, 1}, ended.output
    differences = [json.loads(line) for line in ended.stdout.splitlines()]
    return Reconciled(status=ended.exit_code, differences=differences, sentence=ended.stderr.strip().splitlines()[-1])


def clean(workplace) -> str:
    found = reconcile(workplace)
    assert (found.status, found.differences) == (0, []), found
    return found.sentence


def subjects(workplace) -> list[str]:
    return sorted(one["subject"] for one in workplace.listing("activities"))


def imap(workplace) -> IMAPClient:
    client = IMAPClient("localhost", workplace.dovecot.port, ssl=False)
    client.login(workplace.user.name, workplace.user.password)
    return client


def change(workplace, query) -> None:
    """What the administrator was told is read with a connection that cannot write."""
    open_database(load_settings(workplace.folder / "settings.env", {}).database)
    with connected():
        assert query.execute()


def change_from_outside(workplace, sql) -> None:
    """As another process does."""
    if workplace.database_url:
        with psycopg.connect(workplace.database_url) as database:
            database.execute(sql)
        return
    with sqlite3.connect(workplace.folder / "mailfiler.db") as database:
        database.execute(sql)


def uids_of(workplace, folder) -> list[int]:
    with imap(workplace) as client:
        client.select_folder(folder, readonly=True)
        return client.search()


def test_a_mailbox_that_was_never_polled_has_nothing_to_prove(workplace):
    deliver(workplace, 1)
    assert clean(workplace).startswith("0 messages have one outcome")


def test_after_a_run_every_message_lies_where_its_outcome_says(workplace):
    deliver(workplace, 1, 2)
    deliver(workplace, 3, to="nobody.at.all@in.example.com")
    workplace.do("once")
    assert clean(workplace) == "3 messages have one outcome and lie where it belongs"


def test_nothing_is_changed_not_even_a_flag(workplace):
    file(workplace, 1)
    deliver(workplace, 2)
    clean(workplace)
    with imap(workplace) as client:
        for folder in ("INBOX", "Filed"):
            client.select_folder(folder, readonly=True)
            assert client.search("UNSEEN") == client.search("ALL") != []
            assert len(client.search("RECENT")) == 1


def test_what_merely_waits_is_counted(workplace):
    file(workplace, 1)
    deliver(workplace, 2, 3)
    sentence = clean(workplace)
    assert sentence == "1 message has one outcome and lies where it belongs; 2 not looked at yet"


def test_a_person_reads_a_table_and_one_sentence(workplace):
    file(workplace, 1)
    with imap(workplace) as client:
        client.select_folder("Filed")
        client.delete_messages(client.search())
        client.expunge()
    ended = CliRunner().invoke(
        main, ["--settings", str(workplace.folder / "settings.env"), "reconcile"], env={"COLUMNS": "120"}
    )
    assert ended.exit_code == 1
    *_, line, sentence = ended.stdout.splitlines()
    assert line.split()[:2] == ["not-in-folder", "1"]
    assert line.endswith("filed, and moved to Filed  no longer there")
    assert sentence == "1 difference; 0 messages have one outcome and lie where it belongs"


def move(workplace, source, target):
    with imap(workplace) as client:
        client.select_folder(source)
        client.move(client.search(), target)


def decided_yesterday():
    return Delivery.update(settled_at=None, folder=None, folder_uid=None, folder_uidvalidity=None)


def deferred():
    return Delivery.update(outcome="deferred", next_attempt_at=THEN, folder=None, folder_uid=None)


def remove(workplace):
    with imap(workplace) as client:
        client.delete_folder("Filed")


def rebuild(workplace):
    shutil.rmtree(workplace.user.maildir / ".Filed")
    with imap(workplace) as client:
        client.create_folder("Filed")


@pytest.mark.parametrize(
    ("harm", "kinds"),
    [
        (lambda w: move(w, "Filed", "Rejected"), ["not-in-folder"]),
        (lambda w: change(w, Delivery.update(outcome=None, settled_at=None)), ["never-decided"]),
        (lambda w: change(w, decided_yesterday()), ["not-settled"]),
        (lambda w: change(w, deferred()), ["deferred-gone"]),
        (lambda w: change(w, Delivery.update(activity=None)), ["no-delivery", "no-activity"]),
        (rebuild, ["folder-rebuilt"]),
        (remove, ["folder-rebuilt"]),
    ],
    ids=["moved away", "undecided", "unsettled", "deferred", "no activity", "folder rebuilt", "folder removed"],
)
def test_what_was_harmed_is_named(workplace, harm, kinds):
    file(workplace, 1)
    clean(workplace)
    harm(workplace)
    found = reconcile(workplace)
    assert (found.status, found.kinds) == (1, kinds)


def test_a_folder_that_was_rebuilt_is_told_once_and_until_mail_comes_there_again(workplace):
    file(workplace, 1, 2, 3)
    rebuild(workplace)
    (one,) = reconcile(workplace).differences
    assert one["expected"] == "3 messages under another UIDVALIDITY"
    file(workplace, 4)
    clean(workplace)


def test_a_folder_that_the_settings_no_longer_name_may_go(workplace):
    file(workplace, 1)
    workplace.write_settings(FOLDER_FILED="Archive")
    workplace.do("once")
    remove(workplace)
    clean(workplace)


def test_mail_that_polls_passed_over_is_a_difference(workplace):
    file(workplace, 1)
    deliver(workplace, 2)
    change(workplace, Epoch.update(uidnext=3))
    found = reconcile(workplace)
    assert [(one["difference"], one["message"], one["uid"]) for one in found.differences] == [
        ("never-decided", None, 2)
    ]


@pytest.mark.parametrize("policy", ["new", "since:2026-03-01"])
def test_mail_that_start_policy_passes_over_is_none(workplace, policy):
    workplace.user.deliver(mail(1), datetime(2026, 2, 1, tzinfo=UTC))
    workplace.write_settings(START_POLICY=policy)
    workplace.do("once")
    file(workplace, 2)
    assert clean(workplace) == "1 message has one outcome and lies where it belongs"


def test_a_mailbox_that_was_rebuilt_is_told_and_the_next_poll_begins_anew(workplace):
    file(workplace, 1)
    shutil.rmtree(workplace.user.maildir)
    deliver(workplace, 2)
    change(workplace, Epoch.update(uidvalidity=7))  # a new Maildir of the same second would have the same
    change(workplace, Delivery.update(folder_uidvalidity=7))
    found = reconcile(workplace)
    assert found.kinds[0] == "folder-rebuilt"
    workplace.do("once")
    clean(workplace)


def test_with_settle_flag_mail_is_where_it_belongs_in_the_inbox(workplace):
    workplace.write_settings(SETTLE="flag")
    file(workplace, 1)
    assert clean(workplace) == "1 message has one outcome and lies where it belongs"


def test_mail_that_was_moved_and_whose_uid_nobody_recorded_is_recognised(workplace):
    """A worker that was killed between the move and its record."""
    file(workplace, 1, 2, 3)
    change(workplace, Delivery.update(folder_uid=None, folder_uidvalidity=None).where(Delivery.uid == 2))
    clean(workplace)


def test_mail_that_a_person_moved_back_and_had_filed_again_is_no_difference(workplace):
    file(workplace, 1)
    move(workplace, "Filed", "INBOX")
    assert reconcile(workplace).kinds == ["not-in-folder"]
    workplace.do("once")
    clean(workplace)


def test_what_differs_only_for_a_moment_is_none(workplace):
    """A worker at work: at the second look it has got on."""
    file(workplace, 1, 2)
    change(workplace, Delivery.update(outcome=None))
    gets_on = "UPDATE delivery SET outcome = 'filed' WHERE uid = 1"
    with reading(workplace.settings().database):
        report = reconciling.reconcile(workplace.settings(), lambda _: change_from_outside(workplace, gets_on))
    assert [one.uid for one in report.differences] == [2]


def test_without_a_mailbox_it_is_tried_again_later(workplace):
    workplace.write_settings(IMAP_PORT="1")
    ended = CliRunner().invoke(main, ["--settings", str(workplace.folder / "settings.env"), "reconcile"])
    assert ended.exit_code == 75


def test_pages_make_no_difference(workplace, monkeypatch):
    monkeypatch.setattr(reconciling.ledger, "PAGE", 2)
    file(workplace, *range(1, 8))
    deliver(workplace, 8)
    assert clean(workplace) == "7 messages have one outcome and lie where it belongs; 1 not looked at yet"
    with imap(workplace) as client:
        client.select_folder("Filed")
        client.delete_messages([3, 4])
        client.uid_expunge([3, 4])
    assert [one["uid"] for one in reconcile(workplace).differences] == [3, 4]


def stored(workplace) -> dict[str, object]:
    """By SHA-256: attachments' paths, and sources'."""
    return {path.parent.name + path.name: path for path in (workplace.folder / "files").glob("[0-9a-f][0-9a-f]/*")}


def source(workplace):
    with connected():
        sha256 = Delivery.get().source_sha256
    return path_in(workplace.folder / "files", sha256)


def attachment(workplace):
    with connected():
        return path_in(workplace.folder / "files", Attachment.get().file_id)


@pytest.mark.parametrize("which", [source, attachment])
@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_a_stored_file_that_was_lost_is_named_and_stored_again_from_the_mailbox(workplace, which, harm):
    workplace.user.deliver(mail(1, *ATTACHED))
    workplace.do("once")
    clean(workplace)
    path = which(workplace)
    octets = path.read_bytes()
    harm(path)
    (one,) = reconcile(workplace).differences
    assert (one["difference"], one["message"], one["uid"]) == ("file-lost", 1, 1)
    assert one["sha256"] == path.parent.name + path.name
    assert reconcile(workplace, "--take-back").status == 0
    workplace.do("once")
    assert path.read_bytes() == octets
    assert subjects(workplace) == ["Message 1"]
    clean(workplace)


def test_a_further_copy_stores_a_lost_file_again(workplace):
    workplace.user.deliver(mail(1, *ATTACHED))
    workplace.do("once")
    attachment(workplace).unlink()
    workplace.user.deliver(mail(1, "X-Path: another", *ATTACHED))
    workplace.do("once")
    clean(workplace)


def orphan(workplace, age):
    path = path_in(workplace.folder / "files", "0" * 64)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"orphan")
    os.utime(path, (time.time() - age,) * 2)
    return path


def a_day_later(workplace):
    owner = workplace.folder / "files" / "owner"
    os.utime(owner, (owner.stat().st_mtime - SWEPT_AFTER,) * 2)


def grow_old(workplace):
    for path in stored(workplace).values():
        os.utime(path, (time.time() - 10 * SWEPT_AFTER,) * 2)


def test_orphans_are_swept_once_a_day_and_nothing_else_is(workplace):
    workplace.user.deliver(mail(1, *ATTACHED))
    workplace.do("once")
    path = orphan(workplace, SWEPT_AFTER + 60)
    grow_old(workplace)
    before = set(stored(workplace))
    workplace.do("once")
    assert path.exists()
    a_day_later(workplace)
    workplace.do("once")
    assert set(stored(workplace)) == before - {"0" * 64}
    clean(workplace)


def test_files_of_another_database_are_never_swept(workplace):
    file(workplace, 1)
    (workplace.folder / "files" / "owner").write_text("another database")
    path = orphan(workplace, 10 * SWEPT_AFTER)
    a_day_later(workplace)
    said = CliRunner().invoke(main, ["--settings", str(workplace.folder / "settings.env"), "once"])
    assert "belongs to another database" in said.stderr
    assert path.exists()


def test_sources_are_kept_as_long_as_was_asked_for_and_attachments_for_ever(workplace):
    workplace.user.deliver(mail(1, *ATTACHED))
    workplace.write_settings(RETAIN_SOURCES="30d", RETAIN_LEDGER="30d")
    workplace.do("once")
    gone, stays = source(workplace), attachment(workplace)
    change(workplace, Delivery.update(decided_at=datetime.now(UTC) - timedelta(days=31)))
    grow_old(workplace)
    a_day_later(workplace)
    workplace.do("once")
    assert (gone.exists(), stays.exists()) == (False, True)
    (message,) = workplace.listing("messages")
    assert (message["outcome"], message["subject"]) == ("filed", None)
    assert subjects(workplace) == ["Message 1"]
    clean(workplace)
    workplace.user.deliver(mail(1, "X-Path: another", *ATTACHED))
    workplace.do("once")
    assert [one["outcome"] for one in workplace.listing("messages")] == ["filed", "duplicate"]
    clean(workplace)


def test_between_the_row_and_the_file_of_a_dropped_source_nothing_differs(workplace):
    """Killed there: the file is an orphan, and is swept like any other."""
    file(workplace, 1)
    change(workplace, Delivery.update(source_kept=False))
    assert source(workplace).exists()
    clean(workplace)


def test_beside_a_worker_at_work_nothing_differs(workplace):
    deliver(workplace, *range(1, 121))
    # Sets as small as they are while mail comes in one by one: the mailbox and the ledger change all the time.
    workplace.write_settings(BATCH_SIZE="5")
    command = [sys.executable, "-m", "poller", "--settings", str(workplace.folder / "settings.env"), "once"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as worker:
        said = [clean(workplace)]
        while worker.poll() is None:
            said.append(clean(workplace))
    assert worker.returncode == 0
    assert len(said) > 1
    assert clean(workplace) == "120 messages have one outcome and lie where it belongs"
