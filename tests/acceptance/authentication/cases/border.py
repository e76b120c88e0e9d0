"""D and E: who handed the message to our server, and with which MAIL FROM. All of it is without a signature."""

from __future__ import annotations

from tests.acceptance.authentication import shapes
from tests.acceptance.authentication.case import MALFORMED, REFUSED, Case, accepted
from tests.acceptance.authentication.message import EVIL_IP, Mail, signed, spoofed
from tests.acceptance.authentication.shapes import MX, NOON, Envelope, postfix_border

OURS = postfix_border(Envelope())
"""The border field that our server writes for acme.fi, which an attacker can write too."""
EXIM = {"MAIL_PROVIDER": "exim"}
GMAIL = {"MAIL_PROVIDER": "gmail", "OUR_MTA_NAMES": ""}
RELAY = {"OUR_MTA_NAMES": f"{MX} relay.in.example.com", "TRUSTED_RELAYS": "127.0.0.1 ::1 198.51.100.1"}
HOP = f"Received: from relay.in.example.com (relay [198.51.100.1])\n\tby {MX} (Postfix) with ESMTP id 7; {NOON}\n"


def lines(client: str, by: str = MX, protocol: str = "ESMTPS") -> str:
    return f"Received: from {client}\n\tby {by} (Postfix) with {protocol} id 4Z5xJk0Yq7z9sT; {NOON}\n"


def from_evil(client: str, **keys: object) -> Mail:
    """The attacker's connection, with what his HELO made of the border field."""
    return spoofed(border=lines(client), **keys)


def exim(client: str) -> Mail:
    return spoofed(
        shape=shapes.exim, border=f"Received: from {client}\n\tby {MX} with esmtp (Exim 4.96) id 1tp2Qx; {NOON}\n"
    )


def gmail(client: str) -> Mail:
    return spoofed(
        shape=shapes.gmail, border=f"Received: from {client}\n        by mx.google.com with ESMTPS id 5b1; {NOON}\n"
    )


FORGED = [
    Case("a spoof without any attempt", REFUSED, spoofed()),
    Case("our border field forged below the border", REFUSED, spoofed(above=OURS)),
    Case("our border field and LMTP forged below the border", REFUSED,
         spoofed(above=f"Received: from {MX} ([127.0.0.1]) by {MX} with LMTP id 1; {NOON}\n" + OURS)),
    Case("Return-Path forged below the border", REFUSED,
         Mail(ip=EVIL_IP, mail_from="x@evil.example", above="Return-Path: <anna@acme.fi>\n" + OURS)),
    Case("Return-Path forged, and ours is missing", REFUSED,
         Mail(mail_from=None, above="Return-Path: <anna@acme.fi>\n")),
    Case("X-Mail-From forged", REFUSED, spoofed(mail_from="x@evil.example", above="X-Mail-From: anna@acme.fi\n")),
    Case("Received-SPF forged", REFUSED, spoofed(above="Received-SPF: pass (acme.fi) client-ip=192.0.2.10;\n")),
    Case("a hop of loopback's neighbour, ours forged below", REFUSED,
         spoofed(border=lines("mail.evil.example (localhost [127.0.0.2])"), above=OURS)),
    Case("an unreadable hop of ours, ours forged below", REFUSED,
         spoofed(border=f"Received: from mail.evil.example by {MX} with ESMTP; {NOON}\n", above=OURS)),
    Case("a hop of ours with an empty address, ours forged below", REFUSED,
         spoofed(border=lines("mail.evil.example (unknown [])"), above=OURS)),
    Case("a hop of ours with a false address, ours forged below", REFUSED,
         spoofed(border=lines("mail.evil.example (unknown [999.0.2.10])"), above=OURS)),
    Case("a border by somebody else's server", REFUSED, Mail(border=postfix_border(Envelope(), by="mx.other.example"))),
    Case("our name is only in the client's words", REFUSED,
         Mail(border=lines(f"mail.acme.fi (by {MX} [192.0.2.10])", by="mx.other.example"))),
    Case("a server whose name ends like ours", REFUSED, Mail(border=postfix_border(Envelope(), by=f"evil{MX}"))),
    Case("a server whose name begins like ours", REFUSED,
         Mail(border=postfix_border(Envelope(), by=f"{MX}.evil.example"))),
    Case("a suffix matches whole labels only", REFUSED,
         Mail(border=postfix_border(Envelope(), by="evilin.example.com")),
         settings={"OUR_MTA_NAMES": f"{MX} .in.example.com"}),
    Case("the generic kind without our names knows no border", REFUSED, Mail(),
         settings={"MAIL_PROVIDER": "generic", "OUR_MTA_NAMES": ""}),
]  # fmt: skip

