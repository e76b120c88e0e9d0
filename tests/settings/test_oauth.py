"""Where access tokens come from, and when they are the login."""

from __future__ import annotations

import pytest

KEYS = {
    "SMTP_HOST": "smtp.example.com",
    "SMTP_USERNAME": "anna@acme.fi",
    "OAUTH2_TOKEN_URL": "https://login.example.com/token",
    "OAUTH2_CLIENT_ID": "app",
    "OAUTH2_REFRESH_TOKEN": "refresh",
}


@pytest.mark.parametrize(
    ("more", "by_token"),
    [
        ({}, True),
        ({"SMTP_PASSWORD": "geheim"}, False),
        ({"SMTP_USERNAME": ""}, False),
        ({"OAUTH2_TOKEN_URL": ""}, False),
    ],
)
def test_tokens_are_the_login_where_there_is_no_password(load, more, by_token):
    assert (load(KEYS | more).notices.smtp.oauth is not None) is by_token


@pytest.mark.parametrize(
    ("more", "by_token"),
    [
        ({}, False),
        ({"IMAP_PASSWORD": ""}, True),
        ({"IMAP_PASSWORD": "", "OAUTH2_REFRESH_TOKEN": "", "OAUTH2_CLIENT_SECRET": "s3cret"}, True),
    ],
)
def test_the_mailbox_too_is_logged_in_to_by_a_token_where_there_is_no_password(load, more, by_token):
    settings = load(KEYS | more)
    assert settings.imap.oauth == (settings.notices.smtp.oauth if by_token else None)
    assert settings.imap.password == ("" if by_token else "hunter2")


def test_the_token_endpoint_of_google_is_the_same_for_everybody(load):
    settings = load(KEYS | {"IMAP_PASSWORD": "", "OAUTH2_TOKEN_URL": "", "MAIL_PROVIDER": "gmail"})
    assert settings.imap.oauth.token_url == "https://oauth2.googleapis.com/token"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"OAUTH2_TOKEN_URL": "http://login.example.com"}, "OAUTH2_TOKEN_URL is not an https:// address"),
        ({"OAUTH2_CLIENT_ID": ""}, "OAUTH2_CLIENT_ID is missing"),
        ({"OAUTH2_REFRESH_TOKEN": ""}, "OAUTH2_REFRESH_TOKEN is missing, and so is OAUTH2_CLIENT_SECRET"),
        ({"IMAP_PASSWORD": "", "OAUTH2_TOKEN_URL": ""}, "OAUTH2_TOKEN_URL is missing: there is no IMAP_PASSWORD, but"),
        ({"IMAP_PASSWORD": "", "OAUTH2_CLIENT_ID": ""}, "OAUTH2_CLIENT_ID is missing"),
        ({"OAUTH2_REFRESH_TOKEN": "", "OAUTH2_REFRESH_TOKEN_FILE": "none"}, "names a file that cannot be read"),
    ],
)
def test_a_mistake_is_a_sentence(refused, more, words):
    assert [words in problem for problem in refused(KEYS | more)] == [True]
