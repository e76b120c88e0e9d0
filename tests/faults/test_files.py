"""Stored files that are lost are named, and put again by the next copy; files without a row alone are swept."""

from __future__ import annotations

import os
import time
from hashlib import sha256

import pytest
from click.testing import CliRunner

from poller.cli import main
from poller.errors import Transient
from poller.filing.reasons import Outcome
from poller.storage.files import path_in
from poller.storage.ledger import Ledger
from tests.faults.ending import FILED, letter, opened
from tests.workplace import mail

PLAN = b"the plan" * 1_000
A_DAY = 24 * 60 * 60


def path_of(place, octets):
    return path_in(place.folder / "files", sha256(octets).hexdigest())


def told(place, *words, status):
    ended = CliRunner().invoke(main, ["--settings", str(place.folder / "settings.env"), *words])
    assert ended.exit_code == status, ended.output
    return ended.output


def delivered(place, source):
    """What lies in the mailbox is what was delivered, so that its hash is that of the kept source."""
    place.user.deliver(source)
    return source


@pytest.mark.parametrize("when", ["before the commit", "afterwards"])
def test_f56_an_attachment_that_is_lost_is_named_and_put_again_by_the_next_copy(place, monkeypatch, when):
    commit = Ledger.commit

    def losing(*args, **keys):
        path_of(place, PLAN).unlink()
        return commit(*args, **keys)

    place.user.deliver(letter(1, PLAN))
    with opened(place) as worker, monkeypatch.context() as patched:
        if when == "before the commit":
            patched.setattr(Ledger, "commit", losing)
        assert worker.poll_until_empty() == FILED
    path_of(place, PLAN).unlink(missing_ok=True)
    digest = sha256(PLAN).hexdigest()
    assert digest in told(place, "file", digest, "--output", "-", status=65)
    assert digest in told(place, "reconcile", "--json", status=1)
    place.user.deliver(letter(2, PLAN))
    with opened(place) as worker:
        assert worker.poll_until_empty() == FILED
    assert path_of(place, PLAN).read_bytes() == PLAN
    told(place, "reconcile", status=0)


def test_f56_a_kept_source_that_is_lost_is_named_and_put_again_by_the_next_copy(place):
    source = delivered(place, mail(1, to="9999.mycompany@in.example.com"))
    with opened(place) as worker:
        assert worker.poll_until_empty() == {Outcome.REJECTED: 1}
    path_of(place, source).unlink()
    assert sha256(source).hexdigest() in told(place, "reconcile", "--json", status=1)
    told(place, "retry", "1", status=65)
    delivered(place, source)
    with opened(place) as worker:
        worker.poll_until_empty()
    assert path_of(place, source).read_bytes() == source
    told(place, "reconcile", status=0)


def test_f56_a_source_that_is_lost_before_the_commit_is_fetched_again(place, monkeypatch):
    """Whatever keeps the commit from being the next poll finds the message in the mailbox."""
    commit = Ledger.commit

    def losing(*_args, **_keys):
        path_of(place, source).unlink()
        raise Transient("database: it is gone")

    source = delivered(place, mail(1))
    with opened(place) as worker:
        monkeypatch.setattr(Ledger, "commit", losing)
        with pytest.raises(Transient):
            worker.poll()
        monkeypatch.setattr(Ledger, "commit", commit)
        assert worker.poll() == FILED
    assert path_of(place, source).read_bytes() == source
    told(place, "reconcile", status=0)


def test_f56_a_file_of_half_a_message_is_put_again(place):
    """A name that a power failure left without its octets."""
    path_of(place, PLAN).parent.mkdir(parents=True)
    path_of(place, PLAN).write_bytes(PLAN[:10])
    place.user.deliver(letter(1, PLAN))
    with opened(place) as worker:
        assert worker.poll() == FILED
    assert path_of(place, PLAN).read_bytes() == PLAN


def test_f56_files_that_nothing_refers_to_are_swept_after_a_day_and_no_others(place):
    place.user.deliver(letter(1, PLAN))
    with opened(place) as worker:
        worker.poll_until_empty()
    old, young = path_of(place, b"old"), path_of(place, b"young")
    for path, octets in ((old, b"old"), (young, b"young")):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(octets)
    before = time.time() - 2 * A_DAY
    stored = set((place.folder / "files").glob("??/*"))
    for path in stored - {young}:
        os.utime(path, (before, before))
    os.utime(place.folder / "files" / "owner", (before, before))
    with opened(place) as worker:
        worker.poll_until_empty()
    assert set((place.folder / "files").glob("??/*")) == stored - {old}
    told(place, "reconcile", status=0)
