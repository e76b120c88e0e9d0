"""What is asked for, and what a provider's answers mean, in words that name no secret."""

from __future__ import annotations

import json

import pytest

from poller.errors import ConfigurationError, Transient
from poller.oauth2.provider import Proof, RefusedGrantError, by_client_credentials, by_code, by_refresh_token

TOKEN = {"access_token": "t", "token_type": "Bearer"}
AS_APPLICATION = {"client_id": "app", "client_secret": "s3cret"}


def error(code, description=""):
    return json.dumps({"error": code, "error_description": description}).encode()


def test_what_is_asked_for(server, oauth):
    settings, proof = oauth(server), Proof.make()
    by_refresh_token(settings, "a refresh+token")
    by_client_credentials(settings)
    with pytest.raises(RefusedGrantError):
        by_code(settings, "wrong", "http://127.0.0.1:1", proof)
    assert server.asked == [
        AS_APPLICATION | {"grant_type": "refresh_token", "refresh_token": "a refresh+token", "scope": "mail"},
        AS_APPLICATION | {"grant_type": "client_credentials", "scope": "mail"},
        AS_APPLICATION
        | {
            "grant_type": "authorization_code",
            "code": "wrong",
            "redirect_uri": "http://127.0.0.1:1",
            "code_verifier": proof.verifier,
        },
    ]


def test_a_public_application_has_no_secret_to_send(server, oauth):
    by_refresh_token(oauth(server, client_secret="", scope=""), "refresh")
    assert server.asked == [{"grant_type": "refresh_token", "client_id": "app", "refresh_token": "refresh"}]


@pytest.mark.parametrize(
    ("more", "seconds", "refresh"),
    [
        ({"expires_in": 3600}, 3600, "refresh"),
        ({"expires_in": "3599"}, 3599, "refresh"),
        ({"expires_in": -1}, 0, "refresh"),
        ({"expires_in": None, "scope": "other than what was asked for"}, 300, "refresh"),
        ({"refresh_token": "new"}, 300, "new"),
    ],
)
def test_what_is_granted(server, oauth, more, seconds, refresh):
    server.answer = json.dumps(TOKEN | more).encode()
    granted = by_refresh_token(oauth(server), "refresh")
    assert (granted.access_token, granted.seconds, granted.refresh_token) == ("t", seconds, refresh)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense",
        b"<html>sign in to the Wi-Fi",
        b"[]",
        b"null",
        b"{}",
        b"[" * 50_000,
        b'{"access_token": 5}',
        b'{"access_token": ""}',
        b'{"access_token": "a\\r\\nb"}',
        b'{"access_token": "t", "expires_in": "soon"}',
        b'{"access_token": "t", "expires_in": 1e999}',
        b'{"access_token": "t", "refresh_token": ["r"]}',
    ],
)
def test_what_is_no_answer_is_later(server, oauth, answer):
    server.answer = answer
    with pytest.raises(Transient, match="gives no access token now: it answered without an access token"):
        by_refresh_token(oauth(server), "refresh")


@pytest.mark.parametrize(
    ("status", "answer", "kind", "words"),
    [
        (400, error("invalid_grant"), RefusedGrantError, "400 invalid_grant. The refresh token has expired, was repl"),
        (200, error("invalid_grant"), RefusedGrantError, "200 invalid_grant. The refresh token"),
        (401, error("invalid_client"), ConfigurationError, "401 invalid_client. Check OAUTH2_CLIENT_ID and OAUTH2_CL"),
        (400, error("unauthorized_client"), ConfigurationError, "what the application may do at the provider"),
        (400, error("invalid_scope"), ConfigurationError, "Check OAUTH2_SCOPE"),
        (400, error("interaction_required"), ConfigurationError, "interaction_required. Check the keys OAUTH2_…"),
        (400, b"nonsense", ConfigurationError, "refused to give an access token: 400. Check the keys"),
        (404, b"", ConfigurationError, "404"),
        (307, b"", ConfigurationError, "is not the token endpoint: it leads elsewhere (307)"),
        (400, error("temporarily_unavailable"), Transient, "now: 400 temporarily_unavailable"),
        (408, b"", Transient, "gives no access token now: 408"),
        (429, error("too_many_requests"), Transient, "gives no access token now: 429 too_many_requests"),
        (500, error("invalid_grant"), Transient, "gives no access token now: 500 invalid_grant"),
        (503, b"busy", Transient, "gives no access token now: 503"),
    ],
)
def test_why_there_is_none(server, oauth, status, answer, kind, words):
    server.status, server.answer = status, answer
    with pytest.raises(kind) as raised:
        by_refresh_token(oauth(server), "refresh")
    assert words in str(raised.value)
    assert server.url in str(raised.value)


def test_a_providers_own_words_are_told_in_one_line_without_secrets(server, oauth):
    told = (
        "AADSTS700082: The token refresh-me of s3cret\x07 has\r\nexpired. Trace ID: 1-2\r\nTimestamp: now" + "x" * 900
    )
    server.status, server.answer = 400, error("invalid_grant", told)
    with pytest.raises(RefusedGrantError) as raised:
        by_refresh_token(oauth(server), "refresh-me")
    assert "400 invalid_grant (AADSTS700082: The token … of … has expired). The" in str(raised.value)


def test_what_a_provider_says_is_bounded(server, oauth):
    server.status, server.answer = 400, error("x" * 5000, "y" * 5000)
    with pytest.raises(ConfigurationError) as raised:
        by_refresh_token(oauth(server), "refresh")
    assert len(str(raised.value)) < 1000
