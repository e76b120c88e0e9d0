"""The database, looked at from outside."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from poller.errors import ConfigurationError, Transient
from poller.settings import DatabaseSettings
from poller.storage.condition import Schema, is_writable, look_into
from poller.storage.database import open_database


@pytest.fixture
def sqlite(tmp_path):
    settings = DatabaseSettings(path=tmp_path / "data" / "mailfiler.db", url=None)
    open_database(settings)
    return settings


def test_a_database_with_the_newest_tables_is_well(database_settings):
    found = look_into(database_settings)
    assert (found.schema, found.why_not_writable) == (Schema.NEWEST, "")
    if database_settings.url:
        assert int(found.version.partition(".")[0]) >= 14
        assert abs(found.clock - datetime.now(UTC)) < timedelta(minutes=1)
    else:
        assert (found.version, found.clock) == ("", None)


def test_a_file_that_is_missing_stays_missing(tmp_path):
    settings = DatabaseSettings(path=tmp_path / "mailfiler.db", url=None)
    assert look_into(settings).schema is Schema.MISSING
    assert list(tmp_path.iterdir()) == []


def test_an_older_database_is_told_apart_from_a_newer_one(database_kind, request, tmp_path):
    url = request.getfixturevalue("postgresql_url") if database_kind == "postgresql" else None
    settings = DatabaseSettings(path=None if url else tmp_path / "mailfiler.db", url=url)
    database = open_database(settings)
    with database.connection_context():
        ((newest,),) = database.execute_sql("SELECT max(name) FROM schema_migration").fetchall()
        database.execute_sql(f"UPDATE schema_migration SET name = '0000_{newest}' WHERE name = '{newest}'")
    with pytest.raises(ConfigurationError, match="was made by a newer mailfiler: it has 0000_"):
        look_into(settings)
    with database.connection_context():
        database.execute_sql(f"DELETE FROM schema_migration WHERE name = '0000_{newest}'")
    assert look_into(settings).schema is Schema.OLDER


@pytest.mark.parametrize(
    ("what", "mode", "told"),
    [
        ("mailfiler.db", 0o444, "cannot be written (mode 0444)"),
        ("", 0o555, "lies in a folder that cannot be written (mode 0555)"),
    ],
)
def test_a_file_or_folder_without_the_right_is_told_even_to_root(sqlite, what, mode, told):
    place = sqlite.path.parent / what
    place.chmod(mode)
    assert not is_writable(place)
    assert look_into(sqlite).why_not_writable == told


def test_a_file_system_that_is_read_only_is_told(sqlite, monkeypatch):
    class Disk:
        f_flag = os.ST_RDONLY

    monkeypatch.setattr(os, "statvfs", lambda _path: Disk)
    assert look_into(sqlite).why_not_writable == "lies in a file system that is mounted read-only"


def test_tables_that_this_user_may_not_write_are_named(postgresql, postgresql_url):
    postgresql.admin("CREATE ROLE looking LOGIN PASSWORD 'x'")
    database = postgresql_url.rpartition("/")[2].partition("?")[0]
    postgresql.admin("GRANT SELECT ON ALL TABLES IN SCHEMA public TO looking", database)
    url = postgresql.url(database, "looking", "x")
    assert (
        "does not let this user write organization" in look_into(DatabaseSettings(path=None, url=url)).why_not_writable
    )


def test_a_database_that_was_made_read_only_is_told(postgresql, postgresql_url):
    database = postgresql_url.rpartition("/")[2].partition("?")[0]
    postgresql.admin(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    why = look_into(DatabaseSettings(path=None, url=postgresql_url)).why_not_writable
    assert why.startswith("takes no connection that may write (database: ")
    assert "read-only" in why


def test_a_server_that_is_away_is_out_of_reach():
    with pytest.raises(Transient):
        look_into(DatabaseSettings(path=None, url="postgresql://anna@127.0.0.1:1/mail"))
