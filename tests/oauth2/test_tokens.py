"""Access tokens: fetched once, kept until they end, and refused in words that name no secret."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from poller.errors import ConfigurationError, Transient
from poller.oauth2 import Tokens
from poller.settings import OAuthSettings
from tests.servers.tokens import TokenServer


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as server:
        yield server


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def tokens(server: TokenServer, refresh: str = "refresh", clock: Clock | None = None) -> Tokens:
    settings = OAuthSettings(
        token_url=server.url, client_id="app", client_secret="s3cret", refresh_token=refresh, scope="mail"
    )
    return Tokens(settings, clock or Clock())


@pytest.mark.parametrize(
    ("refresh", "asked"),
    [
        ("refresh", {"grant_type": "refresh_token", "refresh_token": "refresh"}),
        ("", {"grant_type": "client_credentials"}),
    ],
)
def test_what_is_asked_for(server, refresh, asked):
    assert tokens(server, refresh).access_token() == "token-1"
    assert server.asked == [asked | {"client_id": "app", "client_secret": "s3cret", "scope": "mail"}]


def test_a_token_is_kept_until_shortly_before_its_end_or_until_it_is_forgotten(server):
    clock = Clock()
    source = tokens(server, clock=clock)
    assert [source.access_token() for _ in range(2)] == ["token-1", "token-1"]
    clock.now += 3541
    assert source.access_token() == "token-2"
    source.forget()
    assert source.access_token() == "token-3"


@pytest.mark.parametrize(
    ("status", "answer", "kind", "words"),
    [
        (400, b'{"error": "invalid_grant"}', ConfigurationError, "refused to give an access token: 400 invalid_grant"),
        (401, b"nonsense", ConfigurationError, "401"),
        (429, b"", Transient, "gives no access token now: 429"),
        (503, b"", Transient, "gives no access token now: 503"),
        (200, b"nonsense", Transient, "gives no access token now"),
        (200, b"[]", Transient, "answered without an access token"),
        (200, b"{}", Transient, "answered without an access token"),
    ],
)
def test_why_there_is_none(server, status, answer, kind, words):
    server.status, server.answer = status, answer
    with pytest.raises(kind, match=words) as caught:
        tokens(server).access_token()
    assert "s3cret" not in str(caught.value)


def test_nobody_there_is_later():
    with TokenServer() as gone:
        url = gone.url
    settings = OAuthSettings(token_url=url, client_id="a", client_secret="s", refresh_token="", scope="")
    with pytest.raises(Transient, match="gives no access token now"):
        Tokens(settings).access_token()