HELO = [
    Case("HELO mimics name and address", REFUSED,
         from_evil(f"mail.acme.fi (mail.acme.fi [192.0.2.10]) (unknown [{EVIL_IP}])")),
    Case("HELO mimics name and address without a blank", REFUSED,
         from_evil(f"mail.acme.fi(mail.acme.fi[192.0.2.10]) (unknown [{EVIL_IP}])")),
    Case("HELO mimics the whole field", REFUSED, from_evil(
         f"mail.acme.fi (mail.acme.fi [192.0.2.10]) by {MX} (Postfix) with ESMTPS id 1 (unknown [{EVIL_IP}])")),
    Case("HELO mimics name, address and TLS", REFUSED,
         from_evil("mail.acme.fi (mail.acme.fi [192.0.2.10])\n\t(using TLSv1.3 with "
         f"cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) (No client certificate requested) (unknown [{EVIL_IP}])")),
    Case("the generic kind: HELO mimics name and address", REFUSED,
         from_evil(f"mail.acme.fi (mail.acme.fi [192.0.2.10]) (unknown [{EVIL_IP}])"),
         settings={"MAIL_PROVIDER": "generic"}),
    Case("Fastmail: HELO mimics name and address", REFUSED, spoofed(shape=shapes.fastmail, border=lines(
         f"mail.acme.fi (mail.acme.fi [192.0.2.10]) (unknown [{EVIL_IP}])", by="phl-mx-03.messagingengine.com")),
         settings={"MAIL_PROVIDER": "fastmail", "OUR_MTA_NAMES": ""}),
    Case("HELO is Anna's address literal", REFUSED, from_evil(f"[192.0.2.10] (unknown [{EVIL_IP}])")),
    Case("HELO is Anna's bare address", REFUSED, from_evil(f"192.0.2.10 (unknown [{EVIL_IP}])")),
    Case("HELO is loopback's address literal", REFUSED, from_evil(f"[127.0.0.1] (unknown [{EVIL_IP}])", above=OURS)),
    Case("HELO is one of ours", REFUSED, from_evil(f"{MX} (unknown [{EVIL_IP}])", above=OURS)),
    Case("HELO ends in a comment", REFUSED, from_evil(f"x (mail.acme.fi [192.0.2.10] (unknown [{EVIL_IP}])")),
    Case("the client's name mimics an address", REFUSED, from_evil(f"x ([192.0.2.10] [{EVIL_IP}])")),
    Case("HELO says LMTP", REFUSED, from_evil(f"x with LMTP (unknown [{EVIL_IP}])", above=OURS)),
    Case("Exim: HELO mimics name and address", REFUSED, exim(f"[{EVIL_IP}] (helo=mail.acme.fi ([192.0.2.10]))"),
         settings=EXIM),
    Case("Exim: HELO is an address literal", REFUSED, exim(f"[{EVIL_IP}] (helo=[192.0.2.10])"), settings=EXIM),
    Case("Exim: HELO is an address literal, named client", REFUSED,
         exim(f"mail.evil.example ([{EVIL_IP}] helo=[192.0.2.10])"), settings=EXIM),
    Case("Exim: HELO holds another helo=", REFUSED,
         exim(f"mail.acme.fi ([192.0.2.10] helo=x) ([{EVIL_IP}] helo=mail.acme.fi)"), settings=EXIM),
    Case("Gmail: HELO mimics name and address", REFUSED,
         gmail(f"mail.acme.fi (mail.acme.fi. [192.0.2.10]) (evil.example. [{EVIL_IP}])"), settings=GMAIL),
    Case("Gmail: HELO is an address literal", REFUSED, gmail(f"[192.0.2.10] (evil.example. [{EVIL_IP}])"),
         settings=GMAIL),
]  # fmt: skip

