"""`mailfiler authorize`: of a settings file that is not complete yet."""

from __future__ import annotations

import threading
import urllib.request

import pytest
from click.testing import CliRunner

from poller.cli import main
from poller.commands import authorizing
from poller.settings.oauth import authorization_settings
from tests.servers.tokens import TokenServer


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.env"


def write(path, tokens, **keys):
    usual = {"OAUTH2_TOKEN_URL": tokens.url, "OAUTH2_CLIENT_ID": "app", "OAUTH2_SCOPE": "mail"}
    path.write_text("".join(f"{key}={value}\n" for key, value in (usual | keys).items()))


def authorize(path, *words):
    return CliRunner().invoke(main, ["authorize", *words, "--settings", str(path)])


def test_the_token_goes_into_its_file_for_its_owner_alone(path):
    with TokenServer() as tokens:
        write(path, tokens, OAUTH2_REFRESH_TOKEN_FILE="refresh-token")
        ended = authorize(path, "--device")
    assert ended.exit_code == 0, ended.output
    file = path.with_name("refresh-token")
    assert file.read_text() == "refresh-1\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "refresh-1" not in ended.output
    assert [one.name for one in path.parent.iterdir() if one.name.startswith(".")] == []


@pytest.mark.parametrize(("before", "after"), [(0o600, 0o600), (0o640, 0o640), (0o644, 0o640)])
def test_an_older_one_is_replaced_for_those_who_could_read_it(path, before, after):
    file = path.with_name("refresh-token")
    file.write_text("old\n")
    file.chmod(before)
    with TokenServer() as tokens:
        write(path, tokens, OAUTH2_REFRESH_TOKEN_FILE="refresh-token")
        authorize(path, "--device")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("refresh-1\n", after)


def test_without_a_file_the_line_for_the_settings_is_printed(path, monkeypatch):
    opened = []

    def visit(words):
        opened.append(threading.Thread(target=lambda: urllib.request.urlopen(words.split()[-1]).close()))
        opened[0].start()

    monkeypatch.setattr(authorizing, "_show", visit)
    with TokenServer() as tokens:
        write(path, tokens)
        ended = authorize(path)
        opened[0].join()
    assert ended.stdout.strip() == "OAUTH2_REFRESH_TOKEN=refresh-1"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"OAUTH2_TOKEN_URL": ""}, "OAUTH2_TOKEN_URL is missing"),
        ({"OAUTH2_TOKEN_URL": "http://login.example.com/token"}, "OAUTH2_TOKEN_URL is not an https:// address"),
        ({"OAUTH2_CLIENT_ID": ""}, "OAUTH2_CLIENT_ID is missing"),
        ({"OAUTH2_SCOPE": ""}, "OAUTH2_SCOPE is missing"),
        ({"OAUTH2_REFRESH_TOKEN_FILE": "nowhere/token"}, "OAUTH2_REFRESH_TOKEN_FILE: nothing can be written in "),
        ({"OAUTH2_CLIENT_SECRET_FILE": "none"}, "OAUTH2_CLIENT_SECRET_FILE names a file that cannot be read"),
    ],
)
def test_what_is_missing_is_a_sentence(path, keys, words):
    with TokenServer() as tokens:
        write(path, tokens, **keys)
        ended = authorize(path, "--device")
    assert ended.exit_code == 78
    assert words in ended.output
    assert ended.output.count("\n") == 1


def test_of_google_the_endpoint_is_known(path):
    path.write_text("MAIL_PROVIDER=gmail\nOAUTH2_CLIENT_ID=app\nOAUTH2_SCOPE=https://mail.google.com/\n")
    assert authorization_settings(path, {}).oauth.token_url == "https://oauth2.googleapis.com/token"
