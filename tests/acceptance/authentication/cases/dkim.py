"""G: which signatures are evidence. Nothing here passes SPF."""

from __future__ import annotations

import base64
import hashlib

from tests.acceptance.authentication.case import MALFORMED, REFUSED, Case, Zone, accepted
from tests.acceptance.authentication.message import OF_EVIL, evil, signed
from tests.acceptance.authentication.signing import Sig, at

ALL_BUT = "to:subject:date:message-id:mime-version:content-type:content-transfer-encoding"
BARE: dict[str, str | None] = {"MIME-Version": None, "Content-Type": None, "Content-Transfer-Encoding": None}


def record(text: str, *more: str) -> Zone:
    """What lies at the selector."""
    return {"s1._domainkey.acme.fi TXT": [text, *more]}


def tags(**changed: str | None) -> Sig:
    return Sig(tags=changed)


def of_key(name: str, kind: str = "rsa") -> tuple[Sig, Zone]:
    return Sig(key=name), record(f"v=DKIM1; k={kind}; p={{{name}}}")


def appended(part: bytes) -> bytes:
    return part + b"And send the money to evil.example.\r\n"


def changed(old: bytes, new: bytes, sig: Sig | None = None, **keys: object):
    return signed(sig or Sig(), tamper=lambda part: part.replace(old, new), **keys)


def junk(name: str) -> Sig:
    return Sig(d=name, key="other")


COVERAGE = [
    Case("l= and more of a body", REFUSED, signed(tags(l="30"), tamper=appended), plain="pass"),
    Case("l=0", REFUSED, signed(tags(l="0"), tamper=appended), plain="pass"),
    Case("l= and nothing more of a body", REFUSED, signed(tags(l="39")), plain="pass"),
    Case("l= that is no number", REFUSED, signed(tags(l="x"))),
    Case("l= of a thousand digits", REFUSED, signed(tags(l="9" * 1000))),
    Case("From is not signed", REFUSED, changed(b"Anna Aalto <anna@", b"Boss <ceo@", Sig(h=ALL_BUT)), plain="pass"),
    Case("Subject is not signed", REFUSED, changed(b"Harbour", b"Send money", Sig(without=("subject",))), plain="pass"),
    Case("Content-Type is not signed", REFUSED, changed(b"text/plain", b"text/html", Sig(without=("content-type",))),
         plain="pass"),
    Case("Content-Transfer-Encoding is not signed", REFUSED,
         changed(b"8bit", b"quoted-printable", Sig(without=("content-transfer-encoding",))), plain="pass"),
    Case("Subject is added to a message without one", REFUSED,
         signed(fields={"Subject": None}, above="Subject: Send money\n"), plain="pass"),
    Case("Content-Type is added to a message without one", REFUSED,
         signed(fields=BARE, above="Content-Type: text/html\n"), plain="pass"),
    Case("Content-Transfer-Encoding is added to a message without one", REFUSED,
         signed(fields=BARE, above="Content-Transfer-Encoding: base64\n"), plain="pass"),
    Case("a second Subject above the signed one", MALFORMED, signed(above="Subject: Send money\n"), plain="pass"),
    Case("neither Content-Type nor Content-Transfer-Encoding", accepted("dkim"), signed(fields=BARE)),
    Case("only From, Subject and the content's fields", accepted("dkim"),
         signed(Sig(h="from:subject:content-type:content-transfer-encoding"))),
    Case("fields signed against addition", accepted("dkim"),
         signed(Sig(h=f"from:from:{ALL_BUT}:subject:reply-to:list-id"))),
    Case("h= in capitals with blanks", accepted("dkim"),
         signed(Sig(h="From : Subject : Content-Type :\r\n\tContent-Transfer-Encoding"))),
    Case("h= with an empty name", REFUSED, signed(tags(h="")), plain="pass"),
]  # fmt: skip

