"""What real mail looks like when it arrives: each kind of mailbox with its preset, and the ways that mail takes."""

from __future__ import annotations

from collections.abc import Mapping

from tests.acceptance.authentication import shapes
from tests.acceptance.authentication.case import REFUSED, Case, Expected, Zone, accepted
from tests.acceptance.authentication.message import EVIL_IP, Mail, evil, signed, spoofed
from tests.acceptance.authentication.shapes import MX, Shape
from tests.acceptance.authentication.signing import Sig

KINDS: Mapping[str, tuple[Shape, Mapping[str, str]]] = {
    "Postfix": (shapes.postfix, {}),
    "Exim": (shapes.exim, {"MAIL_PROVIDER": "exim"}),
    "Gmail": (shapes.gmail, {"MAIL_PROVIDER": "gmail", "OUR_MTA_NAMES": ""}),
    "Fastmail": (shapes.fastmail, {"MAIL_PROVIDER": "fastmail", "OUR_MTA_NAMES": ""}),
    "iCloud": (shapes.icloud, {"MAIL_PROVIDER": "icloud", "OUR_MTA_NAMES": ""}),
    "generic, with our names": (shapes.postfix, {"MAIL_PROVIDER": "generic", "OUR_MTA_NAMES": MX}),
}
M365 = {"MAIL_PROVIDER": "m365", "OUR_MTA_NAMES": ""}
MICROSOFT = (
    "Authentication-Results: spf={spf} (sender IP is 192.0.2.10)\n smtp.mailfrom={mailfrom}; dkim={dkim}\n"
    " header.d={d};dmarc={dmarc} action=none\n header.from={author};compauth=pass reason=100\n"
)


def microsoft(**found: str) -> str:
    plain = {"spf": "pass", "mailfrom": "acme.fi", "dkim": "pass (signature was verified)", "d": "acme.fi",
    "dmarc": "pass",
             "author": "acme.fi"}  # fmt: skip
    return MICROSOFT.format(**plain | found)


def each(what: str, expected: Expected, mail: Mail, zone: Zone | None = None) -> list[Case]:
    """The same in every kind of mailbox."""
    return [
        Case(f"{name}: {what}", expected, reshaped(mail, shape), zone or {}, settings=settings)
        for name, (shape, settings) in KINDS.items()
    ]


def reshaped(mail: Mail, shape: Shape) -> Mail:
    names = (name for cls in type(mail).__mro__ for name in getattr(cls, "__slots__", ()))
    return Mail(**{name: getattr(mail, name) for name in names} | {"shape": shape})


KIND = [
    *each("SPF alone", accepted("spf"), Mail()),
    *each("DKIM alone", accepted("dkim"), signed()),
    *each("both", accepted("dkim spf"), Mail(sign=(Sig(),))),
    *each("neither", REFUSED, spoofed()),
    *each("an attacker with his own of both", REFUSED, evil()),
    *each("a client without a name", accepted("spf"), Mail(rdns="unknown")),
    Case("Microsoft: its results", accepted("authres"),
         Mail(shape=shapes.m365, results=microsoft()), {}, settings=M365),
    Case("Microsoft: only SPF passes", accepted("authres"),
         Mail(shape=shapes.m365, results=microsoft(dkim="none (message not signed)", d="none", dmarc="bestguesspass")),
         settings=M365),
    Case("Microsoft: it re-encoded the message, and DKIM can no longer be computed", accepted("authres"),
         signed(shape=shapes.m365, results=microsoft(spf="none", mailfrom="relay.example"),
                tamper=lambda part: part.replace(b": 8bit", b": quoted-printable")), settings=M365),
    Case("Microsoft: it says that all failed", REFUSED,
         Mail(ip=EVIL_IP, shape=shapes.m365,
         results=microsoft(spf="fail", dkim="none (message not signed)", d="none", dmarc="fail")),
         settings=M365),
    Case("Microsoft: it says that somebody else passed", REFUSED,
         evil(shape=shapes.m365, results=microsoft(mailfrom="evil.example", d="evil.example", dmarc="fail")),
         settings=M365),
    Case("Microsoft: it says nothing of DKIM, and DKIM passes", accepted("dkim"),
         signed(shape=shapes.m365,
         results=microsoft(spf="none", mailfrom="relay.example", dkim="timeout", dmarc="temperror")),
         settings=M365),
    Case("Microsoft: its field forged below the border", REFUSED,
         evil(shape=shapes.m365, results=microsoft(spf="fail", dkim="none", d="none", dmarc="fail"), above=microsoft()),
         settings=M365),
    Case("Microsoft: its field forged on top of the sender's, below another hop", REFUSED,
         evil(shape=shapes.m365, results=microsoft(spf="fail", dkim="none", d="none", dmarc="fail"),
              above="Received: from x ([192.0.2.10]) by y.mail.protection.outlook.com (10.0.0.1) with Microsoft\n"
              f" SMTP Server; {shapes.NOON}\n" + microsoft()), settings=M365),
]  # fmt: skip

