from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from poller.settings import OAuthSettings
from tests.servers.tokens import TokenServer


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as server:
        yield server


@pytest.fixture
def oauth() -> Callable[..., OAuthSettings]:
    """How access tokens are got from that server."""

    def make(server: TokenServer, **keys: str) -> OAuthSettings:
        usual = {"client_id": "app", "client_secret": "s3cret", "refresh_token": "refresh", "scope": "mail"}
        return OAuthSettings(**({"token_url": server.url} | usual | keys))

    return make
