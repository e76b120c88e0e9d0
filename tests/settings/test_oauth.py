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
    ("more", "words"),
    [
        ({"OAUTH2_TOKEN_URL": "http://login.example.com"}, "OAUTH2_TOKEN_URL is not an https:// address"),
        ({"OAUTH2_CLIENT_ID": ""}, "OAUTH2_CLIENT_ID is missing"),
        ({"OAUTH2_REFRESH_TOKEN": ""}, "OAUTH2_REFRESH_TOKEN is missing, and so is OAUTH2_CLIENT_SECRET"),
    ],
)
def test_a_mistake_is_a_sentence(refused, more, words):
    assert [words in problem for problem in refused(KEYS | more)] == [True]