LIST = {"ip": "198.51.100.7", "helo": "mail.list.example", "mail_from": "harbour-bounces@list.example"}
OF_LIST = Sig(d="list.example", key="sealer")
ESP: Zone = {
    "esp.example TXT": ["v=spf1 ip4:198.51.100.40 -all"],
    "s1._domainkey.esp.example TXT": ["v=DKIM1; p={other}"],
    "bounce.acme.fi TXT": ["v=spf1 include:esp.example -all"],
    "e1._domainkey.acme.fi CNAME": ["acme.dkim.esp.example"],
    "acme.dkim.esp.example TXT": ["v=DKIM1; p={other}"],
}
FROM_ESP = {"ip": "198.51.100.40", "helo": "o40.esp.example", "mail_from": "bounces+123@esp.example"}
OF_ESP = Sig(d="esp.example", key="other")
FOOTER = b"-- \r\nharbour mailing list\r\n"

WAYS = [
    Case("forwarded unchanged, with SRS", accepted("dkim"),
         Mail(sign=(Sig(),), **LIST | {"mail_from": "SRS0=abc=XY=acme.fi=anna@list.example"})),
    Case("forwarded unchanged, MAIL FROM kept", accepted("dkim"),
         Mail(sign=(Sig(),), **LIST | {"mail_from": "anna@acme.fi"})),
    Case("forwarded, and it had only SPF", REFUSED, Mail(**LIST | {"mail_from": "anna@acme.fi"})),
    Case("forwarded with SRS, and it had only SPF", REFUSED, Mail(**LIST)),
    Case("forwarded, with the forwarder's signature on top", accepted("dkim"), Mail(sign=(OF_LIST, Sig()), **LIST)),
    Case("a mailing list that changes nothing", accepted("dkim"),
         Mail(sign=(Sig(),), above="List-Id: <harbour.list.example>\nPrecedence: list\n", **LIST)),
    Case("a mailing list that adds a footer", REFUSED, Mail(sign=(Sig(),), tamper=lambda part: part + FOOTER, **LIST)),
    Case("a mailing list that tags the Subject", REFUSED,
         Mail(sign=(Sig(),), tamper=lambda part: part.replace(b": Harbour", b": [list] Harbour"), **LIST)),
    Case("a mailing list that writes in its own name", accepted("dkim spf", "list.example"),
         Mail(author='"Anna Aalto via Harbour" <harbour@list.example>', fields={"Reply-To": "anna@acme.fi"},
              sign=(OF_LIST,), **LIST)),
    Case("a newsletter service with the author's key", accepted("dkim"),
         Mail(sign=(Sig(s="e1", key="other"),), **FROM_ESP), ESP),
    Case("a newsletter service with both signatures", accepted("dkim"),
         Mail(sign=(OF_ESP, Sig(s="e1", key="other")), **FROM_ESP), ESP),
    Case("a newsletter service with the author's bounce domain", accepted("spf", "bounce.acme.fi"),
         Mail(**FROM_ESP | {"mail_from": "bounces+123@bounce.acme.fi"}), ESP),
    Case("a newsletter service with nothing of the author's", REFUSED, Mail(sign=(OF_ESP,), **FROM_ESP), ESP),
    Case("a null sender with a signature", accepted("dkim"), signed(mail_from="")),
    Case("a null sender without a signature, HELO of the author's", accepted("spf", "mail.acme.fi"),
         Mail(mail_from="")),
    Case("an accountant's program that sends for Anna, unsigned", REFUSED,
         Mail(ip="192.0.2.20", helo="mail.globex.example", mail_from="invoices@globex.example")),
    Case("an HTML message in quoted-printable", accepted("dkim"),
         signed(fields={"Content-Type": "text/html; charset=utf-8", "Content-Transfer-Encoding": "quoted-printable"},
                body=b"<p>Hello =C3=A4</p>\r\n")),
    Case("sender's own trace below the border", accepted("dkim"),
         signed(above="Received: from laptop.acme.fi (laptop.acme.fi [10.0.0.7])\n"
                "\tby mail.acme.fi (Postfix) with ESMTPSA id 1\n"
                f"\tfor <bert@mycompany.example>; {shapes.NOON}\n")),
    Case("sender's own trace, and SPF alone", accepted("spf"),
         Mail(above=f"Received: from [10.0.0.7] by mail.acme.fi with HTTP; {shapes.NOON}\n"
                    f"Received: (qmail 1 invoked by uid 0); {shapes.NOON}\n")),
]  # fmt: skip
