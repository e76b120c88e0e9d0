"""PostgreSQL as it is reached: which connections there are, and what is said where there are none."""

import threading

import peewee
import psycopg
import pytest

from models.inbound import Lease
from poller.errors import ConfigurationError, Transient
from poller.settings import DatabaseSettings
from poller.storage.database import connected, open_database, reading
from poller.storage.postgresql import postgresql as opened
from poller.storage.trouble import database_errors
from tests.servers.postgresql import PASSWORD
from tests.workplace import eventually


def open_url(url: str) -> peewee.Database:
    return open_database(DatabaseSettings(path=None, url=url))


@pytest.fixture
def url(postgresql) -> str:
    return postgresql.emptied()


def shown(database: peewee.Database, *names: str) -> list[str]:
    with database.connection_context():
        return [database.execute_sql(f"SHOW {name}").fetchone()[0] for name in names]


def test_a_connection_is_durable_waits_for_locks_and_notices_a_dead_end(url):
    names = ("synchronous_commit", "lock_timeout", "idle_session_timeout", "tcp_keepalives_idle", "tcp_user_timeout")
    assert shown(opened(url), *names) == ["on", "30s", "0", "30", "60000"]


def test_a_stronger_commit_is_left_alone(url):
    assert shown(opened(f"{url}?options=-c%20synchronous_commit%3Dremote_apply"), "synchronous_commit") == [
        "remote_apply"
    ]


def test_what_the_url_says_counts_more(url):
    database = opened(f"{url}?application_name=filing&options=-c%20search_path%3Dmine%20-c%20lock_timeout%3D5s")
    assert shown(database, "application_name", "search_path", "lock_timeout") == ["filing", "mine", "5s"]


def test_the_other_spelling_of_the_scheme_is_understood(url):
    assert shown(opened(url.replace("postgresql:", "postgres:")), "application_name") == ["mailfiler"]


def test_what_was_written_is_there_the_next_time(empty_postgresql_url):
    with open_url(empty_postgresql_url).connection_context():
        Lease.create(name="inbox", fence=7)
    database = open_url(empty_postgresql_url)
    assert database.is_closed()
    with database.connection_context():
        assert Lease.get(name="inbox").fence == 7


def test_a_connection_that_broke_ends_with_its_job(url, postgresql):
    database = open_url(url)

    def work():
        Lease.create(name="inbox")
        postgresql.admin("SELECT pg_terminate_backend(pid, 9000) FROM pg_stat_activity WHERE usename = 'mailfiler'")
        Lease.create(name="another")

    with pytest.raises(Transient, match="terminating connection"), connected(), database.atomic():
        work()
    assert database.is_closed()
    with connected():
        assert Lease.select().count() == 0


def test_reading_can_change_nothing(url):
    open_url(url)
    with pytest.raises(Transient, match="it can only be read now"), reading(DatabaseSettings(path=None, url=url)):
        Lease.create(name="another")


def test_reading_leaves_an_older_database_to_the_worker(empty_postgresql_url):
    settings = DatabaseSettings(path=None, url=empty_postgresql_url)
    with pytest.raises(ConfigurationError, match="which the next `mailfiler once` makes"), reading(settings):
        pass


