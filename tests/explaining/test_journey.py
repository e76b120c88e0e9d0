"""How a message came here: which hop is the border and why, where its envelope sender was noted, what is believed."""

from __future__ import annotations

import pytest

from poller.authentication.trace import read_trace
from poller.explaining.journey import trace_document, why_trusted
from poller.mail.header import split_header
from poller.settings import AuthSettings, Provider
from tests.authentication.making import auth, delivered, written

HOP = "Received: from a (a [{ip}]) by {by} with ESMTP id 1; Mon, 2 Mar 2026 12:00:00 +0000\r\n"
FOREIGN = HOP.format(ip="198.51.100.1", by="mx.elsewhere.example")
RELAYED = HOP.format(ip="127.0.0.1", by="mx.example.com")
NAMELESS = "Received: by mx.example.com with SMTP id 1; Mon, 2 Mar 2026 12:00:00 +0000\r\n"
UNREADABLE = "Received: by by by\r\n"


def journey(source: bytes, settings: AuthSettings | None = None) -> dict:
    header, settings = split_header(source), settings or auth()
    return trace_document(header, read_trace(header, settings), settings)


def test_each_hop_of_ours_has_its_field_and_its_reason():
    document = journey(delivered(written()))
    assert [(one["field"], one["client"], one["protocol"]) for one in document["hops"]] == [
        (3, "127.0.0.1", "LMTP"),
        (4, "203.0.113.7", "ESMTPS"),
    ]
    assert document["hops"][0]["why"] == "within our own server"
    assert document["hops"][1]["why"].startswith("the border, ")
    assert (document["border"], document["trusted_fields"], document["fields"]) == (4, 4, 9)


@pytest.mark.parametrize(
    ("header", "names", "why"),
    [
        ("", ["mx.example.com"], "the message has no Received field, as if no server ever took it"),
        (
            FOREIGN,
            [],
            "the Received in field 1 was written by mx.elsewhere.example, and OUR_MTA_NAMES does not say whi",
        ),
        (FOREIGN, ["mx.example.com"], "field 1 was written by mx.elsewhere.example, which OUR_MTA_NAMES does not name"),
        (RELAYED + FOREIGN, ["mx.example.com"], "the Received in field 2 was written by mx.elsewhere.example"),
        (RELAYED, ["mx.example.com"], "every Received field tells of a hop within our own servers"),
        (NAMELESS, ["mx.example.com"], "mx.example.com is our server, and does not tell from which address it took"),
        (UNREADABLE, ["mx.example.com"], "field 1 cannot be read beyond doubt as one that a server of MAIL_PROVIDER=g"),
    ],
    ids=["none", "no names", "foreign", "foreign below ours", "all ours", "no client", "unreadable"],
)
def test_without_a_border_it_says_what_was_in_the_way(header, names, why):
    document = journey(header.encode() + written(), auth(our_mta_names=tuple(names)))
    assert document["border"] is None
    assert why in document["border_why"]
    assert document["mail_from_why"] == "nothing is known of the envelope without a border"


@pytest.mark.parametrize(
    ("before", "after", "sender", "field", "why"),
    [
        (b"", b"", "anna@acme.fi", 1, "from Return-Path, field 1"),
        (b"<anna@acme.fi>", b"<>", "", 1, "from Return-Path, field 1"),
        (
            b"Return-Path: <anna@acme.fi>\r\n",
            b"",
            None,
            None,
            "no Return-Path stands above the border, where one should",
        ),
        (
            b"Return-Path",
            b"Return-Path: <x@y.fi>\r\nReturn-Path",
            None,
            None,
            "2 Return-Path stand above the border, wh",
        ),
        (b"<anna@acme.fi>", b"anna", None, 1, "Return-Path, field 1, holds no address"),
    ],
    ids=["known", "null", "missing", "doubled", "no address"],
)
def test_where_the_envelope_sender_was_noted_or_why_it_is_not_known(before, after, sender, field, why):
    document = journey(delivered(written()).replace(before, after, 1))
    assert (document["mail_from"], document["mail_from_field"]) == (sender, field)
    assert document["mail_from_why"].startswith(why)


@pytest.mark.parametrize(
    ("source", "position", "why"),
    [
        (delivered(written()), 1, "our own servers' word"),
        (delivered(written()), 4, "the sender's claim, as it stands below what our servers wrote"),
        (written(), 0, "believed, as the message has no Received at all"),
        (b"X-Original-To: a@b.fi\r\n" + FOREIGN.encode() + written(), 0, "believed, as it stands above every Received"),
    ],
    ids=["ours", "below", "no Received", "above a stranger's"],
)
def test_why_a_field_is_believed(source, position, why):
    header = split_header(source)
    assert why_trusted(header, read_trace(header, auth()), position) == why


def test_the_provider_s_own_server_is_ours_whatever_its_name():
    gmail = (
        "Return-Path: <anna@acme.fi>\r\nReceived: from mail.acme.fi (mail.acme.fi. [203.0.113.7])\r\n"
        "        by mx.google.com with ESMTPS id a1; Mon, 02 Mar 2026 04:00:00 -0800 (PST)\r\n"
    )
    settings = auth(provider=Provider.GMAIL, our_mta_names=("mx.google.com",))
    document = journey(gmail.encode() + written(), settings)
    assert (document["border"], document["mail_from"]) == (2, "anna@acme.fi")
