import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import archives
from tests.archives import MissingArchiveError, archive_file


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """A pip that has one archive to give, and counts how often it is asked."""
    content = tmp_path / "some-1.0" / "test" / "cases.txt"
    content.parent.mkdir(parents=True)
    content.write_text("one case")
    monkeypatch.setattr(archives, "_pins", lambda: {"some": "1.0"})
    asked = []

    def pip(folder):
        asked.append(folder)
        with tarfile.open(f"{folder}/some-1.0.tar.gz", "w:gz") as archive:
            archive.add(tmp_path / "some-1.0", "some-1.0")

    monkeypatch.setattr(archives, "_ask_pip", pip)
    return asked


@pytest.mark.parametrize(
    ("project", "path", "start"),
    [
        ("pyspf", "test/rfc7208-tests.yml", b"# This is the openspf.org test suite"),
        ("dkimpy", "dkim/tests/data/rfc6376.msg", b"From: Joe SixPack"),
        ("tnefparse", "tests/examples/one-file.tnef", b"\x78\x9f\x3e\x22"),
        ("publicsuffixlist", "publicsuffixlist/test_psl.txt", b"// Any copyright is dedicated"),
    ],
)
def test_the_archives_have_what_the_tests_need(project, path, start):
    assert archive_file(project, path).startswith(start)


def test_a_missing_archive_is_downloaded_once(tmp_path, offered):
    folder = tmp_path / "archives"
    with ThreadPoolExecutor() as several:
        for done in [several.submit(archives.download, folder) for _ in range(4)]:
            done.result()
    assert archive_file("some", "test/cases.txt", folder) == b"one case"
    assert len(offered) == 1
    assert not Path(offered[0]).exists()


def test_a_file_that_is_not_in_the_archive_is_an_error_in_words(tmp_path, offered):
    with pytest.raises(MissingArchiveError, match=r"some-1\.0\.tar\.gz has no file test/none\.txt"):
        archive_file("some", "test/none.txt", tmp_path)


def test_without_pip_or_network_the_error_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(MissingArchiveError, match=r"The tests need the archives of archives\.txt"):
        archive_file("pyspf", "setup.py", tmp_path)
