"""What a client says to log in with a token."""

from __future__ import annotations

import pytest

from poller.oauth2 import mechanism, told
from poller.settings import ImapSettings, Security

BEARER = "\1auth=Bearer t0ken\1\1"


def settings(username="anna@acme.fi"):
    return ImapSettings(
        host="imap.example.com", port=993, security=Security.TLS, username=username, password="", folder="INBOX"
    )


@pytest.mark.parametrize(
    ("offered", "name"),
    [
        (["PLAIN", "XOAUTH2", "OAUTHBEARER"], "OAUTHBEARER"),
        (["XOAUTH2", "PLAIN"], "XOAUTH2"),
        (["OAUTHBEARER"], "OAUTHBEARER"),
        (["PLAIN", "LOGIN"], None),
        ([], None),
    ],
)
def test_the_standard_is_taken_where_it_is_offered(offered, name):
    found = mechanism(offered, settings(), "t0ken")
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("username", "header"),
    [("anna@acme.fi", "n,a=anna@acme.fi,"), ("a=b,c", "n,a=a=3Db=2Cc,"), ("änna", "n,a=änna,")],
)
def test_oauthbearer_names_the_user_the_server_and_the_token(username, header):
    found = mechanism(["OAUTHBEARER"], settings(username), "t0ken")
    assert found.first.decode() == f"{header}\1host=imap.example.com\1port=993{BEARER}"
    assert found.to_error == b"\1"


@pytest.mark.parametrize("username", ["anna@acme.fi", "a=b,c"])
def test_xoauth2_names_the_user_as_it_is_and_answers_an_error_with_nothing(username):
    found = mechanism(["XOAUTH2"], settings(username), "t0ken")
    assert found.first.decode() == f"user={username}{BEARER}"
    assert found.to_error == b""


def test_a_token_is_not_shown():
    assert "t0ken" not in repr(mechanism(["XOAUTH2"], settings(), "t0ken"))


@pytest.mark.parametrize(
    ("challenge", "status"),
    [
        (b'{"status":"invalid_token","scope":"mail"}', "invalid_token"),
        (b'{"status":"400","schemes":"Bearer"}', "400"),
        (b'{"status":400}', "400"),
        (b'{"status":"a\\r\\nb"}', ""),
        (b"{}", ""),
        (b"[]", ""),
        (b"", ""),
        (b"\xff", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_why_a_server_refuses_is_told_by_its_status(challenge, status):
    assert told(challenge) == status
