"""A and B: octets that two parsers could read differently, and fields that may be there once."""

from __future__ import annotations

from tests.acceptance.authentication.case import MALFORMED, REFUSED, Case, accepted
from tests.acceptance.authentication.message import Mail, evil, signed
from tests.acceptance.authentication.signing import Sig

CEO = "From: Boss <ceo@acme.fi>\n"
LONG = "x" * 9_990


def inserted(octets: bytes, mail: Mail | None = None) -> Mail:
    """Raw octets on top of the sender's fields, after signing."""
    return signed(tamper=lambda part: octets + part) if mail is None else mail


OCTETS = [
    Case("a NUL in an unsigned field", MALFORMED, inserted(b"X-A: a\0b\r\n")),
    Case("a NUL in From", MALFORMED, evil("Boss <ceo@acme.fi\0.evil.example>")),
    Case("a bare CR that hides a From in an unsigned field", MALFORMED,
         evil("x@evil.example", tamper=lambda part: b"X: a\rFrom: ceo@acme.fi\r\n" + part), plain="pass"),
    Case("a bare CR before the real From", MALFORMED,
         evil("x@evil.example", tamper=lambda part: part.replace(b"From:", b"X: a\rFrom: ceo@acme.fi\r\nFrom:"))),
    Case("a bare CR inside a signed Subject", MALFORMED, signed(fields={"Subject": "a\rFrom: ceo@acme.fi"})),
    Case("a bare LF in a header of CRLF", MALFORMED, inserted(b"X-A: a\nX-B: b\r\n")),
    Case("a bare LF that hides a From", MALFORMED,
         evil("x@evil.example", tamper=lambda part: b"X-A: a\nFrom: ceo@acme.fi\r\n" + part)),
    Case("a continuation as the first line", MALFORMED, signed(delivered=lambda whole: b" folded: yes\r\n" + whole)),
    Case("a blank folded line", MALFORMED, inserted(b"X-A: a\r\n \r\n b\r\n")),
    Case("a blank folded line after which a From follows", MALFORMED,
         evil("x@evil.example", tamper=lambda part: b"X-A: a\r\n\t \r\nFrom: ceo@acme.fi\r\n" + part)),
    Case("a line without a colon", MALFORMED, inserted(b"this is not a field\r\n")),
    Case("a line that starts with a colon", MALFORMED, inserted(b": nameless\r\n")),
    Case("a blank before the colon of a second From", MALFORMED,
         evil("x@evil.example", tamper=lambda part: b"From : Boss <ceo@acme.fi>\r\n" + part), plain="pass"),
    Case("a blank before the colon of an unsigned field", MALFORMED, inserted(b"X-A : a\r\n")),
    Case("a field's name beyond ASCII", MALFORMED, inserted(b"X-\xc3\xa4: a\r\n")),
    Case("an mbox line among the fields", MALFORMED, inserted(b"From ceo@acme.fi Mon Mar  3 10:00:00 2025\r\n")),
    Case("more than a megabyte of header", MALFORMED,
         inserted(b"".join(b"X-%d: %s\r\n" % (number, LONG.encode()) for number in range(110)))),
    Case("more than 1,000 fields", MALFORMED, inserted(b"X-A: a\r\n" * 1_001)),
    Case("more than 256 kB in one field", MALFORMED, inserted(b"X-A:" + b" a\r\n" * 80_000)),
    Case("a store that keeps lone LFs throughout", accepted("dkim"),
         signed(delivered=lambda whole: whole.replace(b"\r\n", b"\n"))),
    Case("octets beyond ASCII in an unsigned field", accepted("dkim"), inserted(b"X-A: \xe4\xff\r\n")),
    Case("a Subject in raw UTF-8", accepted("dkim"), signed(fields={"Subject": "Määräys"})),
    Case("900 fields", accepted("dkim"), inserted(b"X-A: a\r\n" * 900)),
    Case("a field of 200 kB", accepted("dkim"), inserted(b"X-A: a" + b"\r\n bbb" * 33_000 + b"\r\n")),
    Case("a bare LF in the body", accepted("spf"), Mail(body=b"one\ntwo\r\n")),
    Case("an empty body", accepted("dkim"), signed(body=b"")),
    Case("a body without a final line break", accepted("dkim"), signed(body=b"Hello")),
    Case("a body that looks like a header", accepted("dkim"), signed(body=b"From: ceo@globex.example\r\n\r\nx\r\n")),
    Case("a line of the body that starts with From", accepted("dkim"), signed(body=b"From here on\r\nwe walk.\r\n")),
]  # fmt: skip


