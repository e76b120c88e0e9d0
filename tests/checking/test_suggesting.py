"""Traces of each kind of mailbox, and the settings that would have found their border."""

from __future__ import annotations

import pytest

from poller.checking.suggesting import found_in, names_on_top, suggestion
from poller.mail.header import split_header
from poller.settings import Provider
from tests.authentication.mailboxes import SHAPES
from tests.authentication.making import auth

UNSET = auth(our_mta_names=(), provider=Provider.GENERIC)
HOSTED = (Provider.GMAIL, Provider.M365, Provider.FASTMAIL, Provider.ICLOUD)
# Nothing above its border names the provider: the same mailbox's other mail does.
SILENT = {"gmail, to oneself", "icloud, another customer"}


def header(text):
    return split_header(text.replace("\n", "\r\n").encode() + b"\r\n")


@pytest.mark.parametrize("name", [name for name in SHAPES if name not in SILENT])
def test_the_provider_or_the_names_are_seen_in_the_trace(name):
    shape = SHAPES[name]
    expected = f"MAIL_PROVIDER={shape.provider}" if shape.provider in HOSTED else "OUR_MTA_NAMES=mx.example.com"
    assert suggestion([header(shape.header)], UNSET).split(" relay.example.com")[0] == expected


def test_the_way_that_most_mail_takes_decides():
    usual = header(SHAPES["postfix, dovecot by LMTP"].header)
    other = header("Received: from a (a [198.51.100.7]) by mx.example.org (Postfix) with ESMTP id 1; d\n")
    assert suggestion([other, usual, usual], UNSET) == "OUR_MTA_NAMES=mx.example.com"
    assert names_on_top([other, usual, usual], UNSET) == ["mx.example.com", "mx.example.org"]
    assert found_in([other, usual, usual], auth(our_mta_names=("mx.example.com",))) == 2


@pytest.mark.parametrize("text", ["", "Subject: x\n", "Received: (qmail 1 invoked by uid 89); d\n"])
def test_without_a_trace_nothing_is_suggested(text):
    assert suggestion([header(text)], UNSET) == ""
    assert names_on_top([header(text)], UNSET) == []
