"""What is said of the database."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from poller.checking import database as module
from poller.checking.database import check_database
from poller.settings import DatabaseSettings
from poller.storage.database import open_database
from tests.checking.test_recipients import checked


@pytest.fixture
def look(tmp_path):
    def at(url=None):
        looked = checked(tmp_path, [])
        path = tmp_path / "mailfiler.db"
        looked.settings = replace(looked.settings, database=DatabaseSettings(path=None if url else path, url=url))
        return looked

    return at


def test_postgresql_is_told_with_its_version_and_its_clock_is_kept(look, postgresql_url):
    looked = look(postgresql_url)
    (found,) = check_database(looked)
    assert found.ok
    assert found.sentence.startswith("PostgreSQL 1")
    assert found.sentence.endswith("has the newest schema, and can be written")
    assert looked.database_clock
    assert looked.database_usable


def test_an_empty_postgresql_is_made_by_the_next_run(look, empty_postgresql_url):
    looked = look(empty_postgresql_url)
    (found,) = check_database(looked)
    assert (found.ok, found.remedy) == (True, "mailfiler once, after a backup")
    assert found.sentence.startswith("PostgreSQL lacks tables of this mailfiler")
    assert not looked.database_usable


def test_a_wrong_password_of_postgresql_is_told_without_it(look, postgresql_url):
    looked = look(postgresql_url.replace(":hunter2@", ":wrong@"))
    (found,) = check_database(looked)
    assert not found.ok
    assert "check the user and the password" in found.sentence
    assert found.remedy == "DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME as the server knows them"


def test_a_postgresql_that_takes_no_writes_is_told_with_who_may(look, postgresql, postgresql_url):
    database = postgresql_url.rpartition("/")[2].partition("?")[0]
    postgresql.admin(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    looked = look(postgresql_url)
    (found,) = check_database(looked)
    assert not found.ok
    assert "takes no connection that may write" in found.sentence
    assert found.remedy.startswith("DATABASE_URL=postgresql://OWNER:PASSWORD@HOST/NAME of a server that takes writes")


def test_a_sqlite_file_that_cannot_be_used_is_told_with_what_to_do(look, tmp_path):
    looked = look()
    looked.settings.database.path.write_bytes(b"")
    (found,) = check_database(looked)
    assert not found.ok
    assert "is empty, so it was damaged" in found.sentence
    assert found.remedy.startswith(f"restore {tmp_path}/mailfiler.db from a backup, or DATABASE_URL=sqlite:////PATH/")
    assert not looked.database_usable


def test_a_sqlite_file_of_another_user_is_to_be_given_to_this_one(look, monkeypatch):
    looked = look()
    path = looked.settings.database.path
    open_database(looked.settings.database)
    path.chmod(0o444)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setattr("getpass.getuser", lambda: "mailfiler")
    (found,) = check_database(looked)
    assert found.remedy == f"chown mailfiler {path}, or DATABASE_URL=sqlite:////PATH/mailfiler.db elsewhere"


@pytest.mark.parametrize(("kind", "told"), [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("ext4", False)])
def test_a_sqlite_file_in_a_network_file_system_is_told(look, monkeypatch, kind, told):
    monkeypatch.setattr(module, "file_system_of", lambda _path: kind)
    doubts = [one for one in check_database(look()) if one.remedy]
    assert [one.sentence.endswith("where SQLite may lose what it wrote") for one in doubts] == [True] * told
