"""When a digest is queued: once a day, for all of what came since the last one."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from models.notice import Notice
from poller.digest import queue_digest
from poller.notices.message_id import is_ours
from poller.opening import open_storage
from poller.settings.model import NoticeSettings
from poller.storage.database import connected
from poller.storage.digest import REASON
from poller.storage.secrets import notice_key
from tests.workplace import Workplace

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ADMIN = "admin@mycompany.example"


@pytest.fixture
def settings(tmp_path, database_url):
    """Of an installation with a database, and somebody to be told."""
    workplace = Workplace(folder=tmp_path, database_url=database_url)
    settings = workplace.settings(ADMIN_ADDRESS=ADMIN, NOTICE_FROM="notices@mycompany.example")
    open_storage(settings)
    return settings


def queued() -> list[Notice]:
    with connected():
        return list(Notice.select().order_by(Notice.id))


def subjects() -> list[str]:
    """Of all digests, without the words that they share."""
    parsed = [message_from_bytes(bytes(one.message), policy=default) for one in queued()]
    return [one["Subject"].removeprefix("mailfiler, ").removesuffix(": nothing came in") for one in parsed]


def test_nobody_asked_for_one(settings):
    nobody = replace(settings, notices=replace(settings.notices, admin_address=""))
    assert isinstance(nobody.notices, NoticeSettings)
    assert not queue_digest(nobody, NOON)
    assert queued() == []


def test_the_first_one_comes_at_once_and_tells_of_the_day_before(settings):
    assert queue_digest(settings, NOON)
    assert subjects() == ["2026-11-20"]


@pytest.mark.parametrize(
    ("moments", "days"),
    [
        ([NOON, NOON, NOON + timedelta(hours=11, minutes=59)], ["2026-11-20"]),
        ([NOON, NOON + timedelta(hours=12)], ["2026-11-20", "2026-11-21"]),
        ([NOON, NOON + DAY, NOON + 2 * DAY], ["2026-11-20", "2026-11-21", "2026-11-22"]),
        ([NOON, NOON + 4 * DAY], ["2026-11-20", "2026-11-21 to 2026-11-24"]),
        ([NOON, NOON - timedelta(hours=1), NOON - DAY], ["2026-11-20"]),
        ([NOON.astimezone(), (NOON + DAY).astimezone()], ["2026-11-20", "2026-11-21"]),
    ],
)
def test_one_comes_when_a_day_is_over_and_one_after_a_pause(settings, moments, days):
    results = [queue_digest(settings, moment) for moment in moments]
    assert sum(results) == len(days)
    assert subjects() == days


def test_it_waits_in_the_outbox_as_mail_of_no_message(settings):
    queue_digest(settings, NOON)
    [row] = queued()
    assert (row.delivery_id, row.reason, row.recipient, row.state) == (None, REASON, ADMIN, "pending")
    assert (row.next_attempt_at, row.rule, row.recipient_sha256, row.domain_sha256) == (NOON, None, None, None)
    parsed = message_from_bytes(bytes(row.message), policy=default)
    assert parsed["Message-ID"] == f"<{row.message_id}>"
    with connected():
        assert is_ours(row.message_id, notice_key())
    assert "INBOX of nobody on localhost" in parsed.get_content()
    assert parsed["From"].addresses[0].addr_spec == "notices@mycompany.example"


def test_workers_that_look_at_once_queue_one(settings):
    start, results = threading.Barrier(4), []

    def look() -> None:
        start.wait()
        results.append(queue_digest(settings, NOON))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    assert len(queued()) == 1
