"""F: which answers of SPF are evidence. Nothing here is signed."""

from __future__ import annotations

from tests.acceptance.authentication.case import REFUSED, Case, Zone, accepted
from tests.acceptance.authentication.message import Mail, spoofed

V6 = "2001:db8::10"


def record(text: str, **more: list[str]) -> Zone:
    """What acme.fi publishes, and other names with `_` for each dot (TXT)."""
    return {"acme.fi TXT": [f"v=spf1 {text}"]} | {
        f"{name.replace('_', '.')} TXT": texts for name, texts in more.items()
    }


def chain(length: int) -> Zone:
    """An SPF record whose includes go `length` deep."""
    deep = {f"i{n}.acme.fi TXT": [f"v=spf1 include:i{n + 1}.acme.fi ?all"] for n in range(1, length)}
    last = {f"i{length}.acme.fi TXT": ["v=spf1 ip4:192.0.2.10 ?all"]}
    return record("include:i1.acme.fi -all") | deep | last


RESULTS = [
    Case("fail", REFUSED, Mail(), record("-all"), plain_spf="fail"),
    Case("softfail", REFUSED, Mail(), record("~all"), plain_spf="softfail"),
    Case("neutral", REFUSED, Mail(), record("?all"), plain_spf="neutral"),
    Case("neutral of the client's own address", REFUSED, Mail(), record("?ip4:192.0.2.10 -all"), plain_spf="neutral"),
    Case("no record", REFUSED, Mail(), {"acme.fi TXT": []}, plain_spf="none"),
    Case("another TXT record", REFUSED, Mail(), {"acme.fi TXT": ["v=spf2.0/pra ip4:192.0.2.10", "hello"]},
         plain_spf="none"),
    Case("a pass of somebody else", REFUSED, spoofed(mail_from="x@evil.example"), plain_spf="pass"),
    Case("two records", REFUSED, Mail(), {"acme.fi TXT": ["v=spf1 ip4:192.0.2.10 -all", "v=spf1 ip4:192.0.2.10 ~all"]},
         plain_spf="permerror"),
    Case("a record with a mistake", REFUSED, Mail(), record("ipv4:192.0.2.10 -all"), plain_spf="permerror"),
    Case("an include of itself", REFUSED, Mail(), record("include:acme.fi -all"), plain_spf="permerror"),
    Case("an include loop of two", REFUSED, Mail(),
         record("include:b.acme.fi -all", b_acme_fi=["v=spf1 include:acme.fi -all"]),
         plain_spf="permerror"),
    Case("a redirect to itself", REFUSED, Mail(), record("redirect=acme.fi"), plain_spf="permerror"),
    Case("an include without a record", REFUSED, Mail(), record("include:none.acme.fi ip4:192.0.2.10 -all"),
         plain_spf="permerror"),
    Case("eleven look-ups", REFUSED, Mail(), chain(11), plain_spf="permerror"),
    Case("three void look-ups", REFUSED, Mail(), record("a:v1.acme.fi a:v2.acme.fi a:v3.acme.fi ip4:192.0.2.10 -all")),
    Case("a record of 30 kB of macros", REFUSED, Mail(),
         record("exists:" + "%%." * 10_000 + "acme.fi ip4:192.0.2.10 -all")),
    Case("a record of 20 kB of nothing", REFUSED, Mail(), record("ip4:192.0.2.200 " * 1_250 + "-all")),
    Case("an empty TXT record beside a good one", accepted("spf"), Mail(),
         {"acme.fi TXT": ["", "v=spf1 ip4:192.0.2.10 -all"]}),
]  # fmt: skip

