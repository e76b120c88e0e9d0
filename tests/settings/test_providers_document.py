"""Every settings file in docs/providers.md is complete, and means what is said beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from poller.settings import Provider, load_settings
from tests.servers.readme import pairs

TEXT = (Path(__file__).parents[2] / "docs" / "providers.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^##+ (?P<title>[^\n]*)$|^```env\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)


def examples():
    """Each settings file, by the heading that it stands under."""
    title = ""
    for found in SECTION.finditer(TEXT):
        title = found["title"] or title
        if found["lines"]:
            yield pytest.param(found["lines"], id=title)


def load(tmp_path, lines):
    for file in re.findall(r"_FILE=(.*)", lines):
        (tmp_path / file).write_text("s3cret\n")
    path = tmp_path / "settings.env"
    path.write_text(lines)
    return load_settings(path, {})


@pytest.mark.parametrize("lines", list(examples()))
def test_a_settings_file_is_complete(tmp_path, lines):
    settings = load(tmp_path, lines)
    by_token = "OAUTH2_CLIENT_ID" in pairs(lines)
    assert settings.auth.provider is not Provider.GENERIC
    for server in (settings.imap, settings.notices.smtp):
        assert server.host
        assert bool(server.oauth) is by_token
        assert server.password == ("" if by_token else "s3cret")
    assert settings.imap.oauth is settings.notices.smtp.oauth


def test_there_is_one_for_every_provider_that_is_walked_through():
    assert [one.id for one in examples()] == [
        "Postfix and Dovecot",
        "The settings",
        "By the application's own rights (client credentials)",
        "By a user's consent (refresh token)",
        "Fastmail",
    ]


def test_a_scope_of_several_words_is_read_whole(tmp_path):
    lines = next(one.values[0] for one in examples() if one.id.startswith("By a user"))
    oauth = load(tmp_path, lines).imap.oauth
    assert len(oauth.scope.split()) == 3
    assert (oauth.refresh_token, oauth.client_secret) == ("s3cret", "")
