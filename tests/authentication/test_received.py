"""Received fields of any server, and as attackers would like them to be read. The kinds are in test_patterns."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poller.authentication.received import MAX_RECEIVED, Hop, parse_received
from poller.settings.model import Provider
from tests.cpu import cpu_within

DATE = "; Mon, 3 Mar 2025 10:00:00 +0200 (EET)"
NOTHING = Hop()
KINDS = list(Provider)


def hop(
    by: str | None = None,
    protocol: str | None = None,
    client: str | None = None,
    helo: str | None = None,
    recipient: str | None = None,
    local: bool = False,
) -> Hop:
    address = ip_address(client) if client else None
    return Hop(by=by, protocol=protocol, client=address, helo=helo, recipient=recipient, local=local)


SERVERS = {
    "from out.acme.fi (out.acme.fi [203.0.113.5])\r\n\t(using TLSv1.3 with cipher TLS_AES_256 (256/256 bits)\r\n\t"
    " key-exchange X25519)\r\n\t(No certificate requested)\r\n\tby mx.in.example.com (Postfix) with ESMTPS id 4Z\r\n\t"
    "for <1001.mycompany@in.example.com>": hop(
        "mx.in.example.com", "ESMTPS", "203.0.113.5", "out.acme.fi", "1001.mycompany@in.example.com"
    ),
    "from acme (unknown [203.0.113.5]) by mx (Postfix) with SMTP id 4Z": hop("mx", "SMTP", "203.0.113.5", "acme"),
    "from acme (a.fi [IPv6:2001:db8::5]) by mx (Postfix) with ESMTP id 4Z for <a@b.fi>": hop(
        "mx", "ESMTP", "2001:db8::5", "acme", "a@b.fi"
    ),
    "by mx (Postfix, from userid 1000) id 4Z": hop("mx", local=True),
    "from mx ([127.0.0.1]) by mx with LMTP id QEtH": hop("mx", "LMTP", "127.0.0.1", "mx", local=True),
    "from mx.example.com ([192.0.2.1])\n\tby imap.example.com with LMTP id QEtH\n\t(envelope-from <a@b.fi>)\n\t"
    "for <box@in.example.com>": hop(
        "imap.example.com", "LMTP", "192.0.2.1", "mx.example.com", "box@in.example.com", local=True
    ),
    "from mx by mx with LMTP id QEtH": hop("mx", "LMTP", None, "mx", local=True),
    "from localhost (LHLO mx) (127.0.0.1) by mx with LMTP": hop("mx", "LMTP", "127.0.0.1", "localhost", local=True),
    "by 2002:a05:6a10:c1 with SMTP id ab12csp": hop("2002:a05:6a10:c1", "SMTP"),
    "from a.fi (a.fi. [203.0.113.5]) by mx.google.com with ESMTPS id d9 for <a@b.fi> (version=TLS1_3)": hop(
        "mx.google.com", "ESMTPS", "203.0.113.5", "a.fi", "a@b.fi"
    ),
    "from A.outlook.com (2603:10a6:10::6) by B.outlook.com (2603:10a6:2::5) with Microsoft SMTP Server (x) id 15": hop(
        "b.outlook.com", "MICROSOFT", "2603:10a6:10::6", "A.outlook.com"
    ),
    "from out.acme.fi (203.0.113.5) by exchange.b.fi (10.0.0.2) with Microsoft SMTP Server id 15 via Frontend": hop(
        "exchange.b.fi", "MICROSOFT", "203.0.113.5", "out.acme.fi"
    ),
    "from a.internal ([10.202.2.202])\n\tby b.internal (Cyrus 3.11.0-alpha0) with LMTPA": hop(
        "b.internal", "LMTPA", "10.202.2.202", "a.internal", local=True
    ),
    "from a.fi ([203.0.113.5] helo=acme) by mx with esmtps (TLS1.3) tls TLS_AES (Exim 4.96) (envelope-from <a@b.fi>)"
    " id 1tp for a@b.fi": hop("mx", "ESMTPS", "203.0.113.5", "acme", "a@b.fi"),
    "from [203.0.113.5] (helo=acme) by mx with esmtp (Exim 4.96) id 1": hop("mx", "ESMTP", "203.0.113.5", "acme"),
    "from [203.0.113.5] (port=47 helo=acme) by mx with esmtp id 1": hop("mx", "ESMTP", "203.0.113.5", "acme"),
    "from a.fi ([203.0.113.5]:4711 helo=acme) by mx with esmtp id 1": hop("mx", "ESMTP", "203.0.113.5", "acme"),
    "from anna by mx with local (Exim 4.96) (envelope-from <a@b>) id 1": hop("mx", "LOCAL", None, "anna", local=True),
    "from acme (out.acme.fi [203.0.113.5] (may be forged)) by mx (8.18.1/8.18.1) with ESMTP id 52": hop(
        "mx", "ESMTP", "203.0.113.5", "acme"
    ),
    "from acme (anna@out.acme.fi [203.0.113.5]) by mx (8.18.1/8.18.1) with ESMTP id 52": hop(
        "mx", "ESMTP", "203.0.113.5", "acme"
    ),
    "from unknown (HELO acme) (203.0.113.5) by 0 with SMTP": hop("0", "SMTP", "203.0.113.5", "acme"),
    "from a.fi (EHLO acme) ([203.0.113.5]) by mx (JAMES SMTP Server ) with ESMTPS ID 1 for <a@b.fi>": hop(
        "mx", "ESMTPS", "203.0.113.5", "acme", "a@b.fi"
    ),
    "from out.acme.fi (HELO acme) ([203.0.113.5])\r\n  by mx with ESMTP": hop("mx", "ESMTP", "203.0.113.5", "acme"),
    "from acme (a.fi [203.0.113.5])\n\tby mx (OpenSMTPD) with ESMTPS id 1 (TLSv1.3:X:256:NO)\n\tfor <a@b.fi>": hop(
        "mx", "ESMTPS", "203.0.113.5", "acme", "a@b.fi"
    ),
    "from acme (a.fi [203.0.113.5])\n\tby mx (Haraka/3) with ESMTPS id A.1\n\tenvelope-from <a@b.fi>\n\ttls X": hop(
        "mx", "ESMTPS", "203.0.113.5", "acme"
    ),
    "from acme (a.fi [203.0.113.5] (AS64500 A, FI))\r\n\t(using TLS)\r\n\tby mx (Stalwart SMTP) with ESMTPS id 3": hop(
        "mx", "ESMTPS", "203.0.113.5", "acme"
    ),
    "from acme (a.fi [::ffff:203.0.113.5]) (AUTH: LOGIN a, TLS) by mx with ESMTPSA id 1": hop(
        "mx", "ESMTPSA", "203.0.113.5", "acme"
    ),
    "from acme (a.fi [203.0.113.5]) by mx ([192.0.2.1]) via tcp with ESMTPS id 1 (TLS1.3) for <a@b.fi>": hop(
        "mx", "ESMTPS", "203.0.113.5", "acme", "a@b.fi"
    ),
    "from acme (a.fi [203.0.113.5]) by mx (Halon) with ESMTPS id 11-ab": hop("mx", "ESMTPS", "203.0.113.5", "acme"),
    "from mx ([127.0.0.1]) by localhost (mx [127.0.0.1]) (amavisd-new, port 10024) with ESMTP id 1": hop(
        "localhost", "ESMTP", "127.0.0.1", "mx"
    ),
    "from a ([::ffff:10.0.0.1]) by mx with ESMTP": hop("mx", "ESMTP", "10.0.0.1", "a"),
    "FROM a (a [203.0.113.5]) BY MX.b.FI. WITH esmtp": hop("mx.b.fi", "ESMTP", "203.0.113.5", "a"),
    "from with (a [203.0.113.5]) by mx": hop("mx", None, "203.0.113.5", "with"),
    "from [192.168.1.2] (a.fi [203.0.113.5]) by mx with SMTP": hop("mx", "SMTP", "203.0.113.5", "[192.168.1.2]"),
    "from \xe4 (a [203.0.113.5]) by mx": hop("mx", None, "203.0.113.5"),
    "(qmail 4711 invoked by uid 89)": NOTHING,
    "from by (a [203.0.113.5]) by mx": NOTHING,
    "whatever it is": NOTHING,
    "": NOTHING,
}  # fmt: skip


@pytest.mark.parametrize("date", [DATE, ""], ids=["dated", "undated"])
@pytest.mark.parametrize("text", SERVERS)
def test_what_servers_write_is_read(text: str, date: str) -> None:
    assert parse_received(f" {text}{date}".encode("latin-1")) == SERVERS[text]


@pytest.mark.parametrize(
    ("text", "helo"),
    [
        ("from [127.0.0.1] (unknown [203.0.113.5]) by mx with SMTP", "[127.0.0.1]"),
        ("from a.fi ([203.0.113.5] helo=[127.0.0.1]) by mx with SMTP", "[127.0.0.1]"),
        ("from [203.0.113.5] (helo=[127.0.0.1]) by mx with SMTP", "[127.0.0.1]"),
        ("from unknown (HELO [127.0.0.1]) (203.0.113.5) by mx with SMTP", "[127.0.0.1]"),
        ("from a (ident=[127.0.0.1] [203.0.113.5]) by mx with SMTP", "a"),
    ],
)
def test_an_address_that_the_client_claims_is_not_its_address(text: str, helo: str) -> None:
    assert parse_received(text.encode()) == hop("mx", "SMTP", "203.0.113.5", helo)


@pytest.mark.parametrize(
    "text",
    [
        "from x ([127.0.0.1]) (a.fi [203.0.113.5]) by mx with SMTP",
        "from x ([127.0.0.1]) y (a.fi [203.0.113.5]) by mx with SMTP",
        "from x y ([203.0.113.5]) by mx with SMTP",
        'from a (a [203.0.113.5]) (Client CN "[127.0.0.1]", Issuer "x") by mx with SMTP',
        "from a ([127.0.0.1]@a [203.0.113.5]) by mx with SMTP",
        "from [203.0.113.5] by mx with SMTP",
        "from a (a [203.0.113.999]) by mx with SMTP",
        "from a (a [fe80::1%eth0]) by mx with SMTP",
        "from a (a [unknown]) by mx with SMTP",
        "from a (a [local]) by mx with SMTP",
        "from a by mx with SMTP",
    ],
)
def test_a_client_that_is_not_certain_is_unknown(text: str) -> None:
    found = parse_received(text.encode())
    assert (found.by, found.protocol, found.client) == ("mx", "SMTP", None)


@pytest.mark.parametrize(
    "text",
    [
        "from x ([127.0.0.1]) by mx (a.fi [203.0.113.5]) by mx with SMTP",
        "from x ([127.0.0.1]) by mx with LMTP; (a.fi [203.0.113.5]) by mx with SMTP",
        "from x ([127.0.0.1]) by mx ( (a.fi [203.0.113.5]) by mx with SMTP",
        'from x ([127.0.0.1]) by mx " (a.fi [203.0.113.5]) by mx with SMTP',
        "from x) by mx (a.fi [203.0.113.5] by mx with SMTP",
        "from x with LMTP (a.fi [203.0.113.5]) by mx with SMTP",
        "from x with LMTP (a.fi [203.0.113.5]) by mx",
        "from x ([203.0.113.5]) by mx for <a with LMTP b@c>",
        "from x by mx for <a@b.fi> for <c@d.fi>",
        "from by; (a [203.0.113.5]) by mx",
        "from x (y;by) (a [203.0.113.5]) by mx",
        "with LMTP from x ([203.0.113.5]) by mx",
        "from x from y ([203.0.113.5]) by mx",
        'from "x (y [203.0.113.5]) by mx for "a@b',
        'from " (y [203.0.113.5]) (z" [127.0.0.1]) by mx with LMTP',
        "from \\x (y [203.0.113.5]) by mx with SMTP",
        # A parenthesis of HELO that one in a quoted MAIL FROM closes hides everything between as a comment.
        'from x ([127.0.0.1]) by mx with LMTP ( (a [203.0.113.5]) by mx with SMTP (envelope-from <"a)"@b.fi>)',
        "from a (a [203.0.113.5] (by mx (with LMTP))) by mx",
        "from a\x00 (a [203.0.113.5]) by mx",
        "from a\x0b(a [203.0.113.5]) by mx",
        "from a (a [203.0.113.5]) by\xa0mx",
    ],
)
def test_a_field_that_can_be_read_in_two_ways_is_not_read(text: str) -> None:
    assert parse_received((text + DATE).encode("latin-1")) == NOTHING


@pytest.mark.parametrize(
    "text",
    [
        'from a (a [203.0.113.5]) by mx (envelope-from <"from userid 0"@evil.example>)',
        'from a (a [203.0.113.5]) by mx (envelope-from <" with local "@evil.example>)',
        "from a (from userid 0 [203.0.113.5]) by mx",
        'from a (a [203.0.113.5]) by mx ("with LMTP ")',
        r"from a (a [203.0.113.5]) by mx (\) with LMTP)",
        "from a (a [203.0.113.5]) by mx (Postfix, from userid 0)",
    ],
)
def test_what_stands_in_comments_is_no_clause(text: str) -> None:
    assert parse_received((text + DATE).encode()) == hop("mx", None, "203.0.113.5", "a")


@pytest.mark.parametrize("kind", KINDS)
@given(value=st.binary(max_size=200))
@example(value=b"\xff\x00(((")
@example(value=b"from [::%] (helo=[::]) by [ with ; ;")
def test_nothing_raises(kind: Provider, value: bytes) -> None:
    assert isinstance(parse_received(value, kind), Hop)


PARTS = ["from", "by", "with", "for", "id", "(", ")", '"', "\\", ";", " ", "[1.2.3.4]", "x", "LMTP", "helo=", "\r\n "]


@pytest.mark.parametrize("kind", KINDS)
@given(parts=st.lists(st.sampled_from(PARTS)))
def test_no_arrangement_of_its_parts_raises(kind: Provider, parts: list[str]) -> None:
    assert isinstance(parse_received("".join(parts).encode(), kind), Hop)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "unit", ["(", ")", "()", "(a", "(()) ", "(a) ", "by ", "for <", " ", "\t\r\n ", '"', r"\"", "[", ";"]
)
@pytest.mark.parametrize("before", ["", "from x (", 'from x "', "from a (a [203.0.113.5]) "])
def test_neither_the_longest_field_nor_a_longer_one_takes_long(kind: Provider, unit: str, before: str) -> None:
    for octets in (MAX_RECEIVED, 256_000):
        value = (before + unit * octets)[:octets].encode()
        with cpu_within(1):
            parse_received(value, kind)


def test_a_field_longer_than_any_server_writes_is_not_read() -> None:
    field = "from a (a [203.0.113.5]) by mx with SMTP id "
    assert parse_received(field.encode() + b"1" * (MAX_RECEIVED - len(field))).by == "mx"
    assert parse_received(field.encode() + b"1" * MAX_RECEIVED) == NOTHING
