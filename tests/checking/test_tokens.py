"""Where access tokens are the login: whether they are given, and what to do where they are not."""

from __future__ import annotations

import pytest

from tests.servers.tokens import TokenServer


@pytest.fixture
def tokens():
    with TokenServer() as server:
        yield server


def lines_of(company, tokens, **keys):
    company.keys.update(
        OAUTH2_TOKEN_URL=tokens.url,
        OAUTH2_CLIENT_ID="mailfiler",
        SMTP_USERNAME="notices@acme.fi",
        **{"OAUTH2_CLIENT_SECRET": "secret"} | keys,
    )
    company.smtp.extensions = (*company.smtp.extensions, "AUTH XOAUTH2")
    company.write()
    ended = company.check()
    assert "Traceback" not in ended.all
    said = ended.out.replace("\n  → ", " → ").splitlines()
    return [line for line in said if line[2:].startswith(("OAuth 2.0:", "notices:"))]


@pytest.mark.parametrize(
    ("keys", "by"),
    [({}, "client credentials"), ({"OAUTH2_REFRESH_TOKEN": "refresh"}, "a refresh token")],
    ids=["client-credentials", "refresh-token"],
)
def test_a_token_that_is_given_is_well(company, tokens, keys, by):
    told = lines_of(company, tokens, **keys)
    assert told[0] == f"✓ OAuth 2.0: {tokens.url} gives access tokens by {by}"
    assert told[1].startswith("✓ notices: notices@acme.fi may log in to localhost:")
    assert len(tokens.asked) == 1


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("invalid_grant", "mailfiler authorize, which writes {folder}/refresh"),
        ("invalid_client", "OAUTH2_CLIENT_ID=… and the first line of {folder}/secret as the provider shows them"),
    ],
)
def test_a_secret_in_a_file_is_to_be_changed_there(company, tokens, code, remedy):
    folder = company.place.folder
    for name in ("refresh", "secret"):
        (folder / name).write_text(name)
        (folder / name).chmod(0o600)
    tokens.status, tokens.answer = 400, f'{{"error": "{code}"}}'.encode()
    files = {"OAUTH2_REFRESH_TOKEN_FILE": "refresh", "OAUTH2_CLIENT_SECRET_FILE": "secret"}
    told = lines_of(company, tokens, OAUTH2_CLIENT_SECRET="", **files)
    assert told[0].endswith(f" → {remedy.format(folder=folder)}")


def test_a_token_that_the_database_is_wanted_for_is_the_databases_affair(company, tokens):
    company.keys["DATABASE_URL"] = "postgresql://x:y@127.0.0.1:1/z"
    told = lines_of(company, tokens, OAUTH2_REFRESH_TOKEN="refresh")
    assert told[0].startswith("✗ OAuth 2.0: database: ")
    assert told[0].endswith(" → see database above: the newest refresh token is kept there")
    assert told[1].endswith(" → see OAuth 2.0 above")
    assert tokens.asked == []


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (400, "invalid_grant", "mailfiler authorize, and OAUTH2_REFRESH_TOKEN=… with what it prints"),
        (401, "invalid_client", "OAUTH2_CLIENT_ID=… and OAUTH2_CLIENT_SECRET=… as the provider shows them"),
        (400, "invalid_scope", "OAUTH2_SCOPE=… as the provider documents it"),
        (404, "", "OAUTH2_TOKEN_URL=… as the provider documents it"),
    ],
)
def test_a_token_that_is_refused_is_told_with_the_line_to_set(company, tokens, status, code, remedy):
    tokens.status, tokens.answer = status, f'{{"error": "{code}"}}'.encode() if code else b"not found"
    told = lines_of(company, tokens, OAUTH2_REFRESH_TOKEN="refresh")
    assert told[0].startswith("✗ OAuth 2.0: OAUTH2_TOKEN_URL: ")
    assert told[0].endswith(f" → {remedy}")
    assert told[1].startswith("✗ notices: ")
    assert told[1].endswith(" → see OAuth 2.0 above")


def test_before_the_first_run_a_database_is_made_to_keep_the_newest_refresh_token(company, tokens):
    (company.place.folder / "mailfiler.db").unlink()
    told = lines_of(company, tokens, OAUTH2_REFRESH_TOKEN="refresh")
    assert told[0] == f"✓ OAuth 2.0: {tokens.url} gives access tokens by a refresh token"
    assert (company.place.folder / "mailfiler.db").exists()


def test_a_provider_that_gives_none_is_asked_once(company, tokens):
    tokens.status, tokens.answer = 503, b"away"
    told = lines_of(company, tokens, IMAP_PASSWORD="")
    assert told[1].endswith("gives no access token now: 503 → see OAuth 2.0 above")
    assert len(tokens.asked) == 1
