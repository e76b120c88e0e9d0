"""The parts put together: one connection for many polls, folders made, a store swept."""

from __future__ import annotations

import base64
import os
import select
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from models.inbound import Lease as LeaseRow
from poller import worker as worker_module
from poller.errors import ConfigurationError, Transient
from poller.filing.reasons import Outcome
from poller.storage.database import connected
from poller.storage.files import FileStore
from poller.storage.health import Sign, last_sign, record_sign
from poller.storage.lease import LeaseTaken
from poller.worker import mailbox_name, open_worker
from tests.child.winmail import HEAD, attached
from tests.servers.dovecot import Kind
from tests.servers.scripted import ScriptedServer
from tests.workplace import Workplace, mail

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SIGN = Sign(version="1", pid=7, began_at=NOON, beat_at=NOON, polled_at=NOON, failures=0, trouble="")


@pytest.fixture
def workplace(dovecot, tmp_path, database_url):
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url)
    workplace.import_directory()
    return workplace


def opened(workplace, **settings):
    return open_worker(workplace.settings(**settings), threading.Event(), lambda _done, _total: None)


def test_polls_share_one_connection_and_a_broken_one_is_replaced(workplace):
    with opened(workplace) as worker:
        worker.poll()
        first = worker._kept._inbox
        workplace.user.deliver(mail(1))
        assert worker.poll() == {Outcome.FILED: 1}
        assert worker._kept._inbox is first
        worker.abort()
        workplace.user.deliver(mail(2))
        assert worker.poll() == {Outcome.FILED: 1}
        assert worker._kept._inbox is not first


def test_the_folders_are_made_before_there_is_anything_for_them(workplace):
    with opened(workplace, FOLDER_FILED="Filed/Årets") as worker:
        worker.poll()
    made = {path.name for path in workplace.user.maildir.iterdir() if path.name.startswith(".")}
    assert {".Filed.&AMU-rets", ".Rejected", ".Quarantine", ".Review", ".Ignored"} <= made


def test_no_folder_is_made_where_nothing_is_moved(workplace):
    with opened(workplace, SETTLE="flag") as worker:
        worker.poll()
    assert not [path for path in workplace.user.maildir.iterdir() if path.name == ".Filed"]


def test_winmail_dat_is_filed_unpacked_and_its_process_ends_with_the_worker(workplace):
    tnef = HEAD + attached(b"Sopimus.pdf", b"%PDF one") + attached(b"Liite.txt", b"two")
    encoded = base64.b64encode(tnef).decode()
    lines = "Content-Type: application/ms-tnef; name=winmail.dat", "Content-Transfer-Encoding: base64"
    workplace.user.deliver(mail(1, *lines).replace(b"Text 1.", encoded.encode()))
    with opened(workplace) as worker:
        assert worker.poll() == {Outcome.FILED: 1}
        watched = os.pidfd_open(worker._expander._child.pid)
    assert select.select([watched], [], [], 30)[0]
    os.close(watched)
    (activity,) = workplace.listing("activities")
    assert [one["name"] for one in activity["files"]] == ["Sopimus.pdf", "Liite.txt"]
    stored = [path.read_bytes() for path in (workplace.folder / "files").rglob("*") if path.is_file()]
    assert {b"%PDF one", b"two"} <= set(stored)
    assert tnef not in stored


def test_what_a_killed_worker_left_in_the_spool_is_swept_and_what_others_have_there_is_not(workplace):
    settings = workplace.settings()
    spools = [FileStore(settings.files, mailbox).spool for mailbox in (mailbox_name(settings), "another mailbox")]
    left, others = (spool / "7-x" for spool in spools)
    left.write_bytes(b"half a message")
    others.write_bytes(b"half a message")
    with opened(workplace):
        assert (left.exists(), others.exists()) == (False, True)


def test_who_lost_the_mailbox_does_not_say_that_nobody_is_at_work(workplace):
    with opened(workplace) as worker:
        with connected():
            record_sign(worker.mailbox, SIGN)
            LeaseRow.update(fence=LeaseRow.fence + 1).execute()
        with pytest.raises(LeaseTaken):
            worker.tell_end()
        with connected():
            assert last_sign(worker.mailbox) == SIGN


def test_a_second_worker_does_not_get_the_mailbox(workplace):
    with opened(workplace), pytest.raises(LeaseTaken), opened(workplace):
        pass


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"IMAP_PORT": "1"}, Transient),
        ({"IMAP_PASSWORD": "guess"}, Transient),
        ({"IMAP_FOLDER": "Nowhere"}, ConfigurationError),
    ],
)
def test_a_mailbox_that_cannot_be_opened_is_told_as_later_or_misconfigured(workplace, settings, error):
    with opened(workplace, **settings) as worker, pytest.raises(error):
        worker.poll()


def test_files_that_cannot_be_kept_are_a_mistake_in_the_settings(workplace):
    (workplace.folder / "files").write_text("not a folder")
    with pytest.raises(ConfigurationError, match="FILES_URL"), opened(workplace):
        pass


def test_a_server_that_does_not_answer_logout_holds_up_no_end(workplace, monkeypatch):
    monkeypatch.setattr("poller.kept_inbox._FAREWELL_SECONDS", 0.1)
    answers = {"UID SEARCH": "* SEARCH\nTAG OK done", "LOGOUT": "* OK wait"}
    with ScriptedServer(answers=answers) as server:
        began = time.monotonic()
        with opened(workplace, IMAP_PORT=str(server.port)) as worker:
            assert worker.poll() == {}
        assert time.monotonic() - began < 30


def test_a_connection_that_refuses_to_look_for_mail_is_closed_before_another_is_opened(workplace):
    answers = {
        "STATUS": "* STATUS INBOX (UIDNEXT 3 UIDVALIDITY 7)\nTAG OK done",
        "UID SEARCH": ["* SEARCH\nTAG OK done", "TAG NO not now", "* SEARCH\nTAG OK done"],
    }
    with ScriptedServer(answers=answers) as server, opened(workplace, IMAP_PORT=str(server.port)) as worker:
        worker.poll()
        worker.poll()
        words = [one.split()[0] for one in server.said]
        assert [word for word in words if word in {"LOGIN", "LOGOUT"}] == ["LOGIN", "LOGOUT", "LOGIN"]


def test_a_destination_that_is_the_inbox_under_another_name_is_a_mistake_in_the_settings(dovecot_of, tmp_path):
    """On a server whose personal folders lie below INBOX, these two names are one folder."""
    dovecot = dovecot_of(Kind(prefix="INBOX."))
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user())
    workplace.user.deliver(mail(1), folder=".Archive")
    names = {"IMAP_FOLDER": "Archive", "FOLDER_FILED": "INBOX.Archive"}
    with opened(workplace, **names) as worker, pytest.raises(ConfigurationError, match="would arrive again"):
        worker.poll()


def test_a_digest_that_cannot_be_made_keeps_no_notice_from_leaving(tmp_path, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("a bug")

    monkeypatch.setattr(worker_module, "queue_digest", broken)
    with opened(Workplace(folder=tmp_path), ADMIN_ADDRESS="admin@in.example.com") as worker:
        assert worker.send_notices() == Counter()
    assert "the digest could not be made" in caplog.text
