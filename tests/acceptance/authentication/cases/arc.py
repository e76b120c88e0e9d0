"""J: what a trusted forwarder says that it found. It changed nearly every message here, so DKIM is broken."""

from __future__ import annotations

from tests.acceptance.authentication.case import DEFERRED, REFUSED, SERVFAIL, Case, Expected, Zone, accepted, domain
from tests.acceptance.authentication.message import Mail
from tests.acceptance.authentication.signing import Seal, Sig

FOUND = "dkim=pass header.d=acme.fi; spf=pass smtp.mailfrom=acme.fi; dmarc=pass header.from=acme.fi"
AGAIN = "arc=pass; dkim=fail header.d=acme.fi; dmarc=fail header.from=acme.fi"
SECOND: Zone = domain("second.example", "sealer2", "198.51.100.8")
LIST = {"ip": "198.51.100.7", "helo": "mail.list.example", "mail_from": "bounces@list.example"}
ONE = {"TRUSTED_ARC_SEALERS": "list.example"}
BOTH = {"TRUSTED_ARC_SEALERS": "list.example second.example"}
ARC = accepted("arc")
BY_SECOND = Seal(d="second.example", key="sealer2", results=AGAIN)
KEY = "s1._domainkey.list.example TXT"


def listed(*seals: Seal, author: str = "Anna Aalto <anna@acme.fi>", **keys: object) -> Mail:
    """Anna's signed message after a mailing list put a footer below it and sealed it."""
    footer = {"tamper": lambda part: part + b"-- \r\nharbour mailing list\r\n"}
    return Mail(**{"author": author, "sign": (Sig(),), "seals": seals or (Seal(results=FOUND),)} | LIST | footer | keys)  # type: ignore[arg-type]


def one(name: str, expected: Expected, mail: Mail, zone: Zone | None = None, **settings: str) -> Case:
    return Case(name, expected, mail, zone or {}, settings=ONE | settings)


def two(name: str, expected: Expected, first: Seal, second: Seal, settings: dict[str, str]) -> Case:
    return Case(name, expected, listed(first, second), SECOND, settings=settings)


def replaced(old: bytes, new: bytes) -> Mail:
    return listed(retamper=lambda part: part.replace(old, new))


def dropped(name: bytes) -> Mail:
    """Without one field of the set; the fields of a set are written on top, each with its folds."""

    def without(part: bytes) -> bytes:
        start = part.index(name)
        end = next(at for at in range(start, len(part)) if part[at : at + 2] == b"\r\n" and part[at + 2] not in b" \t")
        return part[:start] + part[end + 2 :]

    return listed(retamper=without)


CASES = [
    one("a trusted list", ARC, listed()),
    one("a trusted list that found DKIM alone", ARC, listed(Seal(results="dkim=pass header.d=acme.fi"))),
    one("a trusted list that found SPF alone", ARC, listed(Seal(results="spf=pass smtp.mailfrom=anna@acme.fi"))),
    one("a trusted list, and the signature stands too", accepted("dkim arc"), listed(tamper=None)),
    two("two trusted hops", ARC, Seal(results=FOUND), BY_SECOND, BOTH),
    Case("nobody is trusted", REFUSED, listed()),
    Case("somebody else is trusted", REFUSED, listed(), settings={"TRUSTED_ARC_SEALERS": "second.example"}),
    Case("a parent of the sealer is trusted", REFUSED, listed(), settings={"TRUSTED_ARC_SEALERS": "example.org"}),
    Case("a sealer that ends like a trusted one", REFUSED, listed(Seal(d="evillist.example", results=FOUND)),
         domain("evillist.example", "sealer", "203.0.113.66"), settings=ONE),
    two("two hops, the second is not trusted", REFUSED, Seal(results=FOUND), BY_SECOND, ONE),
    two("two hops, the first is not trusted", REFUSED, Seal(results=FOUND), BY_SECOND,
        {"TRUSTED_ARC_SEALERS": "second.example"}),
    two("two hops, the first found nothing", REFUSED, Seal(results="dkim=fail header.d=acme.fi"),
        Seal(d="second.example", key="sealer2", results=f"arc=pass; {FOUND}"), BOTH),
    two("two hops, the second found the chain broken", REFUSED, Seal(results=FOUND),
        Seal(d="second.example", key="sealer2", results=f"arc=fail; {FOUND}"), BOTH),
    one("the list found a failure", REFUSED,
        listed(Seal(results="dkim=fail header.d=acme.fi; dmarc=fail header.from=acme.fi"))),
    one("the list found somebody else", REFUSED,
        listed(Seal(results="dkim=pass header.d=evil.example; dmarc=pass header.from=evil.example"))),
    one("the list found another author", REFUSED, listed(author="ceo@globex.example")),
    one("changed after sealing", REFUSED, replaced(b"harbour is done", b"harbour is lost")),
    one("another author after sealing", REFUSED, replaced(b"<anna@acme.fi>", b"<ceo@acme.fi>")),
    one("other results after sealing", REFUSED, replaced(b"dkim=pass", b"dkim=fail")),
    one("results without a seal", REFUSED, dropped(b"ARC-Seal:")),
    one("results without a signature", REFUSED, dropped(b"ARC-Message-Signature:")),
    one("a seal without results", REFUSED, dropped(b"ARC-Authentication-Results:")),
    one("a set that begins at two", REFUSED, replaced(b": i=1;", b": i=2;")),
    one("a set of number 99", REFUSED, replaced(b": i=1;", b": i=99;")),
    one("a set of no number", REFUSED, replaced(b": i=1;", b": i=x;")),
    one("a forged set of a trusted list", REFUSED, listed(Seal(results=FOUND, key="evil"))),
    one("a forged set below one of the attacker's", REFUSED,
        listed(Seal(results=FOUND, key="evil"), Seal(d="evil.example", key="evil", results=f"arc=pass; {FOUND}"))),
    one("two results of one number", REFUSED,
        listed(retamper=lambda part: b"ARC-Authentication-Results: i=1; list.example; dmarc=pass\r\n" + part)),
    one("the list's key is for testing", REFUSED, listed(), {KEY: ["v=DKIM1; t=y; p={sealer}"]}),
    one("the list's key was revoked", REFUSED, listed(), {KEY: ["v=DKIM1; p="]}),
    Case("the key of a trusted list cannot be had", DEFERRED, listed(), troubles={KEY: SERVFAIL}, settings=ONE),
    Case("the key of an untrusted list cannot be had", REFUSED, listed(), troubles={KEY: SERVFAIL}),
]  # fmt: skip
