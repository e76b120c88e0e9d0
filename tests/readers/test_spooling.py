from __future__ import annotations

import errno
import os
import pickle
from dataclasses import replace

import pytest

from poller.readers import spooling
from poller.readers.spooling import forget, spooled, with_spooled
from tests.readers.making import LOOKING, octets_of, unread, with_files
from tests.workplace import mail

FILES = (("a.bin", b"a" * 3_000_000), ("a.bin", b""), ("same.bin", b"a" * 3_000_000))


@pytest.fixture
def look():
    files = ((name, "application/octet-stream", octets) for name, octets in FILES)
    return LOOKING.look(unread(with_files(mail(1), *files)))


def attachments(look):
    return look.screened.message.attachments


def with_chunks(look, *chunks):
    files = tuple(replace(file, chunks=one) for file, one in zip(attachments(look), chunks, strict=True))
    return replace(look, screened=replace(look.screened, message=replace(look.screened.message, attachments=files)))


def test_attachments_are_in_files_that_can_be_handed_to_another_process(look, tmp_path):
    handed = pickle.loads(pickle.dumps(with_spooled(look, tmp_path)))
    assert [octets for _, octets in octets_of(handed)] == [octets for _, octets in FILES]
    assert [spooled(file).read_bytes() for file in attachments(handed)] == [octets for _, octets in FILES]
    assert [(file.name, file.size, file.sha256) for file in attachments(handed)] == [
        (file.name, file.size, file.sha256) for file in attachments(look)
    ]
    assert len(list(tmp_path.iterdir())) == 3


def test_they_are_nobodys_business_but_the_workers(look, tmp_path):
    with_spooled(look, tmp_path)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_what_is_not_taken_over_is_removed(look, tmp_path):
    files = attachments(with_spooled(look, tmp_path))
    spooled(files[0]).rename(tmp_path / "moved")
    forget(files)
    assert [path.name for path in tmp_path.iterdir()] == ["moved"]


def test_files_that_never_were_in_the_spool_are_left_alone(look):
    assert [spooled(file) for file in attachments(look)] == [None] * 3
    forget(attachments(look))


def test_what_is_screened_out_is_not_decoded(tmp_path):
    stray = with_files(mail(1, to="x@elsewhere.example"), ("a.bin", "application/pdf", b"octets"))
    kept = pickle.loads(pickle.dumps(with_spooled(LOOKING.look(unread(stray)), tmp_path)))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="not kept"):
        octets_of(kept)


def failing(error):
    yield b"some octets"
    raise error


@pytest.mark.parametrize("error", [OSError(errno.EIO, os.strerror(errno.EIO)), ZeroDivisionError("a bug")])
def test_whatever_goes_wrong_leaves_nothing(look, tmp_path, error):
    octets = [file.chunks for file in attachments(look)]
    with pytest.raises(type(error)):
        with_spooled(with_chunks(look, octets[0], lambda: failing(error), octets[2]), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(look, tmp_path, monkeypatch):
    made = spooling.tempfile.mkstemp

    def full(**named):
        handle, path = made(**named)
        os.close(handle)
        return os.open("/dev/full", os.O_WRONLY), path

    monkeypatch.setattr(spooling.tempfile, "mkstemp", full)
    with pytest.raises(OSError, match="No space left"):
        with_spooled(look, tmp_path)
    assert list(tmp_path.iterdir()) == []
