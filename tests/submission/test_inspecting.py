"""A submission server, looked at from outside."""

from __future__ import annotations

import pytest

from poller.errors import Transient
from poller.submission.inspecting import inspect
from tests.servers.smtp import HANG_UP, ScriptedSmtp


def test_the_null_sender_is_said_and_taken_back_and_nothing_is_sent():
    with ScriptedSmtp() as server:
        found = inspect(server.settings())
        assert server.commands() == ["EHLO", "MAIL", "RSET", "QUIT"]
    assert server.taken == []
    assert (found.reply.code, found.fallback, found.size, found.takes_8bit) == (250, None, 1_000_000, True)


@pytest.mark.parametrize(
    ("extensions", "size", "bits"),
    [((), None, False), (("SIZE",), None, False), (("SIZE 0", "8BITMIME"), None, True), (("SIZE x",), None, False)],
)
def test_what_the_server_offers_is_read(extensions, size, bits):
    with ScriptedSmtp(extensions=extensions) as server:
        found = inspect(server.settings())
    assert (found.size, found.takes_8bit) == (size, bits)


def test_the_configured_sender_is_tried_where_the_null_sender_is_refused():
    with ScriptedSmtp(answers={"MAIL FROM:<>": "550 5.1.8 no"}) as server:
        found = inspect(server.settings(envelope_from="notices@acme.fi"))
        assert "MAIL FROM:<notices@acme.fi>" in server.said
    assert (found.reply.code, found.fallback and found.fallback.code) == (550, 250)


@pytest.mark.parametrize("answers", [{"connect": "554 no"}, {"MAIL": HANG_UP}, {"EHLO": "421 later"}])
def test_a_server_that_lets_nobody_in_is_out_of_reach(answers):
    with ScriptedSmtp(answers=answers) as server, pytest.raises(Transient):
        inspect(server.settings())