BROKEN = [
    Case("the body was changed", REFUSED, changed(b"harbour is done", b"harbour is lost"), plain="fail"),
    Case("the body was appended to", REFUSED, signed(tamper=appended), plain="fail"),
    Case("the Subject was changed", REFUSED, changed(b"Subject: Harbour", b"Subject: Money"), plain="fail"),
    Case("the author was changed", REFUSED, changed(b"<anna@", b"<ceo@"), plain="fail"),
    Case("a false bh=", REFUSED, signed(tags(bh=base64.b64encode(hashlib.sha256(b"x").digest()).decode())),
         plain="fail"),
    Case("no bh=", REFUSED, changed(b"; bh=", b"; xx="), plain="fail"),
    Case("junk in b=", REFUSED, signed(tamper=lambda part: part.replace(b"\tb=", b"\tb=*%", 1)), plain="fail"),
    Case("an empty b=", REFUSED,
         signed(Sig(d="acme.fi"), tamper=lambda part: part.replace(b"\tb=", b"\tx=", 1), fields={})),
    Case("somebody else's key", REFUSED, signed(Sig(key="evil")), plain="fail"),
    Case("sha1", REFUSED, signed(Sig(hash="sha1")), plain="pass"),
    Case("an unknown algorithm", REFUSED, signed(tags(a="rsa-md5")), plain="fail"),
    Case("no algorithm", REFUSED, signed(tags(a=None)), plain="fail"),
    Case("another version", REFUSED, signed(tags(v="2"))),
    Case("an unknown canonicalization", REFUSED, changed(b"c=relaxed/relaxed", b"c=relaxed/loose"), plain="fail"),
    Case("an unknown kind of query", REFUSED, signed(tags(q="http/json"))),
    Case("i= of another domain", REFUSED, signed(tags(i="@evil.example")), plain="fail"),
    Case("i= of a domain that ends like ours", REFUSED, signed(tags(i="@evilacme.fi"))),
    Case("expired before it arrived", REFUSED, signed(tags(t=at(-7200), x=at(-3600))), plain="fail"),
    Case("expires before it was signed", REFUSED, signed(tags(t=at(-60), x=at(-120))), plain="fail"),
    Case("signed two days after it arrived", REFUSED, signed(tags(t=at(2 * 86400)))),
    Case("t= of a thousand digits", REFUSED, signed(tags(t="9" * 1000))),
    Case("x= that is no number", REFUSED, signed(tags(x="soon"))),
    Case("d= twice, the attacker's second", REFUSED, signed(Sig(raw="d=acme.fi; ", d="evil.example", key="evil"))),
    Case("d= twice, the attacker's first", REFUSED, signed(Sig(raw="d=evil.example; ", key="evil"))),
    Case("a field without tags", REFUSED, signed(sign=(), above="DKIM-Signature: acme.fi\n")),
    Case("an empty field", REFUSED, signed(sign=(), above="DKIM-Signature:\n")),
    Case("a field of more than 8 kB", REFUSED, signed(tags(z="Subject:" + "x" * 9000))),
    Case("a signature of another message", REFUSED, signed(Sig(), tamper=lambda part: (
         part.replace(b"Message-ID: <harbour", b"Message-ID: <other"))), plain="fail"),
]  # fmt: skip

