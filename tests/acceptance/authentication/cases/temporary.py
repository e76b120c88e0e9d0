"""K: a temporary error defers where the answer could have proved the author, and nowhere else."""

from __future__ import annotations

from tests.acceptance.authentication import shapes
from tests.acceptance.authentication.case import (
    DEFERRED,
    DROP,
    REFUSED,
    SERVFAIL,
    UNAVAILABLE,
    Case,
    Expected,
    Zone,
    accepted,
)
from tests.acceptance.authentication.message import Mail, evil, signed, spoofed
from tests.acceptance.authentication.signing import Sig
from tests.servers.dns import Trouble

KEY, SPF, DMARC = "s1._domainkey.acme.fi TXT", "acme.fi TXT", "_dmarc.acme.fi TXT"
SUB: Zone = {"s1._domainkey.mail.acme.fi TXT": ["v=DKIM1; p={rsa}"]}
BOUNCE: Zone = {"bounce.acme.fi TXT": ["v=spf1 ip4:192.0.2.10 -all"]}


def down(name: str, expected: Expected, mail: Mail, *names: str, zone: Zone | None = None, **settings: str) -> Case:
    """These records answer SERVFAIL."""
    return Case(name, expected, mail, zone or {}, dict.fromkeys(names, SERVFAIL), settings=settings)


def silent(
    name: str, expected: Expected, mail: Mail, *names: str, seconds: float = 2.5, zone: Zone | None = None
) -> Case:
    """These names never answer."""
    return Case(name, expected, mail, zone or {}, dict.fromkeys(names, DROP), quick=True, seconds=seconds)


def unasked(name: str, expected: Expected, mail: Mail, *names: str) -> Case:
    """These names never answer, and nobody waits for them: one would cost 5 s."""
    return Case(name, expected, mail, {}, dict.fromkeys(names, DROP), seconds=2.5)


def spf(text: str) -> Zone:
    return {SPF: [f"v=spf1 {text} -all"]}


OF_SUB = signed(Sig(d="mail.acme.fi"))
DEFERS = [
    down("the key", DEFERRED, signed(), KEY),
    down("the key, by SPF's side", DEFERRED, spoofed(sign=(Sig(),)), KEY),
    down("the alias of the key", DEFERRED, signed(Sig(s="e1")), "e1._domainkey.acme.fi TXT",
         zone={"e1._domainkey.acme.fi CNAME": ["e1.esp.example"], "e1.esp.example TXT": ["v=DKIM1; p={rsa}"]}),
    down("the SPF record", DEFERRED, Mail(), SPF),
    down("an include", DEFERRED, Mail(), "b.acme.fi TXT", zone=spf("include:b.acme.fi")),
    down("an include of an include", DEFERRED, Mail(), "c.example TXT",
         zone=spf("include:b.acme.fi") | {"b.acme.fi TXT": ["v=spf1 include:c.example -all"]}),
    down("a redirect", DEFERRED, Mail(), "b.acme.fi TXT", zone={SPF: ["v=spf1 redirect=b.acme.fi"]}),
    down("a host", DEFERRED, Mail(), "h.acme.fi A", zone=spf("a:h.acme.fi")),
    down("the mail servers", DEFERRED, Mail(), "acme.fi MX", zone=spf("mx")),
    down("HELO's record of a null sender", DEFERRED, Mail(mail_from=""), "mail.acme.fi TXT"),
    down("the author's policy, signed by a subdomain", DEFERRED, OF_SUB, DMARC, zone=SUB),
    down("the author's policy, sent by a subdomain", DEFERRED, Mail(mail_from="b@bounce.acme.fi"), DMARC, zone=BOUNCE),
    down("the parent's policy, signed by the parent", DEFERRED, signed(author="anna@sales.acme.fi"), DMARC),
    down("the subdomain's own policy, signed by the parent", DEFERRED, signed(author="anna@sales.acme.fi"),
         "_dmarc.sales.acme.fi TXT"),
    down("the key of a subdomain", DEFERRED, OF_SUB, "s1._domainkey.mail.acme.fi TXT", zone=SUB),
    down("the policy and the key", DEFERRED, OF_SUB, DMARC, "s1._domainkey.mail.acme.fi TXT", zone=SUB),
    down("the good key, behind a broken signature", DEFERRED, signed(Sig(s="s2", key="evil"), Sig()), KEY),
    down("everything", DEFERRED, Mail(sign=(Sig(),)), "*"),
    Case("a server that refuses", DEFERRED, signed(), troubles={KEY: Trouble.REFUSED}),
    silent("the key is silent", DEFERRED, signed(), KEY),
    silent("the SPF record is silent", DEFERRED, Mail(), SPF),
    silent("everything is silent", DEFERRED, Mail(sign=(Sig(),)), "*"),
    Case("the key, after three days", UNAVAILABLE, signed(), troubles={KEY: SERVFAIL}, may_wait=False),
    Case("Gmail: the key", DEFERRED, signed(shape=shapes.gmail), troubles={KEY: SERVFAIL},
         settings={"MAIL_PROVIDER": "gmail", "OUR_MTA_NAMES": ""}),
]  # fmt: skip

