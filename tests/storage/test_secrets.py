import os
import sqlite3
from dataclasses import replace
from threading import Barrier, Event, Thread

import pytest

from models.secret import Secret
from poller.errors import ConfigurationError, Transient
from poller.settings import DatabaseSettings
from poller.storage import secrets
from poller.storage.database import connected
from poller.storage.secrets import hold_secret, notice_key
from tests.patience import PATIENCE
from tests.storage.making import asked, sqlite_only


def test_the_key_is_made_at_first_use_and_stays(database):
    key = notice_key()
    assert len(key) == 32
    assert [notice_key() for _ in range(3)] == [key] * 3
    assert Secret.select().count() == 1


def test_two_installations_have_two_keys(database):
    one = notice_key()
    Secret.delete().execute()
    assert notice_key() != one


def test_once_it_is_there_nothing_is_written(database):
    notice_key()
    assert [sql.split()[0] for sql, _ in asked(notice_key)] == ["SELECT"]


def test_workers_that_start_together_agree_on_one_key(database, monkeypatch):
    barrier, made, found = Barrier(4), secrets.secrets.token_bytes, []

    def together(octets: int) -> bytes:
        barrier.wait(PATIENCE)  # all have found that there is none
        return made(octets)

    def work() -> None:
        with connected():
            found.append(notice_key())

    monkeypatch.setattr(secrets.secrets, "token_bytes", together)
    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert set(found) == {Secret.get().value}


def test_a_secret_that_is_held_is_kept_under_its_name(database_settings):
    for name, value in (("one", b"1"), ("two", b"2"), ("one", bytes(range(256)))):
        with hold_secret(database_settings, name) as held:
            held.replace(value)
            assert held.value == value
    for name, value in (("one", bytes(range(256))), ("two", b"2"), ("three", None)):
        with hold_secret(database_settings, name) as held:
            assert held.value == value


def test_nobody_else_holds_it_meanwhile(database_settings):
    waiting, seen = Event(), []

    def wait():
        waiting.set()
        with hold_secret(database_settings, "one") as held:
            seen.append(held.value)

    other = Thread(target=wait)
    with hold_secret(database_settings, "one") as held:
        other.start()
        waiting.wait(PATIENCE)
        other.join(0.3)
        assert not seen
        held.replace(b"1")
    other.join()
    assert seen == [b"1"]


@sqlite_only
def test_who_waits_too_long_is_told_so(database_settings, monkeypatch):
    monkeypatch.setattr(secrets, "_LOCK_SECONDS", 0)
    with (
        hold_secret(database_settings, "one"),
        pytest.raises(Transient, match=r"another process has held .*\.tokens for 0 s"),
        hold_secret(database_settings, "one"),
    ):
        pass


@sqlite_only
def test_it_is_written_while_the_worker_is_about_to_write(database, database_settings):
    with hold_secret(database_settings, "one") as held:
        held.replace(b"1")
        Secret.insert(name="other", value=b"2").execute()
    assert bytes(Secret.get(name="one").value) == b"1"


@sqlite_only
def test_a_database_that_is_missing_is_made(tmp_path, database_settings):
    settings = replace(database_settings, path=tmp_path / "new" / "mailfiler.db")
    with hold_secret(settings, "one") as held:
        held.replace(b"1")
    with sqlite3.connect(settings.path) as line:
        assert line.execute("SELECT value FROM secret").fetchall() == [(b"1",)]
    line.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_an_empty_postgresql_database_gets_its_tables(empty_postgresql_url, database_kind):
    with hold_secret(DatabaseSettings(path=None, url=empty_postgresql_url), "one") as held:
        held.replace(b"1")


@sqlite_only
def test_where_the_lock_cannot_be_made_the_sentence_names_it(database_settings):
    database_settings.path.with_name(f"{database_settings.path.name}.tokens").mkdir()
    with (
        pytest.raises(ConfigurationError, match=r"DATABASE_URL: .*\.tokens cannot be opened"),
        hold_secret(database_settings, "one"),
    ):
        pass


@sqlite_only
@pytest.mark.skipif(os.geteuid() != 0, reason="who is not root makes everything for itself")
def test_what_root_makes_belongs_to_whom_the_folder_belongs(tmp_path, database_settings):
    folder = tmp_path / "service"
    folder.mkdir()
    os.chown(folder, 12345, 12346)
    settings = replace(database_settings, path=folder / "mailfiler.db")
    with hold_secret(settings, "one") as held:
        held.replace(b"1")
    assert {(one.stat().st_uid, one.stat().st_gid) for one in folder.iterdir()} == {(12345, 12346)}