TOO_WIDE = [
    Case("+all", REFUSED, spoofed(), record("+all"), plain_spf="pass"),
    Case("all without a sign", REFUSED, spoofed(), record("all"), plain_spf="pass"),
    Case("+all of an include", REFUSED, spoofed(), record("include:b.acme.fi -all", b_acme_fi=["v=spf1 +all"]),
         plain_spf="pass"),
    Case("+all of a redirect", REFUSED, spoofed(), record("redirect=b.acme.fi", b_acme_fi=["v=spf1 all"]),
         plain_spf="pass"),
    Case("half the addresses", REFUSED, spoofed(), record("ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"), plain_spf="pass"),
    Case("all addresses", REFUSED, spoofed(), record("ip4:0.0.0.0/0 -all"), plain_spf="pass"),
    Case("a 128th of the addresses", REFUSED, spoofed(), record("ip4:202.0.0.0/7 -all"), plain_spf="pass"),
    Case("half the addresses of an include", REFUSED, spoofed(),
         record("include:b.acme.fi -all", b_acme_fi=["v=spf1 ip4:128.0.0.0/1"]), plain_spf="pass"),
    Case("all addresses around a host", REFUSED, spoofed(), record("a:mail.acme.fi/0 -all"), plain_spf="pass"),
    Case("all addresses around a mail server", REFUSED, spoofed(),
         record("mx/0 -all") | {"acme.fi MX": ["10 mail.acme.fi"]}, plain_spf="pass"),
    Case("all addresses of IPv6", REFUSED, Mail(ip="2001:db8:666::1"), record("ip6:::/0 -all"), plain_spf="pass"),
    Case("too many addresses of IPv6", REFUSED, Mail(ip="2001:db8:666::1"), record("ip6:2000::/15 -all"),
         plain_spf="pass"),
    Case("a 256th of the addresses", accepted("spf"), Mail(), record("ip4:192.0.0.0/8 -all")),
    Case("as many addresses of IPv6 as may be", accepted("spf"), Mail(ip=V6), record("ip6:2001::/16 -all")),
    Case("+all behind the client's own address", accepted("spf"), Mail(), record("ip4:192.0.2.10 +all")),
    Case("a wide range behind the client's own address", accepted("spf"), Mail(),
         record("ip4:192.0.2.10 ip4:0.0.0.0/1 -all")),
]  # fmt: skip

HELO = [
    Case("null sender, HELO of the author's domain", accepted("spf", "mail.acme.fi"), Mail(mail_from="")),
    Case("null sender, HELO is the author's domain", accepted("spf"), Mail(mail_from="", helo="acme.fi")),
    Case("null sender, HELO of somebody else", REFUSED, spoofed(mail_from="")),
    Case("null sender, HELO of the author's domain from elsewhere", REFUSED,
         spoofed(mail_from="", helo="mail.acme.fi")),
    Case("null sender, HELO without a record", REFUSED, Mail(mail_from="", helo="smtp.acme.fi")),
    Case("null sender, HELO of one label", REFUSED, Mail(mail_from="", helo="fi"),
         {"fi TXT": ["v=spf1 ip4:192.0.2.10"]}),
    Case("null sender, HELO is an address literal", REFUSED,
         Mail(mail_from="", helo="[192.0.2.10]", rdns="mail.acme.fi")),
    Case("null sender, HELO with an odd character", REFUSED, Mail(mail_from="", helo="x@acme.fi", rdns="mail.acme.fi")),
    Case("MAIL FROM never falls back to HELO", REFUSED, Mail(), record("-all")),
    Case("MAIL FROM without a record never falls back to HELO", REFUSED, Mail(), {"acme.fi TXT": []}),
    Case("MAIL FROM of a subdomain that is not there, HELO passes", REFUSED,
         spoofed(mail_from="anna@nobody.acme.fi"), plain_spf="none"),
    Case("MAIL FROM of a subdomain that is not there, HELO is Anna's", REFUSED, Mail(mail_from="anna@nobody.acme.fi")),
    Case("MAIL FROM of somebody else, HELO is Anna's", REFUSED, Mail(mail_from="x@globex.example")),
]  # fmt: skip

GOOD = [
    Case("an include", accepted("spf"), Mail(),
         record("include:b.acme.fi -all", b_acme_fi=["v=spf1 ip4:192.0.2.10 -all"])),
    Case("includes ten deep", accepted("spf"), Mail(), chain(10)),
    Case("a redirect", accepted("spf"), Mail(), record("redirect=b.acme.fi", b_acme_fi=["v=spf1 ip4:192.0.2.10 -all"])),
    Case("the mail server", accepted("spf"), Mail(), record("mx -all") | {"acme.fi MX": ["10 mail.acme.fi"]}),
    Case("a host", accepted("spf"), Mail(), record("a:mail.acme.fi -all")),
    Case("a host and its neighbours", accepted("spf"), Mail(),
         record("a:mail.acme.fi/24 -all") | {"mail.acme.fi A": ["192.0.2.99"]}),
    Case("a macro", accepted("spf"), Mail(),
         record("exists:%{i}._spf.acme.fi -all") | {"192.0.2.10._spf.acme.fi A": ["127.0.0.2"]}),
    Case("an alias of the record", accepted("spf", "bounce.acme.fi"), Mail(mail_from="b@bounce.acme.fi"),
         {"bounce.acme.fi CNAME": ["spf.esp.example"], "spf.esp.example TXT": ["v=spf1 ip4:192.0.2.10 -all"]}),
    Case("MAIL FROM of a subdomain", accepted("spf", "bounce.acme.fi"), Mail(mail_from="b@bounce.acme.fi"),
         {"bounce.acme.fi TXT": ["v=spf1 ip4:192.0.2.10 -all"]}),
    Case("softfail for all others", accepted("spf"), Mail(), record("ip4:192.0.2.0/24 ~all")),
]  # fmt: skip
