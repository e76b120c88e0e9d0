"""An export without a manifest was broken off; what stands in the folder before is never touched."""

import pytest

from poller.exporting.folder import export_folder
from poller.exporting.stored import CannotExport, Report, Stored
from poller.storage.listing import ActivityFilter
from tests.storage.making import NOW, draft, file_draft, message, sha, user


@pytest.fixture
def wanted(organization, kind, database):
    """Three activities without sources or files."""
    anna = user(organization, "anna@acme.fi")
    with database.atomic():
        for name in "abc":
            file_draft(draft(anna, read=message(name)), kind, sha(name), NOW)
    return ActivityFilter(organization=organization)


def export(wanted, folder, progress=lambda _done, _total: None):
    stored = Stored(folder=folder / "files", report=Report())
    export_folder(wanted, stored, folder / "out", NOW, progress)
    return stored.report


def test_progress_counts_what_is_done_of_what_there_is(wanted, tmp_path):
    told = []
    assert export(wanted, tmp_path, lambda done, total: told.append((done, total))).activities == 3
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_export_that_was_broken_off_has_no_manifest_and_is_not_gone_on_with(wanted, tmp_path):
    def broken_off(done, _total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(wanted, tmp_path, broken_off)
    assert not (tmp_path / "out" / "manifest.json").exists()
    with pytest.raises(CannotExport, match="is there already"):
        export(wanted, tmp_path)
