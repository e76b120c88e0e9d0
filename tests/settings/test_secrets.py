"""The files that an administrator wrote, and which of them hold secrets."""

from __future__ import annotations

import pytest

from poller.settings.secrets import written_files


@pytest.fixture
def path(tmp_path):
    (tmp_path / "organizations").mkdir()
    (tmp_path / "organizations" / "globex.env").write_text("FILING_ADDRESS=globex@in.example.com\n")
    (tmp_path / "password").write_text("secret\n")
    return tmp_path / "settings.env"


def found(path, text, **environment):
    path.write_text(text)
    return {(one.path.name, one.key, one.secret) for one in written_files(path, environment)}


GLOBEX = ("globex.env", "", False)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("IMAP_USERNAME=anna\n", False),
        ("IMAP_PASSWORD=x\n", True),
        ("IMAP_PASSWORD=\n", False),
        ("SMTP_PASSWORD=x\n", True),
        ("OAUTH2_CLIENT_SECRET=x\n", True),
        ("OAUTH2_REFRESH_TOKEN=x\n", True),
        ("DATABASE_URL=postgresql://anna:x@localhost/m\n", True),
        ("DATABASE_URL=postgresql://anna@localhost/m\n", False),
        ("DATABASE_URL=sqlite:///mailfiler.db\n", False),
    ],
)
def test_a_settings_file_holds_a_secret_where_one_of_its_keys_does(path, text, secret):
    assert found(path, text) == {("settings.env", "", secret), GLOBEX}


def test_a_file_that_holds_a_secret_is_one_of_them(path):
    assert found(path, "IMAP_PASSWORD_FILE=password\n") == {
        ("settings.env", "", False),
        GLOBEX,
        ("password", "IMAP_PASSWORD_FILE", True),
    }


def test_the_environment_overrides_the_file(path):
    files = found(path, "IMAP_PASSWORD_FILE=gone\n", IMAP_PASSWORD_FILE="password")
    assert ("password", "IMAP_PASSWORD_FILE", True) in files
    assert len(found(path, "IMAP_PASSWORD_FILE=password\n", IMAP_PASSWORD="x")) == 2


def test_without_a_settings_file_only_what_the_environment_names_is_there(path):
    files = written_files(path, {"SMTP_PASSWORD_FILE": str(path.parent / "password")})
    assert [one.path.name for one in files] == ["globex.env", "password"]
