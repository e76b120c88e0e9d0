"""A disk that is full, or fails: nothing is stored by halves, and when it is mended all is filed by itself."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

import poller
from models import base
from models.inbound import Delivery
from poller.errors import ConfigurationError, Transient
from poller.mailbox.inbox import Inbox
from poller.storage.database import connected
from poller.storage.files import FileStore
from tests.faults.ending import FILED, assert_all_filed, letter, opened
from tests.patience import PATIENCE
from tests.workplace import mail

TIMES = 5  # more often than a message may fail


def fails_and_then_files(worker, place, failing, error, said):
    """The same fault again and again; then the mail is filed, and no attempt had counted."""
    with failing:
        for _ in range(TIMES):
            with pytest.raises(error, match=said):
                worker.poll_until_empty()
    assert place.user.count() == 1
    assert worker.poll() == FILED
    with connected():
        assert [one.attempts for one in Delivery.select()] == [1]
    assert_all_filed(place, [1])
    assert not list((place.folder / "files" / "incoming").glob("*/*"))


def assert_stored(place, octets):
    digest = sha256(octets).hexdigest()
    assert (place.folder / "files" / digest[:2] / digest[2:]).read_bytes() == octets


@contextmanager
def no_file_larger_than(octets):
    """The file system takes so many octets in a file, and answers the next one with EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def failing(monkeypatch, owner, name, when, number):
    """A call of the system's that fails with that number where `when` holds."""
    real = getattr(owner, name)

    def fails(*args, **keys):
        if when(*args):
            raise OSError(number, os.strerror(number))
        return real(*args, **keys)

    @contextmanager
    def patching():
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, fails)
            yield

    return patching()


def test_f53_where_there_is_too_little_space_nothing_is_fetched_and_filing_resumes_by_itself(place, monkeypatch):
    fetch, fetched = Inbox.fetch, []
    monkeypatch.setattr(Inbox, "fetch", lambda *args: fetched.append(args) or fetch(*args))
    place.user.deliver(mail(1))
    full = SimpleNamespace(f_bavail=1, f_frsize=4096, f_favail=1, f_files=1)
    with opened(place) as worker:
        with monkeypatch.context() as patched:
            patched.setattr(os, "statvfs", lambda _: full)
            for _ in range(TIMES):
                with pytest.raises(Transient, match="is almost full, so that nothing is fetched"):
                    worker.poll_until_empty()
        assert (fetched, place.user.count()) == ([], 1)
        assert worker.poll() == FILED
    assert_all_filed(place, [1])


@pytest.mark.parametrize("size", [600_000, 1_500_000], ids=["in memory", "spooled"])
def test_f53_a_disk_that_fills_up_while_files_are_written(place, size):
    plan = os.urandom(size)
    place.user.deliver(letter(1, plan))
    with opened(place) as worker:
        limit = no_file_larger_than(500_000)
        fails_and_then_files(worker, place, limit, Transient, r"File too large\); free some space")
    assert_stored(place, plan)


def is_folder(handle):
    return stat.S_ISDIR(os.fstat(handle).st_mode)


def is_stored(path, *_):
    """A file or folder of the store."""
    return "files" in Path(path).parts


@pytest.mark.parametrize("size", [1_000, 1_500_000], ids=["small", "spooled"])
@pytest.mark.parametrize(
    ("call", "when", "number"),
    [
        ((os, "fsync"), lambda handle: not is_folder(handle), errno.ENOSPC),
        ((os, "fsync"), is_folder, errno.EIO),
        ((Path, "replace"), is_stored, errno.EIO),
        ((Path, "mkdir"), is_stored, errno.ENOSPC),
    ],
    ids=["fsync of a file", "fsync of a folder", "rename", "mkdir"],
)
def test_f53_a_disk_that_fails_at_any_step_of_putting_a_file(on_sqlite, monkeypatch, call, when, number, size):
    place, plan = on_sqlite, os.urandom(size)
    place.user.deliver(letter(1, plan))
    with opened(place) as worker:
        fault = failing(monkeypatch, *call, when, number)
        said = rf"cannot store files \({os.strerror(number)}\)"
        fails_and_then_files(worker, place, fault, Transient, said)
    assert_stored(place, plan)


