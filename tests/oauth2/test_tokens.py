"""Access tokens: fetched once, kept until they end; the newest refresh token is never lost."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from functools import partial

import pytest

from poller.errors import ConfigurationError, Transient
from poller.oauth2 import Tokens, keep_with, tokens_for
from poller.oauth2.provider import RefusedGrantError
from poller.settings import OAuthSettings
from poller.storage.database import reading
from poller.storage.secrets import HeldSecret, hold_secret
from tests.servers.tokens import REFUSED, TokenServer


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def tokens(server: TokenServer, refresh: str = "refresh", clock: Clock | None = None, keeper=None) -> Tokens:
    settings = OAuthSettings(
        token_url=server.url, client_id="app", client_secret="s3cret", refresh_token=refresh, scope="mail"
    )
    return Tokens(settings, clock or Clock(), keeper)


@pytest.fixture
def keeper(database_settings):
    """Where processes keep what they must not lose: each Tokens with it is as one of them."""
    return partial(hold_secret, database_settings)


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


def test_a_token_of_a_short_life_is_used_for_half_of_it(server):
    server.seconds, clock = 10, Clock()
    source = tokens(server, clock=clock)
    assert source.access_token() == "token-1"
    clock.now += 4.9
    assert source.access_token() == "token-1"
    clock.now += 0.2
    assert source.access_token() == "token-2"


def test_who_forgets_an_old_token_does_not_forget_the_present_one(server):
    source = tokens(server)
    old = source.access_token()
    source.forget(old)
    assert source.access_token() == "token-2"
    source.forget(old)
    assert source.access_token() == "token-2"


def test_a_token_is_fresh_where_it_came_for_this_very_attempt_and_should_have_lasted(server):
    clock = Clock()
    source = tokens(server, clock=clock)
    old = source.access_token()
    assert source.forget(old)
    assert not source.forget(old)  # there is to be another one
    shared = {source.access_token() for _ in range(2)}
    assert not source.forget(*shared)
    ended = source.access_token()
    clock.now += 3541
    assert not source.forget(ended)


def test_after_a_refusal_there_is_another_unless_the_token_had_come_for_this_very_attempt(server):
    source = tokens(server)
    first = source.access_token()
    assert source.another(first) is None
    second = source.access_token()
    assert source.access_token() == second  # used before, so that it may have grown old
    assert source.another(second) == "token-3"


def test_after_a_refusal_a_token_that_another_thread_has_fetched_meanwhile_will_do(server):
    source = tokens(server)
    first = source.access_token()
    source.access_token()
    assert source.another(first) == "token-2"
    assert source.another(first) == "token-2"


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


def test_threads_that_want_a_token_at_once_get_the_same_one(server):
    source, found = tokens(server), []
    threads = [threading.Thread(target=lambda: found.append(source.access_token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["token-1"] * 8


def test_a_process_has_one_source_for_an_account(server, oauth):
    keep_with(None)
    settings = oauth(server)
    assert tokens_for(settings) is tokens_for(oauth(server))
    assert tokens_for(settings) is not tokens_for(oauth(server, client_id="other"))


def test_a_refresh_token_that_is_replaced_at_each_use_is_followed(server):
    server.rotates, clock = True, Clock()
    source = tokens(server, clock=clock)
    for _ in range(3):
        source.access_token()
        clock.now += 3600
    assert [form["refresh_token"] for form in server.asked] == ["refresh", "refresh-1", "refresh-2"]


def test_the_next_process_goes_on_with_the_newest_one(server, keeper):
    server.rotates = True
    for _ in range(3):
        source = tokens(server, keeper=keeper)
        source.forget(source.access_token())
        assert source.access_token() in server.given
    assert server.good == {"refresh-4"}


def test_an_access_token_that_is_still_good_is_taken_from_the_process_before(server, keeper):
    assert [tokens(server, keeper=keeper).access_token() for _ in range(3)] == ["token-1"] * 3
    assert len(server.asked) == 1


def test_one_that_came_from_another_process_and_is_refused_is_replaced_at_once(server, keeper):
    tokens(server, keeper=keeper).access_token()
    source = tokens(server, keeper=keeper)
    assert source.another(source.access_token()) == "token-2"


def test_one_that_has_ended_meanwhile_is_not_taken(server, keeper, monkeypatch):
    tokens(server, keeper=keeper).access_token()
    now = time.time()
    monkeypatch.setattr("poller.oauth2.tokens.time.time", lambda: now + 3541)
    assert tokens(server, keeper=keeper).access_token() == "token-2"


def test_another_one_in_the_settings_counts_at_once(server, keeper):
    server.rotates, server.good = True, {"refresh", "newly-configured"}
    tokens(server, keeper=keeper).access_token()
    tokens(server, refresh="newly-configured", keeper=keeper).access_token()
    assert [form["refresh_token"] for form in server.asked] == ["refresh", "newly-configured"]


def test_of_processes_that_begin_together_one_asks(server, keeper):
    server.rotates, found = True, []
    sources = [tokens(server, keeper=keeper) for _ in range(4)]
    threads = [threading.Thread(target=lambda one=one: found.append(one.access_token())) for one in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["token-1"] * 4
    assert len(server.asked) == 1


def test_where_the_newest_is_refused_the_one_in_the_settings_is_tried(server, keeper):
    """As after a kill between the provider's answer and ours, or with a database from an older backup."""
    server.rotates = True
    source = tokens(server, keeper=keeper)
    source.access_token()
    source.forget()
    server.good = {"refresh"}
    source.access_token()
    assert [form["refresh_token"] for form in server.asked] == ["refresh", "refresh-1", "refresh"]


