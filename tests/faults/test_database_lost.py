"""A database that is restored, damaged, lost, or may only be read: told in a sentence, and the mail stays."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest

from models import base
from poller.errors import ConfigurationError, Transient
from poller.filing.reasons import Outcome
from poller.storage import database as database_module
from tests.faults.ending import FILED, assert_all_filed, by_subject, opened, refusal
from tests.workplace import mail


def restored(place, postgresql, during):
    """The database as it was before `during`."""
    if place.database_url:
        name = place.database_url.rpartition("/")[2]
        night = postgresql.create(name).rpartition("/")[2]
        during()
        postgresql.drop(place.database_url)
        postgresql.admin(f"ALTER DATABASE {night} RENAME TO {name}")
        return
    path = place.folder / "mailfiler.db"
    night = path.read_bytes()  # the worker has ended, so that all of it is in the one file
    during()
    path.write_bytes(night)


def test_f51_what_is_still_in_the_inbox_of_a_restored_database_is_filed_again_and_nothing_twice(place, postgresql):
    def work(*numbers):
        for number in numbers:
            place.user.deliver(mail(number))
        with opened(place, SETTLE="flag") as worker:
            return worker.poll_until_empty()

    work(1, 2)
    restored(place, postgresql, lambda: work(3, 4))
    assert work(5) == {Outcome.FILED: 3}
    expected = [f"Message {number}" for number in range(1, 6)]
    assert [one["subject"] for one in by_subject(place.listing("activities"))] == expected
    assert [one["subject"] for one in by_subject(place.listing("messages"))] == expected


def test_f51_what_was_moved_since_is_taken_back_and_filed_again(place, postgresql, caplog):
    def work(*numbers):
        for number in numbers:
            place.user.deliver(mail(number))
        with opened(place) as worker:
            worker.poll_until_empty()

    work(1, 2)
    restored(place, postgresql, lambda: work(3, 4))
    caplog.clear()
    work()
    assert "--take-back" in caplog.text
    place.do("reconcile", "--take-back")
    work()
    assert_all_filed(place, range(1, 5))
    place.do("reconcile")


def test_f52_a_file_that_is_lost_damaged_or_must_not_be_written_is_refused_and_none_is_made_for_it(
    on_sqlite, monkeypatch
):
    place, path = on_sqlite, on_sqlite.folder / "mailfiler.db"
    place.user.deliver(mail(1))
    whole = path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(database_module.os, "access", lambda asked, mode: not (asked == path and mode & os.W_OK))
        assert "must be writable" in refusal(place)
    for octets in (b"", b"From: anna@acme.fi\r\n" * 1000, b"\xff" * 100 + whole[100:], whole[: len(whole) // 2]):
        path.write_bytes(octets)
        assert "damaged" in refusal(place)
        assert path.read_bytes() == octets
    path.write_bytes(whole)
    with opened(place):
        path.rename(place.folder / "lost")
    assert "is gone, yet mailfiler.db.lock is there" in refusal(place)
    assert not path.exists()
    assert place.user.count() == 1


def test_f52_a_page_that_is_damaged_is_found_at_work_and_told_and_the_mail_stays(on_sqlite):
    place, path = on_sqlite, on_sqlite.folder / "mailfiler.db"
    place.user.deliver(mail(1))
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'activity'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    whole = path.read_bytes()
    path.write_bytes(whole[: (page - 1) * size] + b"\xff" * size + whole[page * size :])
    with opened(place) as worker:
        for _ in range(5):
            with pytest.raises(ConfigurationError, match="DATABASE_URL: the database is damaged: restore it"):
                worker.poll()
    assert place.user.count() == 1
    path.write_bytes(whole)
    with opened(place) as worker:
        assert worker.poll() == FILED
    assert_all_filed(place, [1])


def test_f52_a_file_that_can_only_be_read_now_is_told_and_the_mail_stays(on_sqlite):
    place = on_sqlite
    place.user.deliver(mail(1))
    with opened(place) as worker:
        base.database.pragma("query_only", 1, permanent=True)
        base.database.close()
        for _ in range(5):
            with pytest.raises(ConfigurationError, match="DATABASE_URL: the database cannot be written"):
                worker.poll()
        base.database.pragma("query_only", 0, permanent=True)
        base.database.close()
        assert worker.poll() == FILED
    assert_all_filed(place, [1])


def test_f52_a_server_that_can_only_be_read_after_a_failover_is_waited_for(on_postgresql, postgresql):
    place, name = on_postgresql, on_postgresql.database_url.rpartition("/")[2]
    place.user.deliver(mail(1))
    with opened(place) as worker:
        postgresql.admin(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        for _ in range(5):
            with pytest.raises(Transient, match=r"^database: "):
                worker.poll()
        postgresql.admin(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
        assert worker.poll() == FILED
    assert_all_filed(place, [1])
