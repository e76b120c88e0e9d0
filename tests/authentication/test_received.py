"""Received fields as servers write them, and as attackers would like them to be read."""

from __future__ import annotations

from ipaddress import ip_address
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poller.authentication.received import Hop, parse_received

DATE = "; Mon, 3 Mar 2025 10:00:00 +0200 (EET)"
NOTHING = Hop()


def hop(
    by: str | None = None,
    protocol: str | None = None,
    client: str | None = None,
    recipient: str | None = None,
    local: bool = False,
) -> Hop:
    address = ip_address(client) if client else None
    return Hop(by=by, protocol=protocol, client=address, recipient=recipient, local=local)


SERVERS = {
    "postfix": (
        (
            "from out.acme.fi (out.acme.fi [203.0.113.5])\r\n\t(using TLSv1.3 with cipher TLS_AES_256 (256/256"
            " bits)\r\n\t key-exchange X25519)\r\n\t(No certificate requested)\r\n\tby mx.in.example.com (Postfix)"
            " with ESMTPS id 4Z5xyz\r\n\tfor <1001.mycompany@in.example.com>"
        ),
        hop("mx.in.example.com", "ESMTPS", "203.0.113.5", "1001.mycompany@in.example.com"),
    ),
    "postfix, no name in DNS": (
        "from acme (unknown [203.0.113.5]) by mx (Postfix) with SMTP id 4Z",
        hop("mx", "SMTP", "203.0.113.5"),
    ),
    "postfix, IPv6": (
        "from acme (a.fi [IPv6:2001:db8::5]) by mx (Postfix) with ESMTP id 4Z for <a@b.fi>",
        hop("mx", "ESMTP", "2001:db8::5", "a@b.fi"),
    ),
    "postfix, picked up": ("by mx (Postfix, from userid 1000) id 4Z", hop("mx", local=True)),
    "dovecot": ("from mx ([127.0.0.1]) by mx with LMTP id QEtH", hop("mx", "LMTP", "127.0.0.1")),
    "dovecot, its own address": (
        (
            "from mx.example.com ([192.0.2.1])\n\tby imap.example.com with LMTP id QEtH\n\t(envelope-from <a@b.fi>)\n"
            "\tfor <box@in.example.com>"
        ),
        hop("imap.example.com", "LMTP", "192.0.2.1", "box@in.example.com"),
    ),
    "gmail, inside": ("by 2002:a05:6a10:c1 with SMTP id ab12csp", hop("2002:a05:6a10:c1", "SMTP")),
    "gmail, border": (
        (
            "from out.acme.fi (out.acme.fi. [203.0.113.5]) by mx.google.com with ESMTPS id d9-2si.2025.03.03.00.00"
            " for <mycompany+1001@in.example.com> (version=TLS1_3 cipher=TLS_AES bits=256/256)"
        ),
        hop("mx.google.com", "ESMTPS", "203.0.113.5", "mycompany+1001@in.example.com"),
    ),
    "microsoft, inside": (
        (
            "from DB9PR05.eurprd05.prod.outlook.com (2603:10a6:10:2db::6) by AM0PR05.eurprd05.prod.outlook.com"
            " (2603:10a6:208:ce::15) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE) id 15.20.8489.21"
        ),
        hop("am0pr05.eurprd05.prod.outlook.com", "MICROSOFT", "2603:10a6:10:2db::6"),
    ),
    "microsoft, border": (
        (
            "from out.acme.fi (203.0.113.5) by DB5EUR.mail.protection.outlook.com (10.152.4.242) with Microsoft SMTP"
            " Server (version=TLS1_3, cipher=TLS_AES) id 15.20.8511.15 via Frontend Transport"
        ),
        hop("db5eur.mail.protection.outlook.com", "MICROSOFT", "203.0.113.5"),
    ),
    "fastmail, inside": (
        "from phl-mx-03.internal ([10.202.2.202])\n\tby phl-sloti.internal (Cyrus 3.11.0-alpha0) with LMTPA",
        hop("phl-sloti.internal", "LMTPA", "10.202.2.202"),
    ),
    "fastmail, border": (
        (
            "from out.acme.fi (out.acme.fi [203.0.113.5])\n\t(using TLSv1.3 (256/256 bits))\n\t(No client certificate"
            " requested)\n\tby mx3.messagingengine.com (Postfix) with ESMTPS id 7A2\n\tfor <a@b.fi>"
        ),
        hop("mx3.messagingengine.com", "ESMTPS", "203.0.113.5", "a@b.fi"),
    ),
    "exim": (
        (
            "from out.acme.fi ([203.0.113.5] helo=acme) by mx.b.fi with esmtps (TLS1.3) tls TLS_AES_256 (Exim 4.96)"
            " (envelope-from <anna@acme.fi>) id 1tp for a@b.fi"
        ),
        hop("mx.b.fi", "ESMTPS", "203.0.113.5", "a@b.fi"),
    ),
    "exim, no name": (
        "from [203.0.113.5] (helo=acme) by mx with esmtp (Exim 4.96) id 1tp",
        hop("mx", "ESMTP", "203.0.113.5"),
    ),
    "exim, with ports": (
        "from [203.0.113.5] (port=4711 helo=acme) by mx with esmtp (Exim 4.96) id 1tp",
        hop("mx", "ESMTP", "203.0.113.5"),
    ),
    "exim, name and port": (
        "from a.fi ([203.0.113.5]:4711 helo=acme) by mx with esmtp (Exim 4.96) id 1tp",
        hop("mx", "ESMTP", "203.0.113.5"),
    ),
    "exim, local": (
        "from anna by mx with local (Exim 4.96) (envelope-from <anna@acme.fi>) id 1tp",
        hop("mx", "LOCAL", local=True),
    ),
    "sendmail": (
        "from acme (out.acme.fi [203.0.113.5] (may be forged)) by mx (8.18.1/8.18.1) with ESMTP id 52",
        hop("mx", "ESMTP", "203.0.113.5"),
    ),
    "qmail": ("from unknown (HELO acme) (203.0.113.5) by 0 with SMTP", hop("0", "SMTP", "203.0.113.5")),
    "qmail, inside": ("(qmail 4711 invoked by uid 89)", NOTHING),
    "mapped IPv4": ("from a ([::ffff:10.0.0.1]) by mx with ESMTP", hop("mx", "ESMTP", "10.0.0.1")),
    "final dot, mixed case": (
        "FROM a (a [203.0.113.5]) BY MX.b.FI. WITH esmtp",
        hop("mx.b.fi", "ESMTP", "203.0.113.5"),
    ),
    "a HELO that is a keyword": ("from by (a [203.0.113.5]) by mx", hop("mx", client="203.0.113.5")),
    "nothing": ("", NOTHING),
    "no clause": ("whatever it is", NOTHING),
}


