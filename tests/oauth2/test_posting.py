"""A form, sent in bounded time and size to the address that was set, and nowhere else."""

from __future__ import annotations

import pytest

from poller.errors import ConfigurationError, Transient
from poller.oauth2 import posting
from poller.oauth2.posting import post
from tests.servers.certificates import certificate
from tests.servers.ports import free_port
from tests.servers.tokens import DRIP, TokenServer


def test_an_answer_is_its_status_and_its_text(server):
    server.status, server.answer = 418, "tea € ".encode() + b"\xff"
    answer = post(server.url, "a=1&b=%E4")
    assert (answer.status, answer.text) == (418, "tea € �")
    assert [list(form) for form in server.asked] == [["a", "b"]]


def test_nobody_there_is_later():
    with pytest.raises(Transient, match=r"gives no access token now: .*refused"):
        post(f"http://127.0.0.1:{free_port()}/token", "")


def test_an_answer_without_end_is_cut_off(server):
    server.answer = b"x" * 100_001
    with pytest.raises(Transient, match="an answer of more than 100000 octets"):
        post(server.url, "")


def test_a_server_that_drips_is_given_up_in_time(server, monkeypatch):
    monkeypatch.setattr(posting, "SECONDS", 0.5)
    server.answer = DRIP
    with pytest.raises(Transient, match=r"no answer within 0\.5 s"):
        post(server.url, "")


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirection_is_not_followed(server, status):
    server.status = status
    assert post(server.url, "secret=s3cret").status == status
    assert len(server.asked) == 1


def test_over_tls_the_certificate_counts(tmp_path, monkeypatch):
    made = certificate(tmp_path)
    with TokenServer(certificate=made) as server:
        with pytest.raises(
            ConfigurationError, match=r"OAUTH2_TOKEN_URL: the certificate of .* is not valid: .*SSL_CERT"
        ):
            post(server.url, "secret=s3cret")
        assert not server.asked
        monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
        assert post(server.url, "grant_type=client_credentials").status == 200


def test_a_proxy_of_the_environment_is_used(server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.base)
    monkeypatch.delenv("no_proxy", raising=False)
    assert post(f"http://127.0.0.1:{free_port()}/token", "grant_type=client_credentials").status == 200
    assert len(server.asked) == 1