def test_where_both_are_refused_the_sentence_says_what_to_do(server, keeper):
    server.rotates = True
    source = tokens(server, keeper=keeper)
    source.access_token()
    source.forget()
    server.good.clear()
    with pytest.raises(RefusedGrantError, match=r"invalid_grant \(AADSTS70000: revoked\).*`mailfiler authorize`"):
        source.access_token()


def test_where_nothing_can_be_written_nothing_is_asked(server):
    """A provider would replace the only refresh token there is."""

    class Full:
        value = None

        def replace(self, _value: bytes) -> None:
            raise Transient("database: its disk is full")

    @contextmanager
    def keeper(_name):
        yield Full()

    with pytest.raises(Transient, match="its disk is full"):
        tokens(server, keeper=keeper).access_token()
    assert not server.asked


def test_what_could_not_be_kept_when_it_came_is_kept_later(server, keeper, monkeypatch, caplog):
    server.rotates, replace, times = True, HeldSecret.replace, []

    def fails_once(held, value):
        times.append(value)
        if len(times) == 2:  # the first is the trial before anything is asked
            raise Transient("database: its disk is full")
        replace(held, value)

    monkeypatch.setattr(HeldSecret, "replace", fails_once)
    source = tokens(server, keeper=keeper)
    assert source.access_token() == "token-1"
    assert "cannot be kept now, and it is tried again: database: its disk is full" in caplog.text
    assert source.access_token() == "token-1"
    assert json.loads(times[-1])["refresh_token"] == "refresh-1"
    assert tokens(server, keeper=keeper).access_token() == "token-1"


@pytest.mark.parametrize("value", [b"", b"nonsense", b"[]", b'{"of": "a newer version"}'])
def test_what_cannot_be_understood_counts_as_nothing(server, keeper, value):
    source = tokens(server, keeper=keeper)
    with keeper(source._name) as held:
        held.replace(value)
    assert source.access_token() == "token-1"
    assert server.asked[0]["refresh_token"] == "refresh"


def test_who_only_reads_the_database_keeps_it_all_the_same(server, database_settings, keeper):
    server.rotates = True
    with reading(database_settings):
        tokens(server, keeper=keeper).access_token()
    assert tokens(server, keeper=keeper).access_token() == "token-1"


def test_neither_settings_nor_names_in_the_database_show_the_token(server, keeper):
    assert "refresh" not in tokens(server, keeper=keeper)._name


def test_client_credentials_have_nothing_to_keep(server):
    def keeper(_name):
        raise AssertionError

    assert tokens(server, refresh="", keeper=keeper).access_token() == "token-1"


def test_a_refusal_is_a_sentence_for_whoever_asks_again(server):
    server.status, server.answer = 400, REFUSED
    source = tokens(server)
    for _ in range(2):
        with pytest.raises(RefusedGrantError):
            source.access_token()
    server.status, server.answer = 200, None
    assert source.access_token() == "token-1"