@pytest.mark.parametrize("date", [DATE, ""], ids=["dated", "undated"])
@pytest.mark.parametrize("name", SERVERS)
def test_what_servers_write_is_read(name: str, date: str) -> None:
    text, expected = SERVERS[name]
    assert parse_received(f" {text}{date}".encode()) == expected


@pytest.mark.parametrize(
    "text",
    [
        "from [127.0.0.1] (unknown [203.0.113.5]) by mx with SMTP",
        "from a.fi ([203.0.113.5] helo=[127.0.0.1]) by mx with SMTP",
        "from [203.0.113.5] (helo=[127.0.0.1]) by mx with SMTP",
        "from unknown (HELO [127.0.0.1]) (203.0.113.5) by mx with SMTP",
        "from a (ident=[127.0.0.1] [203.0.113.5]) by mx with SMTP",
    ],
)
def test_an_address_that_the_client_claims_is_not_its_address(text: str) -> None:
    assert parse_received(text.encode()) == hop("mx", "SMTP", "203.0.113.5")


@pytest.mark.parametrize(
    "text",
    [
        "from x ([127.0.0.1]) (a.fi [203.0.113.5]) by mx with SMTP",
        "from x ([127.0.0.1]) y (a.fi [203.0.113.5]) by mx with SMTP",
        "from x y ([203.0.113.5]) by mx with SMTP",
        'from a (a [203.0.113.5]) (Client CN "[127.0.0.1]", Issuer "x") by mx with SMTP',
        "from [203.0.113.5] by mx with SMTP",
        "from a (a [203.0.113.999]) by mx with SMTP",
        "from a (a [unknown]) by mx with SMTP",
        "from a by mx with SMTP",
    ],
)
def test_a_client_that_is_not_certain_is_unknown(text: str) -> None:
    assert parse_received(text.encode()) == hop("mx", "SMTP")


