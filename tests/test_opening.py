"""What of an installation cannot be opened: a mistake in the settings, or a full disk."""

import os
from errno import EDQUOT, ENOSPC
from pathlib import Path

import pytest

from poller.errors import ConfigurationError, Transient
from poller.opening import open_files
from tests.workplace import Workplace


def test_the_folder_of_files_is_made(tmp_path):
    store = open_files(Workplace(folder=tmp_path).settings(FILES_URL="far/away"), "me@mail/INBOX")
    assert store.folder == tmp_path / "far" / "away"
    assert store.folder.is_dir()


def test_a_folder_that_cannot_be_made_is_a_mistake(tmp_path):
    (tmp_path / "taken").touch()
    settings = Workplace(folder=tmp_path).settings(FILES_URL="taken/files")
    with pytest.raises(ConfigurationError, match=r"FILES_URL: .*/taken/files cannot be made: Not a directory"):
        open_files(settings, "me@mail/INBOX")


@pytest.mark.parametrize("error", [ENOSPC, EDQUOT])
def test_one_that_a_full_disk_has_no_room_for_is_made_later(tmp_path, monkeypatch, error):
    def refuse(*_args, **_keys):
        raise OSError(error, os.strerror(error))

    settings = Workplace(folder=tmp_path).settings()
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(Transient, match=r"FILES_URL: .* cannot be made: "):
        open_files(settings, "me@mail/INBOX")