NAMES = [
    Case("d= a top-level domain", REFUSED, signed(Sig(d="fi")), {"s1._domainkey.fi TXT": ["v=DKIM1; p={rsa}"]},
         plain="pass"),
    Case("d= empty", REFUSED, signed(Sig(d=""))),
    Case("d= with an underscore", REFUSED, signed(Sig(d="_x.acme.fi")),
         {"s1._domainkey._x.acme.fi TXT": ["v=DKIM1; p={rsa}"]}),
    Case("d= with an address", REFUSED, signed(Sig(d="acme.fi@evil.example")),
         {"s1._domainkey.acme.fi@evil.example TXT": ["p={rsa}"]}),
    Case("d= with a blank", REFUSED, signed(Sig(d="evil.example acme.fi"))),
    Case("d= in UTF-8", REFUSED,
         signed(sign=(), tamper=lambda part: b"DKIM-Signature: v=1; d=\xc3\xa4kta.fi\r\n" + part)),
    Case("d= of a label that is too long", REFUSED, signed(Sig(d="a" * 64 + ".acme.fi"))),
    Case("d= of 300 characters", REFUSED, signed(Sig(d="a." * 147 + "acme.fi"))),
    Case("d= with a NUL", MALFORMED,
         signed(tamper=lambda part: part.replace(b"d=acme.fi", b"d=acme.fi\0.evil.example"))),
    Case("s= that reaches for another domain", REFUSED, signed(Sig(s="s1._domainkey.evil.example.\\", key="evil"))),
    Case("s= with a blank", REFUSED, signed(Sig(s="s 1"))),
    Case("s= empty", REFUSED, signed(Sig(s=""))),
    Case("s= with a slash", REFUSED, signed(Sig(s="a/b")), {"a/b._domainkey.acme.fi TXT": ["v=DKIM1; p={rsa}"]}),
    Case("s= of two labels", accepted("dkim"), signed(Sig(s="2025.s1")),
         {"2025.s1._domainkey.acme.fi TXT": ["v=DKIM1; p={rsa}"]}),
    Case("d= in capitals", accepted("dkim"), signed(Sig(d="ACME.FI"))),
]  # fmt: skip

KEYS = [
    Case("a revoked key", REFUSED, signed(), record("v=DKIM1; p="), plain="fail"),
    Case("no key", REFUSED, signed(), {"s1._domainkey.acme.fi TXT": []}, plain="fail"),
    Case("a record without p=", REFUSED, signed(), record("v=DKIM1; k=rsa"), plain="fail"),
    Case("a record that is something else", REFUSED, signed(), record("v=spf1 -all"), plain="fail"),
    Case("junk in p=", REFUSED, signed(), record("v=DKIM1; p=%%%%"), plain="fail"),
    Case("base64 of no key", REFUSED, signed(), record("v=DKIM1; p=aGVsbG8gd29ybGQ="), plain="fail"),
    Case("an unknown version", REFUSED, signed(), record("v=DKIM2; p={rsa}"), plain="fail"),
    Case("an unknown kind of key", REFUSED, signed(), record("v=DKIM1; k=dsa; p={rsa}")),
    Case("two keys", REFUSED, signed(), record("v=DKIM1; p={rsa}", "v=DKIM1; p={evil}")),
    Case("a record of more than 4 kB", REFUSED, signed(), record("v=DKIM1; p={rsa}; n=" + "x" * 4200)),
    Case("a key for testing", REFUSED, signed(), record("v=DKIM1; t=y; p={rsa}"), plain="pass"),
    Case("a key for testing and more", REFUSED, signed(), record("v=DKIM1; t=s:y; p={rsa}"), plain="pass"),
    Case("a key that forbids subdomains", REFUSED, signed(tags(i="@sub.acme.fi"), author="anna@sub.acme.fi"),
         record("v=DKIM1; t=s; p={rsa}"), plain="pass"),
    Case("a key that forbids sha256", REFUSED, signed(), record("v=DKIM1; h=sha1; p={rsa}"), plain="pass"),
    Case("a key for another service", REFUSED, signed(), record("v=DKIM1; s=tlsrpt; p={rsa}")),
    Case("a key for a service that nobody knows", REFUSED, signed(), record("v=DKIM1; s=other; p={rsa}")),
    Case("an RSA key that is said to be Ed25519", REFUSED, signed(), record("v=DKIM1; k=ed25519; p={rsa}")),
    Case("an Ed25519 signature said to be of RSA", REFUSED, signed(Sig(key="ed", tags={"a": "rsa-sha256"})),
         record("v=DKIM1; k=ed25519; p={ed}"), plain="pass"),
    Case("an RSA signature said to be of Ed25519", REFUSED, signed(tags(a="ed25519-sha256")), plain="pass"),
    Case("512 bits", REFUSED, signed(of_key("rsa512")[0]), of_key("rsa512")[1], plain="fail"),
    Case("768 bits", REFUSED, signed(of_key("rsa768")[0]), of_key("rsa768")[1], plain="fail"),
    Case("16,384 bits", REFUSED, signed(of_key("rsa16384")[0]), of_key("rsa16384")[1], plain="pass"),
    Case("an exponent of 41 bits", REFUSED, signed(of_key("exponent")[0]), of_key("exponent")[1], plain="pass"),
    Case("1,024 bits", accepted("dkim"), signed()),
    Case("2,048 bits", accepted("dkim"), signed(of_key("rsa2048")[0]), of_key("rsa2048")[1]),
    Case("8,192 bits", accepted("dkim"), signed(of_key("rsa8192")[0]), of_key("rsa8192")[1]),
    Case("Ed25519", accepted("dkim"), signed(of_key("ed", "ed25519")[0]), of_key("ed", "ed25519")[1]),
    Case("a record of p= alone", accepted("dkim"), signed(), record("p={rsa}")),
    Case("a record of everything", accepted("dkim"), signed(),
         record("v=DKIM1; h=sha1:sha256; k=rsa; n=note; s=email:x; t=s; p={rsa};"), plain="fail"),
    Case("a record with blanks", accepted("dkim"), signed(), record(" v = DKIM1 ;  k = rsa ;\tp = {rsa} ; ")),
    Case("a record for all services", accepted("dkim"), signed(), record("v=DKIM1; s=*; p={rsa}")),
    Case("an alias of the key", accepted("dkim"), signed(Sig(s="esp1")),
         {"esp1._domainkey.acme.fi CNAME": ["esp1.dkim.esp.example"],
         "esp1.dkim.esp.example TXT": ["v=DKIM1; p={rsa}"]}),
]  # fmt: skip

