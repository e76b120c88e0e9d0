"""Headers as mailboxes have them, and how far down each may be believed."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from poller.authentication.received import Hop
from poller.authentication.trace import Trace, read_trace
from poller.mail.header import split_header
from poller.settings.model import Provider
from poller.settings.providers import PRESETS
from tests.authentication.mailboxes import SHAPES
from tests.authentication.making import auth
from tests.cpu import cpu_within

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


@pytest.mark.parametrize("name", SHAPES)
def test_the_border_and_the_envelope_sender_of_each_kind_of_mailbox(name: str) -> None:
    shape = SHAPES[name]
    preset = PRESETS[shape.provider]
    names = preset.our_mta_names or ("mx.example.com", "relay.example.com")
    relays = (*auth().trusted_relays, *preset.relays)
    header = split_header(f"{shape.header}\n".encode())
    settings = auth(
        provider=shape.provider,
        our_mta_names=names,
        trusted_relays=relays,
        envelope_from_header=preset.envelope_from_header,
    )
    found = read_trace(header, settings)
    border = found.border or Hop()
    facts = (border.client, border.helo, found.border_position, len(found.hops), found.mail_from)
    assert " ".join("-" if fact is None else str(fact) for fact in facts) == shape.expected
    if found.border_position is not None:
        assert found.boundary == found.border_position + 1


@pytest.mark.parametrize(
    ("noted", "mail_from"),
    [
        ("<anna@acme.fi>", "anna@acme.fi"),
        ("anna@acme.fi", "anna@acme.fi"),
        ("\r\n <anna@acme.fi>\t", "anna@acme.fi"),
        ("<>", ""),
        ("<SRS0=Z8Bj=5h=acme.fi=anna@relay.example>", "SRS0=Z8Bj=5h=acme.fi=anna@relay.example"),
        ("<bounces+4711-1001.m=in.example.com@acme.fi>", "bounces+4711-1001.m=in.example.com@acme.fi"),
        ("<Anna@ACME.fi>", "Anna@ACME.fi"),
        ("<änna@äcme.fi>", "änna@äcme.fi"),
        ('<"a b"@acme.fi>', '"a b"@acme.fi'),
        ("", None),
        ("<anna>", None),
        ("<@acme.fi>", None),
        ("<anna@>", None),
        ("<anna@acme.fi", None),
        ("anna@acme.fi>", None),
        ("< anna@acme.fi >", None),
        ("Anna <anna@acme.fi>", None),
        ("<anna@acme.fi> (x)", None),
        ("(x) <anna@acme.fi>", None),
        ("<anna@acme.fi>, <b@c.fi>", None),
        ("<anna@acme.fi><b@c.fi>", None),
        ("anna@acme.fi b@c.fi", None),
        ("<anna@acme.fi@evil.example>", None),
        ("<@evil.example:anna@acme.fi>", None),
        ("<anna(x)@acme.fi>", None),
        ('<"a"b@acme.fi>', None),
        ('<"a@acme.fi>', None),
        ("<an\x01na@acme.fi>", None),
        ("<anna@acme.fi\x7f>", None),
        ("<anna@acme.fi\x85>", None),
        ("<an\\na@acme.fi>", None),
    ],
)  # fmt: skip
def test_what_is_noted_of_the_envelope_sender_is_one_address_or_nothing(noted: str, mail_from: str | None) -> None:
    assert trace([f"Return-Path:{noted}", BORDER]).mail_from == mail_from


def test_octets_that_are_no_text_are_no_envelope_sender() -> None:
    header = split_header(b"Return-Path: <\xe4nna@acme.fi>\r\n" + BORDER.encode() + b"\r\n\r\n")
    assert read_trace(header, auth()).border is not None
    assert read_trace(header, auth()).mail_from is None


@pytest.mark.parametrize(
    ("lines", "mail_from"),
    [
        (["Return-Path: <a@b.fi>", LMTP, BORDER], "a@b.fi"),
        ([LMTP, "Return-Path: <a@b.fi>", BORDER], "a@b.fi"),
        (["RETURN-PATH: <a@b.fi>", BORDER, "Return-Path: <c@d.fi>", "Return-Path: <e@f.fi>"], "a@b.fi"),
        (["Return-Path: <a@b.fi>", LMTP, "Return-Path: <a@b.fi>", BORDER], None),
        (["Return-Path: <a@b.fi>", "Return-Path: <>", BORDER], None),
        ([BORDER, "Return-Path: <a@b.fi>"], None),
        ([LMTP, BORDER], None),
        (["Return-Path: <a@b.fi>", CLIENT], None),
        (["Return-Path: <a@b.fi>", LMTP], None),
        (["Return-Path: <a@b.fi>"], None),
        (["Return-Path: <a@b.fi>", "Received: by mx.example.com (Postfix) id 4; d", BORDER], None),
    ],
)
def test_only_a_single_field_above_the_border_tells_the_envelope_sender(
    lines: list[str], mail_from: str | None
) -> None:
    assert trace(lines).mail_from == mail_from


def test_without_names_of_ours_nothing_is_known_of_the_envelope() -> None:
    found = trace(["Return-Path: <a@b.fi>", BORDER], names="")
    assert (found.border, found.border_position, found.mail_from) == (None, None, None)


@pytest.mark.parametrize(("value", "mail_from"), [(" a@b.fi", "a@b.fi"), (" <>", ""), (" ", ""), ("", "")])
def test_a_header_of_the_servers_own_may_leave_the_null_sender_out(value: str, mail_from: str) -> None:
    header = split_header(f"Return-Path: <x@y.fi>\r\nX-Mail-from:{value}\r\n{BORDER}\r\n\r\n".encode())
    assert read_trace(header, auth(envelope_from_header="x-mail-from")).mail_from == mail_from


@pytest.mark.parametrize(
    "line",
    [
        "Received: from a (unknown [unknown]) by mx.example.com (Postfix) with SMTP id 4; d",
        "Received: from a by mx.example.com with SMTP; d",
        "Received: by mx.example.com (Postfix) id 4; d",
        "Received: (qmail 1 invoked by uid 89); d",
        "Received: from a (a [203.0.113.5]) by other.example with SMTP; d",
        "Received: from a ([127.0.0.1]) by other.example with LMTP; d",
        "Received: " + "(" * 200_000,
    ],
)
@pytest.mark.parametrize("provider", Provider)
def test_a_field_that_is_not_ours_or_names_no_client_is_never_passed_over(line: str, provider: Provider) -> None:
    header = split_header(f"Return-Path: <a@b.fi>\r\n{line}\r\n{BORDER}\r\n\r\n".encode())
    found = read_trace(header, auth(provider=provider))
    assert (found.border, found.mail_from) == (None, None)
    assert found.boundary <= 2


@pytest.mark.parametrize("provider", Provider)
def test_a_thousand_hops_of_ours_are_walked_at_once(provider: Provider) -> None:
    header = split_header("\r\n".join([LMTP] * 999 + [BORDER, "", ""]).encode())
    with cpu_within(1):
        read_trace(header, auth(provider=provider))


def test_the_recipient_in_a_forged_field_below_the_border_is_not_among_the_hops() -> None:
    found = trace([RELAYED, BORDER, FORGED], relays="10.0.0.2")
    assert [hop.recipient for hop in found.hops] == ["1.m@in.example.com", None]