def twice(name: str, first: str, value: str) -> Case:
    """A replay: the original signature covers the field below, the attacker's copy stands above."""
    return Case(f"two {name}", MALFORMED,
                signed(fields={name: value}, above=f"{name}: {first}\n"), plain="pass")  # fmt: skip


SINGLETONS = [
    Case("two From, the forged one above", MALFORMED, evil("x@evil.example", above=CEO)),
    Case("two From, the forged one below", MALFORMED, evil("x@evil.example", below=CEO)),
    Case("two From, one of them in capitals", MALFORMED, evil("x@evil.example", above=CEO.upper())),
    Case("two From, and both are Anna", MALFORMED, signed(above="From: anna@acme.fi\n")),
    Case("two From, both signed by evil.example", MALFORMED,
         evil("x@evil.example", fields={"FROM": "ceo@acme.fi"},
         sign=(Sig(d="evil.example", key="evil", h="from:from"),))),
    Case("two From, with monitoring", MALFORMED, evil("x@evil.example", above=CEO),
         settings={"AUTH_POLICY": "monitor"}),
    twice("Subject", "Send money", "Harbour"),
    twice("Content-Type", "text/html", "text/plain"),
    twice("Content-Transfer-Encoding", "base64", "8bit"),
    twice("MIME-Version", "2.0", "1.0"),
    twice("Date", "Tue, 04 Mar 2025 10:00:00 +0000", "Mon, 03 Mar 2025 10:00:00 +0000"),
    twice("Message-ID", "<1@evil.example>", "<1@acme.fi>"),
    twice("Sender", "x@evil.example", "anna@acme.fi"),
    twice("Reply-To", "x@evil.example", "anna@acme.fi"),
    twice("In-Reply-To", "<2@evil.example>", "<2@acme.fi>"),
    twice("References", "<3@evil.example>", "<3@acme.fi>"),
    Case("no From", REFUSED, evil(fields={"From": None}, sign=())),
    Case("no From but a Sender", REFUSED, Mail(fields={"From": None, "Sender": "anna@acme.fi"})),
    Case("a From that begins with a blank is no From", REFUSED, evil(fields={"From": None}, sign=(),
         above="X-A: 1\n From: Boss <ceo@acme.fi>\n")),
    Case("a From that begins with a blank is no second From", accepted("dkim spf", "evil.example"),
         evil("x@evil.example", above="X-A: 1\n From: Boss <ceo@acme.fi>\n")),
    Case("From in capitals", accepted("dkim"), signed(fields={"From": None, "FROM": "anna@acme.fi"})),
    Case("a secretary's Sender", accepted("dkim"), signed(fields={"Sender": "secretary@acme.fi"})),
    Case("Sender of the attacker's passes, From does not", REFUSED,
         evil("ceo@acme.fi", fields={"Sender": "x@evil.example"})),
    Case("Resent-From of the attacker's passes, From does not", REFUSED,
         evil("ceo@acme.fi", fields={"Resent-From": "x@evil.example"})),
    Case("Sender is Anna, From is not", REFUSED,
         signed(author="ceo@globex.example", fields={"Sender": "anna@acme.fi"})),
    Case("Resent-From below a good From changes nothing", accepted("dkim"),
         signed(fields={"Resent-From": "x@evil.example", "Resent-Sender": "x@evil.example"})),
    Case("Reply-To elsewhere changes nothing", accepted("dkim"), signed(fields={"Reply-To": "support@globex.example"})),
]  # fmt: skip
