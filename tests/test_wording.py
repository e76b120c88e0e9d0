"""Numbers with what they count, and sentences that go on."""

from __future__ import annotations

import pytest

from poller.errors import Transient
from poller.wording import clause, many


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (0, ("message",), "0 messages"),
        (1, ("message",), "1 message"),
        (2, ("message",), "2 messages"),
        (1234567, ("octet",), "1,234,567 octets"),
        (1, ("copy", "copies"), "1 copy"),
        (2, ("copy", "copies"), "2 copies"),
    ],
)
def test_what_is_counted_agrees_with_its_number(number, words, told):
    assert many(number, *words) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("imap:143 does not answer; it is tried again.", "imap:143 does not answer"),
        ("imap:143 does not answer; it is tried again", "imap:143 does not answer"),
        ("the connection was dropped and is opened again.", "the connection was dropped and is opened again"),
        ("database: its disk is full", "database: its disk is full"),
        ("it is tried again.", "it is tried again"),
    ],
)
def test_a_sentence_that_goes_on_has_no_end_and_promises_nothing(said, told):
    assert clause(said) == told
    assert clause(Transient(said)) == told
