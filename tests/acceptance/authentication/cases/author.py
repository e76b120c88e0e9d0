"""C: exactly one mailbox in From, of a domain that can be looked up."""

from __future__ import annotations

from tests.acceptance.authentication.case import REFUSED, Case, Zone, accepted, domain
from tests.acceptance.authentication.message import Mail, evil, signed
from tests.acceptance.authentication.signing import Sig

IDN: Zone = domain("xn--kta-pla.fi", "rsa", "192.0.2.10")
OF_IDN = Sig(d="xn--kta-pla.fi")


def both(author: str) -> Mail:
    """Signed by acme.fi and sent from its server: what refuses it can only be the form of From."""
    return Mail(author=author, sign=(Sig(),))


def of_idn(author: str, **keys: object) -> Mail:
    return signed(**{"author": author, "sign": (OF_IDN,)} | keys)


AMBIGUOUS = [
    Case("two addresses, the attacker's second", REFUSED, evil("ceo@acme.fi, x@evil.example")),
    Case("two addresses, the attacker's first", REFUSED, evil("x@evil.example, ceo@acme.fi")),
    Case("two addresses of one domain", REFUSED, both("anna@acme.fi, bert@acme.fi")),
    Case("a list with an empty member", REFUSED, evil("x@evil.example,, ceo@acme.fi")),
    Case("a phrase with an unquoted comma", REFUSED, both("Aalto, Anna <anna@acme.fi>")),
    Case("a group of one", REFUSED, both("Bosses: anna@acme.fi;")),
    Case("a group beside an address", REFUSED, evil("Boss: ceo@acme.fi;, x@evil.example")),
    Case("an empty group", REFUSED, evil("undisclosed-recipients:;")),
    Case("a route", REFUSED, both("<@globex.example:anna@acme.fi>")),
    Case("a route by the attacker", REFUSED, evil("<@evil.example:ceo@acme.fi>")),
    Case("a route to the attacker", REFUSED, evil("<@acme.fi,@acme.fi:x@evil.example>")),
    Case("text after the bracket", REFUSED, evil("<x@evil.example> ceo@acme.fi")),
    Case("a comment after the bracket", REFUSED, evil("<x@evil.example> (ceo@acme.fi)")),
    Case("two brackets", REFUSED, evil("<ceo@acme.fi><x@evil.example>")),
    Case("nested brackets", REFUSED, evil("<<ceo@acme.fi>x@evil.example>")),
    Case("a bracket inside quotes that do not end", REFUSED, evil('"Boss <ceo@acme.fi> <x@evil.example>')),
    Case("an address in the unquoted phrase", REFUSED, evil("ceo@acme.fi <x@evil.example>")),
    Case("an address in the unquoted phrase, with more of it", REFUSED,
         evil("Boss ceo@acme.fi Office <x@evil.example>")),
    Case("a comment that holds the attacker's address", REFUSED, evil("ceo@acme.fi(<x@evil.example>)")),
    Case("a comment inside the address", REFUSED, evil("ceo@acme.fi(.evil.example)")),
    Case("two at signs", REFUSED, evil("ceo@acme.fi@evil.example")),
    Case("two at signs the other way round", REFUSED, both("x@evil.example@acme.fi")),
    Case("a blank around the at sign", REFUSED, evil("ceo @ acme.fi x@evil.example")),
    Case("an empty From", REFUSED, evil("")),
    Case("empty brackets", REFUSED, evil("Boss <>")),
    Case("only a phrase", REFUSED, evil("Boss")),
    Case("no local part", REFUSED, both("<@acme.fi>")),
    Case("a quoted local part", REFUSED, both('"anna aalto"@acme.fi')),
    Case("a quoted local part with an address in it", REFUSED, evil('"ceo@acme.fi"@evil.example')),
    Case("an encoded address", REFUSED, both("=?utf-8?q?anna=40acme.fi?=")),
    Case("an encoded local part", REFUSED, both("Anna <=?utf-8?q?anna?=@acme.fi>")),
    Case("an encoded bracket", REFUSED, evil("=?utf-8?q?Boss_=3Cceo=40acme.fi=3E?=, <x@evil.example>")),
    Case("an encoded NUL in the address", REFUSED, both("Anna <anna=?utf-8?q?=00?=@acme.fi>")),
    Case("a right-to-left override in the address", REFUSED, both("Anna <an\u202ena@acme.fi>")),
    Case("a zero-width space in the domain", REFUSED, both("Anna <anna@ac\u200bme.fi>")),
    Case("a right-to-left override in the phrase", REFUSED, both("Anna \u202e if.emca <anna@acme.fi>")),
    Case("a control character in the address", REFUSED, both("Anna <an\x07na@acme.fi>")),
    Case("an address literal", REFUSED, evil("ceo@[203.0.113.66]", mail_from="ceo@[203.0.113.66]")),
    Case("a single label", REFUSED,
         evil("ceo@localhost", mail_from="ceo@localhost", sign=(Sig(d="localhost", key="evil"),)),
         {"localhost TXT": ["v=spf1 +ip4:203.0.113.66 -all"], "s1._domainkey.localhost TXT": ["v=DKIM1; p={evil}"]}),
    Case("an empty label", REFUSED, both("anna@acme..fi")),
    Case("a label of 64 characters", REFUSED, both(f"anna@{'a' * 64}.acme.fi")),
    Case("octets that are not UTF-8 in the domain", REFUSED, both("anna@\udce4cme.fi")),
]  # fmt: skip