PASSES = [
    down("DKIM passes, the SPF record is down", accepted("dkim"), Mail(sign=(Sig(),)), SPF),
    down("SPF passes, the key is down", accepted("spf"), Mail(sign=(Sig(),)), KEY),
    down("DKIM of the very domain needs no policy", accepted("dkim"), signed(), DMARC),
    down("SPF of the very domain needs no policy", accepted("spf"), Mail(), DMARC),
    down("the second signature passes, the first one's key is down", accepted("dkim"),
         signed(Sig(s="s2"), Sig()), "s2._domainkey.acme.fi TXT"),
    down("an include behind the match", accepted("spf"), Mail(), "b.acme.fi TXT",
         zone=spf("ip4:192.0.2.10 include:b.acme.fi")),
    Case("one question goes wrong, the next one does not", accepted("dkim"), signed(),
         troubles={KEY: Trouble.TRUNCATE}),
    Case("a forged answer before the right one", accepted("dkim"), signed(), troubles={KEY: Trouble.FORGED}),
    Case("a server without EDNS", accepted("dkim"), signed(), troubles={KEY: Trouble.NO_EDNS}),
    silent("DKIM passes, SPF is silent", accepted("dkim"), Mail(sign=(Sig(),)), SPF),
]  # fmt: skip

REFUSES = [
    down("the key of somebody else", REFUSED, evil(), "s1._domainkey.evil.example TXT"),
    down("the SPF record of somebody else", REFUSED, evil(), "evil.example TXT"),
    down("all that somebody else has", REFUSED, evil(), "s1._domainkey.evil.example TXT", "evil.example TXT",
         "mail.evil.example TXT", "_dmarc.evil.example TXT"),
    down("our policy, and nothing of another domain aligns", REFUSED, evil(), DMARC),
    down("HELO's record of a sender that is not null", REFUSED, Mail(helo="mail.acme.fi"), "mail.acme.fi TXT",
         zone=spf("ip4:192.0.2.99")),
    down("the SPF record, and MAIL FROM is null", REFUSED, spoofed(mail_from=""), SPF),
    down("the key of a signature with l=", REFUSED, signed(Sig(tags={"l": "0"})), KEY),
    down("the key of a signature with sha1", REFUSED, signed(Sig(hash="sha1")), KEY),
    down("the key of a signature without From", REFUSED,
         signed(Sig(h="subject:content-type:content-transfer-encoding")), KEY),
    down("the key of an expired signature", REFUSED, signed(Sig(tags={"t": "1740000000", "x": "1740000001"})), KEY),
    down("the key of a subdomain under a strict policy", REFUSED, OF_SUB, "s1._domainkey.mail.acme.fi TXT",
         zone=SUB | {DMARC: ["v=DMARC1; p=reject; adkim=s"]}),
    down("the key of a neighbour below a suffix", REFUSED, signed(Sig(d="evil.co.uk"), author="anna@acme.co.uk"),
         "s1._domainkey.evil.co.uk TXT"),
    down("a policy at the suffix that nobody should ask for", REFUSED,
         signed(Sig(d="evil.co.uk"), author="anna@acme.co.uk"), "_dmarc.co.uk TXT"),
    down("the SPF record where SPF does not count", REFUSED, spoofed(), SPF, AUTH_POLICY="dkim"),
    Case("names that are not there", REFUSED, signed(Sig(s="none"), mail_from="anna@none.acme.fi")),
    unasked("the key of somebody else is silent", REFUSED, evil(), "s1._domainkey.evil.example", "_dmarc.evil.example"),
    unasked("eight keys of somebody else are silent", REFUSED,
           evil(sign=tuple(Sig(d=f"evil{n}.example", key="evil") for n in range(8))),
           *(f"s1._domainkey.evil{n}.example" for n in range(8))),
    silent("all that somebody else has is silent", REFUSED, evil(), "s1._domainkey.evil.example", "evil.example",
           "mail.evil.example", "_dmarc.evil.example", seconds=2),
    unasked("silent others, and SPF passes", accepted("spf"), Mail(sign=(Sig(d="evil.example", key="evil"),)),
           "s1._domainkey.evil.example"),
]  # fmt: skip
