"""Header fields: one that is too large, too many, and each just below the limits, where it is read to its end."""

from __future__ import annotations

from itertools import count, islice

from poller.mail.header import MAX_FIELD
from tests.hostile.making import CRLF, Kind, kinds, letter

FIELDS = (
    *("From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-To", "Return-Path", "X-Original-To", "Delivered-To"),
    *("Subject", "Date", "Message-ID", "In-Reply-To", "References", "Thread-Index", "MIME-Version"),
    *("Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID", "Content-Location"),
    *("Received", "Received-SPF", "Authentication-Results", "ARC-Authentication-Results", "ARC-Seal"),
    *("ARC-Message-Signature", "DKIM-Signature", "X-Mailfiler-Notice", "Auto-Submitted", "Precedence"),
    *("List-Id", "List-Unsubscribe", "X-Failed-Recipients", "X-Unknown"),
)
"""Whatever anything here reads."""

SHAPES = {
    "semicolons": b"; ",
    "commas": b",",
    "parentheses": b"(",
    "pairs of parentheses": b"()",
    "quotes": b'"',
    "escaped quotes": b'"\\"',
    "backslashes": b"\\",
    "angles": b"<",
    "identifiers": b"<a@b> ",
    "blanks": b" ",
    "folds": b"\r\n ",
    "equals signs": b"=",
    "beginnings of encoded words": b"=?",
    "almost encoded words": b"=?utf-8?q?a?a",
    "encoded words": b"=?utf-8?q?=41?= ",
    "charsets of encoded words": b"=?utf-7?q?+2AA-?= =?x?b?AA==?= ",
    "mailboxes": b"a@b.fi, ",
    "groups": b"g:;",
    "at signs": b"@",
    "dots": b"a.",
    "parameters": b";a=b",
    "continuations": b";a*0*=utf-8''%41;a*1=\"b\"",
    "high octets": b"\xf0\x9f\x98\x80\xff",
    "brackets": b"[",
    "colons": b"from:",
    "digits": b"1",
    "mechanisms": b" dkim=pass header.d=acme.fi;",
    "clauses": b" by mx.acme.fi for <a@b.fi>",
    "tags": b" h=from; d=acme.fi;",
}

_BEGINNING = {
    "from": b"anna@acme.fi ",
    "content-type": b"text/plain",
    "content-disposition": b"attachment",
    "received": b"from a.acme.fi (a.acme.fi [203.0.113.7]) by mx.example.com",
    "authentication-results": b"mx.example.com;",
    "arc-authentication-results": b"i=1; mx.example.com;",
    "arc-seal": b"i=1; a=rsa-sha256; d=acme.fi; s=s; cv=none; b=AA==;",
    "arc-message-signature": b"i=1; a=rsa-sha256; d=acme.fi; s=s; h=from; bh=AA==; b=AA==;",
    "dkim-signature": b"v=1; a=rsa-sha256; d=acme.fi; s=s; h=from; bh=AA==; b=AA==;",
    "received-spf": b"pass (mx.example.com: domain of anna@acme.fi)",
}


