"""A person's consent -> a refresh token: in a browser here, or on any other machine."""

from __future__ import annotations

import threading
import urllib.request
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit

import pytest

from poller.errors import ConfigurationError, Transient
from poller.oauth2 import authorizing
from poller.oauth2.authorizing import in_browser, on_another_device
from tests.servers.ports import free_port


class Browser:
    """Opens the address that it is told, in a thread of its own as a person does, and keeps what it was shown."""

    def __init__(self, change=lambda address: address):
        self.address = ""
        self.page = ""
        self._change = change
        self._thread = threading.Thread(target=self._open)

    def __call__(self, words):
        self.address = words.split()[-1]
        self._thread.start()

    def _open(self):
        with urllib.request.urlopen(self._change(self.address)) as page:
            self.page = page.read().decode()

    def close(self):
        self._thread.join()


def test_a_browser_here_comes_back_with_a_code_that_only_we_can_redeem(server, oauth):
    browser = Browser()
    assert in_browser(oauth(server, client_secret=""), browser) == "refresh-1"
    browser.close()
    asked = parse_qs(urlsplit(browser.address).query)
    assert asked["client_id"] + asked["scope"] + asked["code_challenge_method"] == ["app", "mail", "S256"]
    assert "you may close this window" in browser.page
    (redeemed,) = server.asked
    assert redeemed["redirect_uri"] == asked["redirect_uri"][0]
    assert len(redeemed["code_verifier"]) >= 43


def test_what_did_not_come_from_the_provider_is_passed_over(server, oauth):
    def visited_by_somebody_else_first(address):
        redirect = parse_qs(urlsplit(address).query)["redirect_uri"][0]
        for query in ("?code=stolen&state=guessed", "/favicon.ico"):
            with pytest.raises(HTTPError, match="404"):
                urllib.request.urlopen(redirect + query)
        return address

    browser = Browser(visited_by_somebody_else_first)
    assert in_browser(oauth(server), browser) == "refresh-1"
    browser.close()


def test_a_person_who_declines_is_told_apart(server, oauth):
    def decline(address):
        asked = parse_qs(urlsplit(address).query)
        return f"{asked['redirect_uri'][0]}?error=access_denied&error_description=no&state={asked['state'][0]}"

    browser = Browser(decline)
    with pytest.raises(ConfigurationError, match="the provider refused: access_denied no"):
        in_browser(oauth(server), browser)
    browser.close()


def test_nobody_waits_for_ever(server, oauth, monkeypatch):
    monkeypatch.setattr(authorizing, "_PATIENCE", 0.1)
    for ask in (in_browser, on_another_device):
        server.pending = 1000
        with pytest.raises(Transient, match="nobody decided in time"):
            ask(oauth(server), lambda _words: None)


def test_a_port_that_is_taken_is_named(server, oauth):
    port = urlsplit(server.base).port
    with pytest.raises(ConfigurationError, match=f"--port {port} cannot be listened at"):
        in_browser(oauth(server), lambda _words: None, port)


def test_the_browser_comes_back_to_the_port_that_was_asked_for(server, oauth):
    browser, port = Browser(), free_port()
    in_browser(oauth(server), browser, port)
    browser.close()
    assert parse_qs(urlsplit(browser.address).query)["redirect_uri"] == [f"http://127.0.0.1:{port}"]


def test_on_another_device_a_code_is_typed_and_waited_for(server, oauth):
    server.pending, told, pauses = 2, [], []
    assert on_another_device(oauth(server), told.append, pauses.append) == "refresh-1"
    assert told == [f"Open {server.base}/device in any browser, as the user of the mailbox, and enter ABCD-1234"]
    assert pauses == [0, 0]


def test_who_asks_too_often_asks_less_often(server, oauth):
    answers, pauses = [b'{"error": "slow_down"}', b'{"error": "slow_down"}', b'{"error": "access_denied"}'], []

    def answer(seconds=0.0):
        pauses.append(seconds)
        server.status, server.answer = 400, answers.pop(0)

    with pytest.raises(ConfigurationError, match="access_denied"):
        on_another_device(oauth(server), lambda _words: answer(), answer)
    assert pauses == [0, 5, 10]


def test_without_a_refresh_token_the_scope_is_to_blame(server, oauth):
    server.answer = b'{"access_token": "t"}'
    browser = Browser()
    with pytest.raises(ConfigurationError, match=r"OAUTH2_SCOPE: .*offline_access"):
        in_browser(oauth(server), browser)
    browser.close()


@pytest.mark.parametrize(
    ("url", "name", "endpoint"),
    [
        ("https://oauth2.googleapis.com/token", "authorize", "https://accounts.google.com/o/oauth2/v2/auth"),
        ("https://oauth2.googleapis.com/token", "devicecode", "https://oauth2.googleapis.com/device/code"),
        (
            "https://login.microsoftonline.com/acme.fi/oauth2/v2.0/token",
            "authorize",
            "https://login.microsoftonline.com/acme.fi/oauth2/v2.0/authorize",
        ),
        (
            "https://login.microsoftonline.com/acme.fi/oauth2/v2.0/token",
            "devicecode",
            "https://login.microsoftonline.com/acme.fi/oauth2/v2.0/devicecode",
        ),
    ],
)
def test_where_consent_is_asked_for(server, oauth, url, name, endpoint):
    assert authorizing._endpoint(oauth(server, token_url=url), name) == endpoint


def test_where_it_is_not_known_the_sentence_says_so(server, oauth):
    with pytest.raises(ConfigurationError, match="does not end with /token"):
        on_another_device(oauth(server, token_url="https://login.example.com/oauth2"), lambda _words: None)


def test_google_gives_a_refresh_token_only_where_it_is_asked_for_one(server, oauth):
    settings = oauth(server, token_url="https://oauth2.googleapis.com/token")
    address = authorizing._address(settings, "http://127.0.0.1:1", "state", authorizing.Proof.make())
    assert "&access_type=offline&prompt=consent" in address


def test_a_provider_without_device_codes_is_told_in_a_sentence(server, oauth):
    server.status = 404
    with pytest.raises(ConfigurationError, match=r"gives no device code \(404\): leave --device out"):
        on_another_device(oauth(server, token_url=f"{server.base}/elsewhere/token"), lambda _words: None)