def test_a_standby_is_waited_for_and_can_be_read(postgresql, postgresql_url):
    name = postgresql_url.rpartition("/")[2]
    postgresql.admin(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(Transient, match="session is read-only"):
        open_url(postgresql_url)
    with reading(DatabaseSettings(path=None, url=postgresql_url)) as is_there:
        assert is_there


def test_a_database_that_became_a_standby_meanwhile_is_waited_for(url):
    database = open_url(url)
    with connected():
        database.execute_sql("SET default_transaction_read_only = on")
        with pytest.raises(Transient, match="it can only be read now"), database_errors():
            Lease.create(name="inbox")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "not-it"}, "refuses the connection: check the user and the password"),
        ({"role": "stranger"}, "refuses the connection: check the user and the password"),
        ({"database": "nothing"}, "refuses the connection: check the names of the user and of the database"),
        ({"database": "test?sslmode=require"}, "refuses the connection: it has no TLS, and sslmode asks for it"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_connection_that_is_refused_is_for_the_administrator(postgresql, wrong, said):
    with pytest.raises(ConfigurationError) as refused:
        open_url(postgresql.url(**{"database": "postgres"} | wrong))
    assert said in str(refused.value)
    assert PASSWORD not in str(refused.value)
    assert "not-it" not in str(refused.value)


def test_a_role_that_may_make_no_tables_is_for_the_administrator(postgresql, empty_postgresql_url):
    postgresql.admin(f"ALTER DATABASE {empty_postgresql_url.rpartition('/')[2]} OWNER TO postgres")
    with pytest.raises(ConfigurationError, match="make that user its owner"):
        open_url(empty_postgresql_url)


def test_a_database_that_cannot_keep_every_letter_is_refused(postgresql):
    name = "narrow"
    postgresql.admin(f"CREATE DATABASE {name} OWNER mailfiler ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(ConfigurationError, match="is in LATIN1; make one with ENCODING 'UTF8'"):
        open_url(postgresql.url(name))
    postgresql.drop(postgresql.url(name))


def test_a_server_with_no_connection_left_is_waited_for(postgresql, postgresql_url):
    name = postgresql_url.rpartition("/")[2]
    postgresql.admin(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    with pytest.raises(Transient, match="too many connections for database"):
        open_url(postgresql_url)


def test_a_database_without_a_unique_index_is_refused(postgresql, postgresql_url):
    postgresql.admin("DROP INDEX lease_name", postgresql_url.rpartition("/")[2])
    with pytest.raises(ConfigurationError, match=r"^DATABASE_URL: the database lacks unique index lease\(name\)$"):
        open_url(postgresql_url)


def test_a_database_of_a_newer_program_is_refused(postgresql, postgresql_url):
    later = "INSERT INTO schema_migration (name, applied) VALUES ('0999_later', now())"
    postgresql.admin(later, postgresql_url.rpartition("/")[2])
    with pytest.raises(ConfigurationError, match="was made by a newer mailfiler"):
        open_url(postgresql_url)


def test_what_another_session_has_locked_is_later(url):
    database = open_url(url)
    with psycopg.connect(url) as other, connected():
        other.execute("LOCK TABLE lease")
        database.execute_sql("SET lock_timeout = '10ms'")
        with pytest.raises(Transient, match="lock timeout"), database_errors():
            Lease.create(name="inbox")


def test_of_two_that_wait_for_each_other_one_is_later(url, postgresql):
    """The server ends the one that looks first; a superuser may be told to take its time."""
    database, name = open_url(url), url.rpartition("/")[2]
    with connected():
        Lease.insert_many([{"name": "a"}, {"name": "b"}]).execute()
    with psycopg.connect(postgresql.superuser(name), options="-c deadlock_timeout=10min") as other, connected():
        other.execute("UPDATE lease SET fence = 1 WHERE name = 'b'")
        thread = threading.Thread(target=other.execute, args=("UPDATE lease SET fence = 1 WHERE name = 'a'",))

        def work():
            Lease.update(fence=2).where(Lease.name == "a").execute()
            thread.start()
            eventually(lambda: bool(postgresql.admin("SELECT 1 FROM pg_locks WHERE NOT granted")))
            Lease.update(fence=2).where(Lease.name == "b").execute()

        with pytest.raises(Transient, match="deadlock"), database_errors(), database.atomic():
            work()
        thread.join()


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        ("25006", Transient),
        ("40001", Transient),
        ("40P01", Transient),
        ("53100", Transient),
        ("53200", Transient),
        ("53300", Transient),
        ("55P03", Transient),
        ("57014", Transient),
        ("57P01", Transient),
        ("57P02", Transient),
        ("57P03", Transient),
        ("57P05", Transient),
        ("58030", Transient),
        ("08006", Transient),
        ("42501", ConfigurationError),
        ("XX001", ConfigurationError),
        ("XX002", ConfigurationError),
        ("22021", peewee.DataError),
        ("23505", peewee.IntegrityError),
        ("42601", peewee.ProgrammingError),
        ("XX000", peewee.InternalError),
    ],
)
def test_what_a_server_raises_is_later_or_misconfigured_or_a_bug(url, state, becomes):
    database = open_url(url)
    with pytest.raises(becomes), database.connection_context(), database_errors():
        database.execute_sql(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = 'said'; END $$")