def filled(name: str, octets: bytes, size: int) -> bytes:
    """A field of that name which begins as it should and goes on with those octets again and again."""
    start = name.encode() + b": " + _BEGINNING.get(name.lower(), b"")
    return start + octets * ((size - len(start)) // len(octets))


def _one(name: str, shape: str) -> Kind:
    def make(size: int) -> bytes:
        return letter(filled(name, SHAPES[shape], size))

    return Kind(name=f"{name} of {shape}", count=MAX_FIELD - 200, make=make)


GRID = tuple(_one(name, shape) for name in FIELDS for shape in SHAPES)
"""Each field with each of them, as large as it may be."""


def numbered(pattern: bytes, times: int, start: int = 0) -> bytes:
    return b"".join(pattern % number for number in islice(count(start), times))


def _lines(pattern: bytes, times: int) -> bytes:
    return letter(*(pattern % number for number in range(times)))


KINDS = kinds(
    ("a header field of 10 MB", 10_000_000, lambda n: letter(b"X-Long: " + b"a" * n)),
    (
        "a folded header field of 10 MB",
        250_000,
        lambda n: letter(b"X-Long: a" + b"\r\n aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" * n),
    ),
    ("100,000 header fields", 100_000, lambda n: _lines(b"X-Field-%d: a", n)),
    ("100,000 empty header fields", 100_000, lambda n: letter(*[b"X:"] * n)),
    ("1,000 header fields of a thousand octets", 950, lambda n: letter(*[b"X-Field: " + b"a" * 1_000] * n)),
    ("100,000 lines that are no fields", 100_000, lambda n: letter(*[b"no field"] * n)),
    ("1,000,000 recipients", 1_000_000, lambda n: letter(b"To: " + numbered(b"a%d@globex.example, ", n))),
    (
        "1,000,000 recipients, folded",
        1_000_000,
        lambda n: letter(b"To: " + numbered(b"a%d@globex.fi,\r\n ", n) + b"z@z.fi"),
    ),
    (
        "20,000 recipients",
        20_000,
        lambda n: letter(b"To: " + numbered(b"Carl %d <carl%%d@globex.example>, ".replace(b"%%d", b"x"), n)),
    ),
    ("20,000 recipients in fields of their own", 20_000, lambda n: _lines(b"Cc: carl%d@globex.example", n)),
    (
        "recipients in To, Cc, Bcc and Resent-To up to the limit",
        11_000,
        lambda n: letter(
            *(name + numbered(b"a%d@globex.example, ", n) for name in (b"To: ", b"Cc: ", b"Bcc: ", b"Resent-To: "))
        ),
    ),
    (
        "filing addresses up to the limit",
        6_000,
        lambda n: letter(b"To: " + numbered(b"%d.mycompany@in.example.com, ", n)),
    ),
    (
        "filing addresses in 900 delivery headers",
        900,
        lambda n: _lines(b"Delivered-To: %d.mycompany@in.example.com", n),
    ),
    (
        "filing addresses in Received",
        900,
        lambda n: _lines(
            b"Received: from a by b for <%d.mycompany@in.example.com>; Mon, 02 Mar 2026 12:00:00 +0000", n
        ),
    ),
    ("a subject of 5 MB", 5_000_000, lambda n: letter(b"Subject: " + b"a" * n)),
    ("a subject of 5 MB, folded", 100_000, lambda n: letter(b"Subject: a" + b"\r\n " + b"a " * 25 * n)),
    ("a subject of 100,000 encoded words", 100_000, lambda n: letter(b"Subject: " + b"=?utf-8?q?=C3=A4?= " * n)),
    (
        "a subject of encoded words, each in another charset",
        12_000,
        lambda n: letter(b"Subject: " + numbered(b"=?x-%d?q?=C3?= ", n)),
    ),
    (
        "a subject of one encoded word of 250 kB",
        250_000,
        lambda n: letter(b"Subject: =?utf-8?q?" + b"=41" * (n // 3) + b"?="),
    ),
    ("a subject of terminal escapes", 50_000, lambda n: letter(b"Subject: a" + b"\x1b[2J\x9b" * n)),
    ("a subject of encoded terminal escapes", 10_000, lambda n: letter(b"Subject: a" + b"=?utf-8?q?=1B]0;x=07?=" * n)),
    ("a subject of bidi characters", 60_000, lambda n: letter(b"Subject: a" + "\u202e".encode() * n)),
    ("semicolons in Content-Type", 10_000, lambda n: letter(b"Content-Type: text/plain" + b"; " * n)),
    ("20,000 parameters", 20_000, lambda n: letter(b"Content-Type: text/plain" + numbered(b"; a%d=b", n))),
    ("20,000 parameters of one name", 20_000, lambda n: letter(b"Content-Type: text/plain" + b"; a=b" * n)),
    ("20,000 RFC 2231 segments", 20_000, lambda n: letter(b"Content-Type: text/plain" + numbered(b"; a*%d=b", n))),
    (
        "20,000 RFC 2231 segments, encoded, backwards",
        15_000,
        lambda n: letter(b"Content-Type: text/plain" + b"".join(b"; a*%d*=%%41" % k for k in reversed(range(n)))),
    ),
    ("nested comments", 100_000, lambda n: letter(b"To: " + b"(" * n + b")" * n + b" a@b.fi")),
    (
        "nested comments in all fields",
        30_000,
        lambda n: letter(
            *(
                name + b": " + b"(" * n + b")" * n
                for name in (b"Cc", b"Content-Type", b"References", b"Received", b"Authentication-Results", b"Date")
            )
        ),
    ),
    ("100,000 groups", 100_000, lambda n: letter(b"To: " + b"g:;" * (n // 2) + b"g:" * (n // 2))),
    ("200,000 angles as Message-ID", 200_000, lambda n: letter(b"Message-ID: " + b"<" * n)),
    ("20,000 references", 20_000, lambda n: letter(b"References: " + numbered(b"<%d@b> ", n))),
    ("a NUL in the header", 1_000, lambda n: letter(b"X: " + b"\0" * n)),
    ("bare line ends in the header", 100_000, lambda n: letter(b"X: " + b"\r" * n)),
    ("an empty message", 0, lambda _n: b""),
    ("a header without an end", 900_000, lambda n: letter(b"X: " + b"a" * (n // 4))[:-9]),
    ("only line breaks", 10_000_000, lambda n: CRLF * (n // 2)),
    ("only blanks", 10_000_000, lambda n: b" " * n),
    ("only NUL", 10_000_000, lambda n: b"\0" * n),
    ("only colons", 1_000_000, lambda n: b":" * n),
    ("an absurd date", 200_000, lambda n: letter(b"Date: " + b"9" * n + b" Jan 99999 99:99:99 +9999")),
    ("a domain of 60,000 labels", 60_000, lambda n: letter(b"From: a@" + b"a." * n + b"fi")),
    ("recipients in domains of many labels", 400, lambda n: letter(b"To: " + (b"a@" + b"a." * 300 + b"fi, ") * n)),
    (
        "recipients in domains beyond ASCII",
        10_000,
        lambda n: letter(b"To: " + "".join(f"a@\u00e4{k}.fi, " for k in range(n)).encode()),
    ),
    (
        "recipients whose domains IDNA takes long for",
        250,
        lambda n: letter(b"To: " + "".join(f"a@{chr(0x4E00 + k)}{chr(0x6F22) * 300}.fi, " for k in range(n)).encode()),
    ),
    (
        "an author whose domain IDNA takes long for",
        80_000,
        lambda n: letter(("From: a@" + "\u6f22" * n + ".fi").encode()),
    ),
    ("a display name of 250 kB", 250_000, lambda n: letter(b'From: "' + b"a" * n + b'" <anna@acme.fi>')),
    ("a display name of quotes", 60_000, lambda n: letter(b"From: " + b'"\\"" ' * (n // 2) + b"<anna@acme.fi>")),
    (
        "a display name of encoded words",
        15_000,
        lambda n: letter(b"From: " + b"=?utf-8?q?a?= " * n + b"<anna@acme.fi>"),
    ),
    (
        "a display name of unclosed encoded words",
        60_000,
        lambda n: letter(b"From: " + b"=?a?q?" * (n // 2) + b"<anna@acme.fi>"),
    ),
    (
        "line breaks in a display name",
        20_000,
        lambda n: letter(b"From: =?utf-8?q?" + b"=0D=0ABcc:_x" * n + b"?= <anna@acme.fi>"),
    ),
    ("line breaks in Message-ID", 20_000, lambda n: letter(b"Message-ID: <a\r\n " + b"b\r\n " * n + b"@acme.fi>")),
)
