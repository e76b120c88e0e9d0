"""The way of a message, found in whole headers of every kind of mailbox, whatever is set."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from poller.mail.header import split_header
from poller.probing.lines import lines_of
from poller.probing.way import find_way
from poller.settings import AuthSource, Provider
from poller.settings.providers import PRESETS
from tests.authentication.mailboxes import SHAPES
from tests.authentication.making import auth

SENDER = "anna@acme.fi"
UNSET = {"provider": Provider.GENERIC, "our_mta_names": ()}
POSTFIX = {"provider": Provider.POSTFIX}

LMTP = "Received: from mx.example.com ([127.0.0.1]) by mx.example.com with LMTP id Q; d"
BORDER = "Received: from out.acme.fi (out.acme.fi [203.0.113.5]) by mx.example.com (Postfix) with ESMTPS id 4Z; d"
WORLD = "Received: from out.acme.fi (out.acme.fi [93.184.216.34]) by mx.example.com (Postfix) with ESMTPS id 4Z; d"
FILTERED = "Received: from filter ([10.0.0.5]) by mx.example.com (Postfix) with ESMTP id 5Z; d"
FILTER = "Received: from out.acme.fi (a [93.184.216.34]) by filter.example.net (Postfix) with ESMTPS id 6; d"
HOSTED = "Received: from filter ([1.1.1.1]) by mx.example.com (Postfix) with ESMTP id 5Z; d"
LOCAL = "Received: from here (localhost [127.0.0.1]) by mx.example.com (Postfix) with ESMTP id 4Z; d"
SENT = "Received: from here ([192.0.2.1]) by out.acme.fi (Postfix) with ESMTPSA id 7; d"
HOUSE = "Received: from a (a [93.184.216.34]) by mx1.corp.internal (Postfix) with ESMTPS id 4Z; d"
RETURN = "Return-Path: <anna@acme.fi>"

NAMED = "OUR_MTA_NAMES=mx.example.com"
BOTH_NAMED = "OUR_MTA_NAMES=mx.example.com filter.example.net"
RELAYS = "TRUSTED_RELAYS=127.0.0.1 ::1"
FILTER_KNOWN = POSTFIX | {
    "our_mta_names": ("mx.example.com", "filter.example.net"),
    "trusted_relays": (ip_network("1.1.1.1"),),
}


def header_of(*lines):
    return split_header("\r\n".join([*lines, "", ""]).encode())


def proposed(now, way):
    return [str(line) for line in lines_of(now, way.auth, (), ()) if line.differs]


def as_set_for(provider):
    """What settings.env with MAIL_PROVIDER alone comes to."""
    preset = PRESETS[provider]
    return auth(
        provider=provider,
        our_mta_names=preset.our_mta_names,
        trusted_relays=(*auth().trusted_relays, *preset.relays),
        envelope_from_header=preset.envelope_from_header,
        source=preset.source,
        authserv_ids=() if preset.source is AuthSource.COMPUTE else preset.authserv_ids,
    )


@pytest.mark.parametrize("now", [Provider.GENERIC, Provider.POSTFIX, Provider.EXIM, Provider.GMAIL, Provider.M365])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_whatever_is_set_the_kind_of_mailbox_is_found_with_its_border(shape, now):
    header = split_header(shape.header.replace("\n", "\r\n").encode() + b"\r\n")
    way = find_way(header, as_set_for(now), (), SENDER)
    border = way.trace.border
    expected = shape.expected.split()
    if expected[0] != "-":
        assert [str(border and border.client), str(way.trace.border_position)] == [expected[0], expected[2]]
    else:
        assert border is None
    assert str(len(way.trace.hops)) == expected[3]
    assert way.auth.provider is shape.provider
    assert way.auth.authserv_ids == as_set_for(shape.provider).authserv_ids


@pytest.mark.parametrize(
    ("lines", "mail_servers", "now", "told"),
    [
        ((RETURN, LMTP, BORDER, SENT), (), {}, []),
        ((RETURN, LMTP, BORDER, SENT), (), POSTFIX, []),
        ((RETURN, LMTP, BORDER, SENT), (), {"our_mta_names": (".example.com",)}, []),
        ((RETURN, LMTP, BORDER, SENT), (), UNSET, ["MAIL_PROVIDER=postfix", NAMED]),
        ((RETURN, LMTP, BORDER, SENT), (), POSTFIX | {"our_mta_names": ("m",)}, [NAMED]),
        ((RETURN, LMTP, WORLD, SENT), ("mx.example.com",), UNSET, ["MAIL_PROVIDER=postfix", NAMED]),
        # A server that takes mail from a filter at another machine: known by the MX record, or by its private address.
        ((RETURN, FILTERED, FILTER), ("filter.example.net",), POSTFIX, [BOTH_NAMED, f"{RELAYS} 10.0.0.5"]),
        ((RETURN, FILTERED, FILTER), (), POSTFIX, [BOTH_NAMED, f"{RELAYS} 10.0.0.5"]),
        ((RETURN, HOSTED, FILTER), ("filter.example.net",), POSTFIX, [BOTH_NAMED, f"{RELAYS} 1.1.1.1"]),
        # Whoever has named the filter knows more than the message shows.
        ((RETURN, HOSTED, FILTER), (), FILTER_KNOWN, []),
        # Never outside: the names are seen all the same.
        ((RETURN, LMTP, LOCAL), (), POSTFIX, []),
        ((RETURN, LMTP, LOCAL), (), UNSET, ["MAIL_PROVIDER=postfix", NAMED]),
        # The envelope sender in another field, or beyond doubt in none.
        (("X-Envelope-From: <anna@acme.fi>", BORDER), (), POSTFIX, ["ENVELOPE_FROM_HEADER=x-envelope-from"]),
        (("X-Envelope-From: <bert@acme.fi>", BORDER), (), POSTFIX, []),
        ((RETURN, RETURN, BORDER), (), POSTFIX, []),
        ((BORDER, "X-Envelope-From: <anna@acme.fi>"), (), POSTFIX, []),
        # A name of the house is no provider's.
        ((RETURN, HOUSE), (), UNSET, ["MAIL_PROVIDER=postfix", "OUR_MTA_NAMES=mx1.corp.internal"]),
        # Nothing is known, and nothing is made up.
        ((RETURN,), (), UNSET, []),
        (("Received: (qmail 1 invoked by uid 89); d",), (), UNSET, []),
    ],
)  # fmt: skip
def test_what_is_proposed_is_what_the_message_shows(lines, mail_servers, now, told):
    settings = auth(**now)
    assert proposed(settings, find_way(header_of(*lines), settings, mail_servers, SENDER)) == told


def test_a_message_that_never_was_outside_is_told_apart():
    way = find_way(header_of(RETURN, LMTP, LOCAL), auth(), (), SENDER)
    assert way.inside
    assert (way.trace.border, way.nearest.border_position, way.nearest.mail_from) == (None, 2, SENDER)
    assert not find_way(header_of(RETURN, LMTP, BORDER), auth(), (), SENDER).inside