def test_f53_a_disk_that_takes_the_source_and_not_the_attachment_gives_the_attempt_back(place, monkeypatch):
    plan = os.urandom(1_000)
    place.user.deliver(letter(1, plan))
    with opened(place) as worker:
        path = place.folder / "files" / sha256(plan).hexdigest()[:2]
        fault = failing(monkeypatch, Path, "replace", lambda _, to: to.parent == path, errno.ENOSPC)
        fails_and_then_files(worker, place, fault, Transient, r"cannot store files \(No space left on device\)")
    assert_stored(place, plan)


@contextmanager
def no_more_pages():
    """SQLite's file may not grow."""
    database = base.database.obj
    with database.connection_context():
        count = database.pragma("page_count")
    database.pragma("max_page_count", count, permanent=True)
    database.close()
    try:
        yield
    finally:
        database.pragma("max_page_count", 1 << 30, permanent=True)
        database.close()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (no_more_pages, "^database: database or disk is full"),
        (lambda: no_file_larger_than(8_000), "^database: disk I/O error"),  # the log takes a page, and no second one
    ],
    ids=["file", "log"],
)
def test_f54_a_database_whose_disk_is_full(on_sqlite, fault, said):
    place = on_sqlite
    place.user.deliver(mail(1) + b" It is long." * 5_000)
    with opened(place, KEEP_SOURCE="false") as worker:
        fails_and_then_files(worker, place, fault(), Transient, said)


RAISING = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'it failed' USING ERRCODE = '{code}'; END $$;
CREATE TRIGGER fails BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION fail();
"""


@pytest.mark.parametrize(
    ("table", "code", "error", "said"),
    [
        ("activity", "53100", Transient, "disk is full"),
        ("delivery", "53100", Transient, "disk is full"),
        ("activity", "53200", Transient, "it failed"),  # out of memory
        ("activity", "58030", Transient, "it failed"),  # input or output error
        ("activity", "57014", Transient, "it failed"),  # statement timeout
        ("activity", "XX001", ConfigurationError, "damaged"),
        ("delivery", "42501", ConfigurationError, "make that user its owner"),
    ],
)
def test_f54_what_a_server_that_is_in_trouble_answers(on_postgresql, table, code, error, said):
    @contextmanager
    def raising():
        with psycopg.connect(place.database_url, autocommit=True) as other:
            other.execute(RAISING.format(code=code, table=table).encode())
            yield
            other.execute("DROP FUNCTION fail() CASCADE")

    place = on_postgresql
    place.user.deliver(mail(1))
    with opened(place) as worker:
        fails_and_then_files(worker, place, raising(), error, said)


def test_f55_a_log_that_takes_no_more_keeps_no_mail_from_filing(place):
    place.user.deliver(mail(1))
    settings = place.write_settings()
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "poller", "--settings", settings, "once"],
            cwd=Path(poller.__file__).parents[1],
            stdout=full,
            stderr=full,
            timeout=PATIENCE,
            check=False,
        )
    assert ended.returncode == 0
    assert_all_filed(place, [1])


def test_f55_the_folder_for_files_disappears_and_comes_back(on_sqlite):
    place, plan = on_sqlite, os.urandom(1_500_000)
    place.user.deliver(letter(1, plan))
    files = place.folder / "files"

    @contextmanager
    def away():
        files.rename(place.folder / "away")
        yield
        (place.folder / "away").rename(files)

    with opened(place) as worker:
        fails_and_then_files(worker, place, away(), Transient, "files.*No such file or directory")
    assert_stored(place, plan)
    assert FileStore(files).path_of(sha256(plan).hexdigest()).exists()
