"""Headers as mailboxes have them, and how far down each may be believed."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from poller.authentication.trace import Trace, read_trace
from poller.mail.header import split_header
from tests.authentication.making import auth

BORDER = "Received: from out.acme.fi (out.acme.fi [203.0.113.5]) by mx.example.com (Postfix) with ESMTPS id 4Z; d"
LMTP = "Received: from mx.example.com ([127.0.0.1]) by mx.example.com with LMTP id Q; d"
FORGED = "Received: from a (a [198.51.100.7]) by mx.example.com (Postfix) with ESMTP id 1 for <9.m@in.example.com>; d"
RELAYED = "Received: from gw ([10.0.0.2]) by mx.example.com (Postfix) with ESMTP id 2 for <1.m@in.example.com>; d"
CLIENT = "Received: from pc ([192.168.1.2]) by out.acme.fi with ESMTPSA; d"


def trace(lines: list[str], names: str = "mx.example.com", relays: str = "127.0.0.1 ::1") -> Trace:
    header = split_header("\r\n".join([*lines, "", ""]).encode())
    assert header.malformed is None
    networks = tuple(ip_network(relay) for relay in relays.split())
    return read_trace(header, auth(our_mta_names=tuple(names.split()), trusted_relays=networks))


@pytest.mark.parametrize(
    ("lines", "boundary", "hops"),
    [
        (["Return-Path: <a@b>", LMTP, BORDER, CLIENT, "To: x@y"], 3, 2),
        (["Delivered-To: x", BORDER, FORGED, "Delivered-To: forged"], 2, 1),
        (["Delivered-To: x", LMTP, LMTP, BORDER, FORGED], 4, 3),
        (["Delivered-To: x", CLIENT, FORGED], 1, 0),
        ([BORDER], 1, 1),
        ([FORGED, BORDER], 1, 1),
        (["From: a@b", "To: x@y"], 2, 0),
        ([], 0, 0),
        (["Received: (qmail 1 invoked by uid 89); d", BORDER], 0, 0),
        (["Received: by mx.example.com (Postfix, from userid 1000) id 4; d", BORDER], 2, 2),
        (["Received: by mx.example.com (Postfix) id 4; d", FORGED], 1, 1),
        (["Received: from [10.0.0.9] by mx.example.com with ESMTP; d", FORGED], 1, 1),
        (["Received:\r\n from mx\r\n\t([::1])\r\n\tby\r\n\tmx.example.com\r\n with LMTP; d", BORDER, FORGED], 2, 2),
        (["Received: from h (h [IPv6:::1]) by mx.example.com with ESMTP; d", BORDER, FORGED], 2, 2),
        (["Received: from h (h [127.0.0.2]) by mx.example.com with ESMTP; d", BORDER, FORGED], 1, 1),
    ],
)  # fmt: skip
def test_trust_ends_below_the_hop_that_took_the_mail_from_outside(lines: list[str], boundary: int, hops: int) -> None:
    found = trace(lines)
    assert (found.boundary, len(found.hops)) == (boundary, hops)


@pytest.mark.parametrize(
    ("lines", "boundary"),
    [(["Delivered-To: x", BORDER, "To: x@y"], 1), (["Delivered-To: x", LMTP, BORDER], 1), (["From: a", "To: b"], 2)],
)
def test_without_names_of_ours_only_what_stands_above_the_first_received_is_trusted(
    lines: list[str], boundary: int
) -> None:
    assert trace(lines, names="").boundary == boundary


def test_a_trusted_relay_is_passed_over() -> None:
    assert trace([RELAYED, BORDER, FORGED], relays="10.0.0.0/8").boundary == 2
    assert trace([RELAYED, BORDER, FORGED], relays="10.0.0.1 2001:db8::/32").boundary == 1


@pytest.mark.parametrize(
    "helo",
    [
        "x ([127.0.0.1])",
        "x ([127.0.0.1]) by mx.example.com with LMTP",
        "x ([127.0.0.1]) by mx.example.com with LMTP id 1;",
        "x ([127.0.0.1]) by mx.example.com (",
        'x ([127.0.0.1]) by mx.example.com "',
        "[127.0.0.1]",
    ],
)
def test_a_helo_that_mimics_a_relay_opens_no_way_to_forged_fields(helo: str) -> None:
    border = f"Received: from {helo} (unknown [203.0.113.5]) by mx.example.com (Postfix) with SMTP id 4; d"
    assert trace(["Delivered-To: x", border, FORGED]).boundary <= 2


def test_an_exim_helo_that_is_the_address_of_a_relay_opens_no_way_either() -> None:
    border = "Received: from a.fi ([203.0.113.5] helo=[127.0.0.1]) by mx.example.com with esmtp (Exim 4.96) id 1; d"
    assert trace([border, FORGED]).boundary == 1


def test_a_mail_from_that_mimics_local_delivery_opens_no_way_either() -> None:
    sender = '<" with local from userid 0 "@evil.example>'
    border = f"Received: from a.fi ([203.0.113.5]) by mx.example.com with esmtp (envelope-from {sender}) id 1; d"
    assert trace([border, FORGED]).boundary == 1


@pytest.mark.parametrize(
    ("by", "names", "ours"),
    [
        ("mx.example.com", "mx.example.com", True),
        ("MX.Example.COM.", "mx.example.com", True),
        ("mx1.example.com", ".example.com", True),
        ("a.b.example.com", ".example.com", True),
        ("example.com", ".example.com", False),
        ("evilexample.com", ".example.com", False),
        ("evilmx.example.com", "mx.example.com", False),
        ("mx.example.com.evil.example", "mx.example.com", False),
        ("mx", "mx.example.com mx", True),
    ],
)
def test_a_name_with_a_dot_in_front_means_all_below_it(by: str, names: str, ours: bool) -> None:
    assert len(trace([f"Received: from a (a [203.0.113.5]) by {by} with SMTP; d"], names=names).hops) == ours


MICROSOFT = [
    (
        "Received: from DB9.eurprd05.prod.outlook.com (2603:10a6:10::6) by AM0.eurprd05.prod.outlook.com"
        " (2603:10a6:20::15) with HTTPS; d"
    ),
    (
        "Received: from DB5.eurprd05.prod.outlook.com (2603:10a6:4::28) by DB9.eurprd05.prod.outlook.com"
        " (2603:10a6:10::6) with Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15; d"
    ),
    "Authentication-Results: spf=pass (sender IP is 203.0.113.5) smtp.mailfrom=acme.fi",
    (
        "Received: from out.acme.fi (203.0.113.5) by DB5EUR.mail.protection.outlook.com (10.1.2.3) with Microsoft SMTP"
        " Server id 15 via Frontend Transport; d"
    ),
    CLIENT,
]
GMAIL = [
    "Delivered-To: box@in.example.com",
    "Received: by 2002:a05:6a10:c1:b0 with SMTP id a1csp; d",
    "X-Received: by 2002:a05:6402 with SMTP id b2mr; d",
    "Return-Path: <anna@acme.fi>",
    "Received: from out.acme.fi (out.acme.fi. [203.0.113.5]) by mx.google.com with ESMTPS id d9 for <a@b.fi>; d",
    CLIENT,
]
FASTMAIL = [
    "Received: from phl-mx.internal ([10.202.2.202]) by phl-sloti.internal (Cyrus 3.11) with LMTPA; d",
    "X-Delivered-to: 1001.mycompany@in.example.com",
    "Received: from out.acme.fi (out.acme.fi [203.0.113.5]) by mx3.messagingengine.com (Postfix) with ESMTPS id 7; d",
    FORGED,
]


@pytest.mark.parametrize(
    ("lines", "names", "relays", "boundary"),
    [
        (MICROSOFT, ".outlook.com", "2603:1000::/20 2603:10a6::/32", 4),
        (MICROSOFT, ".outlook.com", "127.0.0.1", 1),
        (GMAIL, "mx.google.com", "127.0.0.1", 1),
        (FASTMAIL, ".internal .messagingengine.com", "127.0.0.1", 3),
    ],
    ids=["microsoft", "microsoft, relays unknown", "gmail", "fastmail"],
)
def test_the_mailboxes_of_providers(lines: list[str], names: str, relays: str, boundary: int) -> None:
    assert trace(lines, names=names, relays=relays).boundary == boundary


def test_the_recipient_in_a_forged_field_below_the_border_is_not_among_the_hops() -> None:
    found = trace([RELAYED, BORDER, FORGED], relays="10.0.0.2")
    assert [hop.recipient for hop in found.hops] == ["1.m@in.example.com", None]