LOOK_ALIKES = [
    Case("full-width letters", REFUSED, both("anna@ａｃｍｅ.fi")),
    Case("an ideographic full stop", REFUSED, both("anna@acme。fi")),
    Case("a half-width ideographic full stop", REFUSED, both("anna@acme｡fi")),
    Case("a Cyrillic letter", REFUSED, both("anna@аcme.fi")),
    Case("a capital beyond ASCII is no A-label's", REFUSED, of_idn("anna@ÄKTA.fi"), IDN),
    Case("an A-label that is none", REFUSED, both("anna@xn--acme.fi")),
    Case("a homograph that is the attacker's own domain is that domain", accepted("dkim", "xn--cme-5cd.fi"),
         signed(Sig(d="xn--cme-5cd.fi", key="evil"), author="anna@аcme.fi"),
         domain("xn--cme-5cd.fi", "evil", "203.0.113.66")),
    Case("a known name over the attacker's own address", accepted("dkim spf", "evil.example"),
         evil("Anna Aalto <x@evil.example>")),
    Case("a known address, quoted, over the attacker's own", accepted("dkim spf", "evil.example"),
         evil('"anna@acme.fi" <x@evil.example>')),
    Case("a known address, encoded, over the attacker's own", accepted("dkim spf", "evil.example"),
         evil("=?utf-8?q?anna=40acme=2Efi?= <x@evil.example>")),
]  # fmt: skip

GOOD = [
    Case("a bare address", accepted("dkim"), signed(author="anna@acme.fi")),
    Case("only brackets", accepted("dkim"), signed(author="<anna@acme.fi>")),
    Case("a quoted phrase with a comma", accepted("dkim"), signed(author='"Aalto, Anna" <anna@acme.fi>')),
    Case("a quoted phrase with an escape", accepted("dkim"), signed(author=r'"Anna \"A\" Aalto" <anna@acme.fi>')),
    Case("a phrase with an initial", accepted("dkim"), signed(author="Anna A. Aalto <anna@acme.fi>")),
    Case("an encoded phrase", accepted("dkim"), signed(author="=?utf-8?q?Anna_=C3=84ij=C3=A4?= <anna@acme.fi>")),
    Case("a phrase in raw UTF-8", accepted("dkim"), signed(author="Änna Äijä <anna@acme.fi>")),
    Case("a phrase in quotes and UTF-8", accepted("dkim"), signed(author='"Änna" <anna@acme.fi>')),
    Case("a folded From", accepted("dkim"), signed(author='"Anna Aalto"\n\t<anna@acme.fi>')),
    Case("a domain in capitals", accepted("dkim"), signed(author="anna@ACME.FI")),
    Case("a subaddress", accepted("dkim"), signed(author="anna+harbour@acme.fi")),
    Case("odd but allowed characters", accepted("dkim"), signed(author="o'brien/a=b_c@acme.fi")),
    Case("an internationalized domain as A-label", accepted("dkim", "xn--kta-pla.fi"), of_idn("anna@xn--kta-pla.fi"),
         IDN),
    Case("an internationalized domain in UTF-8", accepted("dkim", "xn--kta-pla.fi"), of_idn("Anna <anna@äkta.fi>"),
         IDN),
    Case("an internationalized domain by SPF", accepted("spf", "xn--kta-pla.fi"),
         Mail(author="anna@äkta.fi", mail_from="anna@xn--kta-pla.fi"), IDN),
]  # fmt: skip