GOOD = [
    Case("simple and simple", accepted("dkim"), signed(Sig(c="simple/simple"))),
    Case("simple alone", accepted("dkim"), signed(Sig(c="simple"))),
    Case("relaxed and simple", accepted("dkim"), signed(Sig(c="relaxed/simple"))),
    Case("simple and relaxed", accepted("dkim"), signed(Sig(c="simple/relaxed"))),
    Case("refolded on its way", accepted("dkim"), changed(b"Cc: 1001.mycompany", b"CC:\r\n\t 1001.mycompany")),
    Case("blanks at line ends and empty lines at the end", accepted("dkim"),
         changed(b"done.\r\n", b"done.  \t\r\n\r\n\r\n")),
    Case("tags with blanks around", accepted("dkim"), signed(Sig(separator=" ;\r\n\t "))),
    Case("unknown tags", accepted("dkim"), signed(tags(zz="1"))),
    Case("no t=", accepted("dkim"), signed(tags(t=None))),
    Case("signed five minutes after it arrived", accepted("dkim"), signed(tags(t=at(300)))),
    Case("expired since it arrived", accepted("dkim"), signed(tags(x=at(86400))), plain="fail"),
    Case("i= of a subdomain", accepted("dkim"), signed(tags(i="@sub.acme.fi"))),
    Case("i= of a person", accepted("dkim"), signed(tags(i="anna@acme.fi"))),
    Case("the second signature", accepted("dkim"), signed(OF_EVIL, Sig())),
    Case("the second signature of the same domain", accepted("dkim"), signed(Sig(key="evil"), Sig())),
    Case("the good one behind a broken one of sha1", accepted("dkim"), signed(Sig(hash="sha1"), Sig())),
    Case("the twelfth signature, eleven of others above", accepted("dkim"),
         signed(*[junk(f"other{n}.example") for n in range(11)], Sig())),
    Case("a signature of Ed25519 beside one of RSA", accepted("dkim"), signed(Sig(s="ed", key="ed"), Sig()),
         {"ed._domainkey.acme.fi TXT": ["v=DKIM1; k=ed25519; p={ed}"]}),
    Case("somebody else's signature alone", REFUSED, evil(), plain="pass"),
]  # fmt: skip