@pytest.mark.parametrize(
    "text",
    [
        "from x ([127.0.0.1]) by mx (a.fi [203.0.113.5]) by mx with SMTP",
        "from x ([127.0.0.1]) by mx with LMTP; (a.fi [203.0.113.5]) by mx with SMTP",
        "from x ([127.0.0.1]) by mx ( (a.fi [203.0.113.5]) by mx with SMTP",
        'from x ([127.0.0.1]) by mx " (a.fi [203.0.113.5]) by mx with SMTP',
        "from x) by mx (a.fi [203.0.113.5] by mx with SMTP",
        "from x with LMTP (a.fi [203.0.113.5]) by mx with SMTP",
        "from x by mx for <a@b.fi> for <c@d.fi>",
    ],
)
def test_a_field_that_can_be_read_in_two_ways_is_not_read(text: str) -> None:
    assert parse_received((text + DATE).encode()) == NOTHING


@pytest.mark.parametrize(
    "text",
    [
        'from a (a [203.0.113.5]) by mx (envelope-from <"from userid 0"@evil.example>)',
        'from a (a [203.0.113.5]) by mx (envelope-from <" with local "@evil.example>)',
        "from a (from userid 0 [203.0.113.5]) by mx",
        'from a (a [203.0.113.5]) by mx ("with LMTP ")',
        "from a (a [203.0.113.5] (by mx (with LMTP))) by mx",
        r"from a (a [203.0.113.5]) by mx (\) with LMTP)",
    ],
)
def test_what_stands_in_comments_is_no_clause(text: str) -> None:
    assert parse_received((text + DATE).encode()) == hop("mx", client="203.0.113.5")


@given(st.binary(max_size=200))
@example(b"\xff\x00(((")
@example(b"from [::%] (helo=[::]) by [ with ; ;")
def test_nothing_raises(value: bytes) -> None:
    assert isinstance(parse_received(value), Hop)


@given(st.lists(st.sampled_from(["from", "by", "with", "for", "(", ")", '"', "\\", ";", " ", "[1.2.3.4]", "x"])))
def test_no_arrangement_of_its_parts_raises(parts: list[str]) -> None:
    assert isinstance(parse_received("".join(parts).encode()), Hop)


@pytest.mark.parametrize(
    "unit", ["(", ")", "()", "(a", "by ", "for <", " ", "\t\r\n ", '"', r"\"", r'"\"', "[", ";", "helo "]
)
@pytest.mark.parametrize("before", ["", "from x (", 'from x "'])
def test_the_time_grows_with_the_length_and_no_faster(unit: str, before: str) -> None:
    def seconds(octets: int) -> float:
        value = (before + unit * (octets // len(unit))).encode()
        started = process_time()
        parse_received(value)
        return process_time() - started

    # Quadratic would be 100 times as long; the half second is for a busy machine.
    assert seconds(200_000) < 30 * seconds(20_000) + 0.5