ENVELOPE = [
    Case(f"MAIL FROM {name}", REFUSED, Mail(return_path=f"Return-Path: {path}\n"))
    for name, path in {
        "with a quoted local part": '<"anna"@acme.fi>',
        "with a quoted address": '<"x@evil.example"@acme.fi>',
        "with a comment": "<anna(x)@acme.fi>",
        "with a comment behind it": "<anna@acme.fi(x)>",
        "with a route": "<@evil.example:anna@acme.fi>",
        "with two at signs": "<x@evil.example@acme.fi>",
        "twice in one field": "<anna@acme.fi> <x@evil.example>",
        "with a list": "<anna@acme.fi,x@evil.example>",
        "with a dot too many": "<anna..aalto@acme.fi>",
        "with a dot at the end": "<anna.@acme.fi>",
        "with a blank": "<an na@acme.fi>",
        "without a local part": "<@acme.fi>",
        "without a domain": "<anna>",
        "with a blank in the domain": "<anna@acme.fi .evil.example>",
        "with an address literal": "<anna@[192.0.2.10]>",
    }.items()
] + [
    Case("MAIL FROM with a NUL", MALFORMED, Mail(return_path="Return-Path: <anna@acme.fi\0.evil.example>\n")),
    Case("MAIL FROM twice above the border", REFUSED,
         Mail(return_path="Return-Path: <anna@acme.fi>\nReturn-Path: <anna@acme.fi>\n")),
    Case("MAIL FROM twice above the border, the second the attacker's", REFUSED,
         Mail(return_path="Return-Path: <anna@acme.fi>\nReturn-Path: <x@evil.example>\n")),
    Case("MAIL FROM is missing", REFUSED, Mail(mail_from=None)),
    Case("MAIL FROM is missing, and the signature stands", accepted("dkim"), signed(mail_from=None)),
    Case("MAIL FROM twice, and the signature stands", accepted("dkim"),
         signed(return_path="Return-Path: <anna@acme.fi>\nReturn-Path: <x@evil.example>\n")),
    Case("MAIL FROM in a field of our own", accepted("spf"),
         Mail(return_path="X-Envelope-From: <anna@acme.fi>\n"), settings={"ENVELOPE_FROM_HEADER": "X-Envelope-From"}),
    Case("MAIL FROM in a field of our own, Return-Path is somebody else's", REFUSED,
         Mail(return_path="X-Envelope-From: <x@evil.example>\nReturn-Path: <anna@acme.fi>\n"),
         settings={"ENVELOPE_FROM_HEADER": "X-Envelope-From"}),
    Case("MAIL FROM of a bounce address", accepted("spf"), Mail(mail_from="bounce+7f3=bert=mycompany.example@acme.fi")),
    Case("MAIL FROM in capitals", accepted("spf"), Mail(mail_from="ANNA@ACME.FI")),
]  # fmt: skip

GOOD = [
    Case("Postfix", accepted("spf"), Mail()),
    Case("Postfix without TLS or LMTP", accepted("spf"), Mail(shape=shapes.plain_postfix)),
    Case("an unknown client name", accepted("spf"), Mail(rdns="unknown")),
    Case("another client name", accepted("spf"), Mail(rdns="static-10.isp.example")),
    Case("an address literal in HELO", accepted("spf"), Mail(helo="[192.0.2.10]", rdns="unknown")),
    Case("IPv6", accepted("spf"), Mail(ip="2001:db8::10"), {"acme.fi TXT": ["v=spf1 ip6:2001:db8::/48 -all"]}),
    Case("our name in capitals", accepted("spf"), Mail(border=postfix_border(Envelope(), by="MX.in.Example.COM"))),
    Case("our name by its suffix", accepted("spf"), Mail(border=postfix_border(Envelope(), by="mx7.in.example.com")),
         settings={"OUR_MTA_NAMES": f"{MX} .in.example.com"}),
    Case("LMTP over the network", accepted("spf"),
         Mail(delivered=lambda whole: whole.replace(b"([127.0.0.1])", b"(mx.in.example.com [198.51.100.200])"))),
    Case("a trusted relay inside the border", accepted("spf"),
         Mail(border=HOP + postfix_border(Envelope(), by="relay.in.example.com")), settings=RELAY),
    Case("a trusted relay, and the border behind it is not ours", REFUSED,
         Mail(border=HOP + postfix_border(Envelope(), by="relay.other.example")), settings=RELAY),
    Case("a relay that nobody trusts", REFUSED,
         Mail(border=HOP + postfix_border(Envelope(), by="relay.in.example.com")),
         settings={**RELAY, "TRUSTED_RELAYS": ""}),
    Case("Exim", accepted("spf"), Mail(shape=shapes.exim), settings=EXIM),
    Case("Exim, a client without a name", accepted("spf"), Mail(shape=shapes.exim, rdns="unknown"), settings=EXIM),
    Case("Exim, two names", accepted("spf"), Mail(shape=shapes.exim, rdns="static-10.isp.example"), settings=EXIM),
    Case("Exim, with the port", accepted("spf"), Mail(shape=shapes.exim, border=(
         f"Received: from static.isp.example ([192.0.2.10]:51234 helo=mail.acme.fi)\n\tby {MX} with esmtps  (TLS1.3) "
         f"tls TLS_AES_256_GCM_SHA384\n\t(Exim 4.98)\n\t(envelope-from <anna@acme.fi>)\n\tid 1tp2Qx-0\n"
         f"\tfor {shapes.TO};\n\t{NOON}\n"
         )), settings=EXIM),
]  # fmt: skip
