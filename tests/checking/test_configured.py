"""Who may read what the administrator wrote."""

from __future__ import annotations

import os

import pytest

from poller.checking.configured import check_settings
from tests.checking.test_recipients import checked, organize


def doubts(tmp_path, **settings):
    looked = checked(tmp_path, [], **settings)
    looked.path.chmod(0o600)
    return [(one.sentence, one.remedy) for one in check_settings(looked) if one.remedy]


def test_files_that_are_ones_own_are_well(tmp_path):
    assert doubts(tmp_path) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o622])
def test_a_file_with_a_password_is_for_its_owner_alone(tmp_path, mode):
    secret = tmp_path / "password"
    secret.write_text("secret\n")
    secret.chmod(mode)
    ((sentence, remedy),) = doubts(tmp_path, IMAP_PASSWORD="", IMAP_PASSWORD_FILE="password")
    assert sentence == (
        f"{secret} (IMAP_PASSWORD_FILE) is open to other users of this machine (mode {mode:04o}), and holds a password"
    )
    assert remedy == f"chmod 600 {secret}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize(
    ("mode", "remedies"), [(0o640, []), (0o644, ["chmod 640 {}"]), (0o660, ["chmod 640 {}"]), (0o600, [])]
)
def test_another_owners_file_may_be_read_through_the_group(tmp_path, mode, remedies):
    secret = tmp_path / "password"
    secret.write_text("secret\n")
    os.chown(secret, 12345, -1)
    secret.chmod(mode)
    found = doubts(tmp_path, IMAP_PASSWORD="", IMAP_PASSWORD_FILE="password")
    assert [remedy for _, remedy in found] == [one.format(secret) for one in remedies]


@pytest.mark.parametrize(("mode", "told"), [(0o644, False), (0o664, True), (0o646, True)])
def test_a_file_without_a_password_is_for_others_to_read_and_not_to_change(tmp_path, mode, told):
    folder = tmp_path / "organizations"
    folder.mkdir()
    file = folder / "globex.env"
    file.write_text("FILING_ADDRESS=globex@in.example.com\nACTIVITY_TYPE=E-mail\nACTIVITY_STATUS=done\n")
    file.chmod(mode)
    sentence = f"{file} can be changed by other users of this machine (mode {mode:04o})"
    assert doubts(tmp_path) == ([(sentence, f"chmod go-w {file}")] if told else [])


def test_calendars_are_told_of_with_the_file_to_change(tmp_path):
    organize(tmp_path, globex="globex@in.example.com\nACTIVITY_TYPE_CALENDAR_SYNC=true")
    first, other = doubts(tmp_path, ACTIVITY_TYPE_CALENDAR_SYNC="true")
    assert first[1] == "ACTIVITY_TYPE_CALENDAR_SYNC=false, unless you want that of every e-mail"
    assert other[0] == "activities of type E-mail (globex@in.example.com) go to people's calendars"
    assert other[1].startswith("ACTIVITY_TYPE_CALENDAR_SYNC=false in organizations/globex.env, unless")


def test_each_organization_has_a_line(tmp_path):
    folder = tmp_path / "organizations"
    folder.mkdir()
    (folder / "globex.env").write_text(
        "FILING_ADDRESS=globex@in.example.com\nACTIVITY_TYPE=Mail\nACTIVITY_STATUS=open\n"
    )
    looked = checked(tmp_path, [])
    looked.path.chmod(0o600)
    said = [one.sentence for one in check_settings(looked)]
    assert said[0].endswith("is complete; mail is filed for mycompany@in.example.com, globex@in.example.com")
    assert "globex@in.example.com (organizations/globex.env): type Mail, status open" in said


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({"INTEGRATION_ENABLED": "false"}, "INTEGRATION_ENABLED=true"),
        ({"ACTIVITY_TYPE_CALENDAR_SYNC": "true"}, "ACTIVITY_TYPE_CALENDAR_SYNC=false, "),
    ],
)  # fmt: skip
def test_what_may_be_unintended_is_told(tmp_path, settings, remedy):
    ((_, said),) = doubts(tmp_path, **settings)
    assert said.startswith(remedy)
