from __future__ import annotations

import ssl

import pytest

from poller.errors import ConfigurationError, Transient
from poller.reaching import why_out_of_reach
from poller.settings import ImapSettings, Security, SmtpSettings

SMTP = SmtpSettings(host="smtp.example.com", port=587, security=Security.STARTTLS, username="", password="")
IMAP = ImapSettings(
    host="imap.example.com", port=993, security=Security.TLS, username="anna", password="x", folder="INBOX"
)


def test_the_keys_and_ports_to_check_are_those_of_the_server_at_hand():
    error = ssl.SSLError("the socket was closed")
    assert "check SMTP_SECURITY and SMTP_PORT (tls: usually 465" in str(why_out_of_reach(SMTP, error))
    assert "check IMAP_SECURITY and IMAP_PORT (tls: usually 993" in str(why_out_of_reach(IMAP, error))


@pytest.mark.parametrize("error", [Transient("later"), ConfigurationError("misconfigured")])
def test_what_is_a_sentence_already_stays_as_it_is(error):
    assert why_out_of_reach(SMTP, error) is error


def test_what_is_neither_a_sockets_nor_tls_is_left_to_the_caller():
    assert why_out_of_reach(SMTP, OSError(113, "No route to host")) is None
