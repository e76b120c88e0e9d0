"""What is said of the folders that are written to."""

from __future__ import annotations

import os

import pytest

from poller.checking import files
from poller.checking.files import check_files
from tests.checking.test_recipients import checked


def lines(looked):
    return [(one.ok, one.sentence, one.remedy) for one in check_files(looked)]


def test_folders_with_room_are_well(tmp_path):
    assert [ok and not remedy for ok, _, remedy in lines(checked(tmp_path, []))] == [True, True]


def test_little_room_is_told_with_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "free_octets", lambda _folder: 700 << 20)
    ok, sentence, remedy = lines(checked(tmp_path, []))[0]
    assert ok
    assert sentence.endswith("can be written; its disk has 700 MB free")
    assert remedy == "free some space, or FILES_URL=…"


def test_a_file_where_a_folder_should_be_is_told(tmp_path):
    (tmp_path / "files").write_text("")
    assert lines(checked(tmp_path, []))[0] == (
        False, f"{tmp_path / 'files'} is not a folder", "FILES_URL=… with another place"
    )  # fmt: skip


def test_a_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    monkeypatch.setattr("getpass.getuser", lambda: "mailfiler")
    ok, sentence, remedy = lines(checked(tmp_path, []))[0]
    assert (ok, sentence) == (False, f"nothing can be written in {tmp_path}")
    assert remedy == f"chown mailfiler {tmp_path}, or FILES_URL=…"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_folder_of_another_users_is_told(tmp_path):
    (tmp_path / "files").mkdir()
    os.chown(tmp_path / "files", 12345, -1)
    ok, sentence, _ = lines(checked(tmp_path, []))[1]
    assert (ok, sentence) == (True, f"{tmp_path / 'files'} belongs to another user (uid 12345)")
