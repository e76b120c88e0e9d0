"""What the proof of the author reads: signatures, seals, and results that somebody else claims to have found."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from tests.hostile.making import kinds, letter

_BODY = b"Text.\r\n"
_HASH = b64encode(sha256(_BODY).digest())


def signature(number: int = 0, names: bytes = b"from", more: bytes = b"", body_hash: bytes = _HASH) -> bytes:
    """What it says of the body is true, so that the key is asked for."""
    return b"DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=acme.fi; s=s%d; h=%s; bh=%s; %sb=AAAA" % (
        number,
        names,
        body_hash,
        more,
    )


def arc(instance: int) -> tuple[bytes, ...]:
    claims = b"i=%d; a=rsa-sha256; d=acme.fi; s=s;" % instance
    return (
        b"ARC-Seal: " + claims + b" cv=pass; b=AAAA",
        b"ARC-Message-Signature: " + claims + b" h=from; bh=" + _HASH + b"; b=AAAA",
        b"ARC-Authentication-Results: i=%d; mx.acme.fi; dkim=pass header.d=acme.fi" % instance,
    )


def received(number: int) -> bytes:
    return (
        b"Received: from a%d.fi (a%d.fi [203.0.113.7]) by b%d.fi with ESMTP id 1; Mon, 02 Mar 2026 12:00:00 +0000"
        % (
            number,
            number,
            number,
        )
    )


KINDS = kinds(
    ("10,000 DKIM signatures", 10_000, lambda n: letter(*map(signature, range(n)), body=_BODY)),
    ("990 DKIM signatures", 990, lambda n: letter(*map(signature, range(n)), body=_BODY)),
    (
        "900 DKIM signatures of all fields",
        900,
        lambda n: letter(*(signature(k, b":".join([b"dkim-signature"] * 60)) for k in range(n)), body=_BODY),
    ),
    ("a DKIM signature of 40,000 fields", 40_000, lambda n: letter(signature(0, b":".join([b"from"] * n)), body=_BODY)),
    ("a DKIM signature of 100,000 tags", 50_000, lambda n: letter(signature(0, more=b"x=1; " * n), body=_BODY)),
    (
        "a DKIM signature of tags that differ",
        20_000,
        lambda n: letter(signature(0, more=b"".join(b"a%d=1; " % k for k in range(n))), body=_BODY),
    ),
    ("a DKIM signature with a b= of 250 kB", 250_000, lambda n: letter(signature(0) + b"A" * n, body=_BODY)),
    (
        "a DKIM signature of folds",
        60_000,
        lambda n: letter(signature(0, more=b"t=" + b"\r\n " * n + b"1; "), body=_BODY),
    ),
    (
        "a DKIM signature in 20,000 labels",
        20_000,
        lambda n: letter(signature().replace(b"acme.fi", b"a." * n + b"acme.fi"), body=_BODY),
    ),
    (
        "DKIM signatures with l=0",
        100,
        lambda n: letter(*(signature(k, more=b"l=0; ") for k in range(n)), body=_BODY * 100_000),
    ),
    (
        "a DKIM signature with an l= of 200,000 digits",
        200_000,
        lambda n: letter(signature(0, more=b"l=" + b"9" * n + b"; "), body=_BODY),
    ),
    (
        "DKIM signatures with different l=",
        500,
        lambda n: letter(*(signature(k, more=b"l=%d; " % (k * 1_000)) for k in range(n)), body=_BODY * 1_000_000),
    ),
    (
        "a DKIM signature with t= and x= of 100,000 digits",
        100_000,
        lambda n: letter(signature(0, more=b"t=" + b"9" * n + b"; x=" + b"9" * n + b"; "), body=_BODY),
    ),
    (
        "DKIM over a body of 90 MB of blanks",
        90_000_000,
        lambda n: letter(
            *(signature(k).replace(b"simple/simple", b"relaxed/relaxed") for k in range(9)), body=b" " * n
        ),
    ),
    (
        "DKIM over a body of 90 MB of line breaks",
        90_000_000,
        lambda n: letter(
            *(signature(k).replace(b"simple/simple", b"relaxed/relaxed") for k in range(9)), body=b"\r\n" * (n // 2)
        ),
    ),
    (
        "DKIM over a body of 90 MB of bare CR",
        90_000_000,
        lambda n: letter(signature(), signature(1).replace(b"simple/simple", b"relaxed/relaxed"), body=b"\r" * n),
    ),
    (
        "DKIM over a body of 90 MB of bare LF",
        90_000_000,
        lambda n: letter(signature(), signature(1).replace(b"simple/simple", b"relaxed/relaxed"), body=b"\n" * n),
    ),
    (
        "DKIM over blanks and line breaks",
        20_000_000,
        lambda n: letter(
            *(
                signature(k).replace(b"simple/simple", form)
                for k, form in enumerate((b"simple/relaxed", b"relaxed/simple", b"relaxed/relaxed"))
            ),
            body=b" \t\r\n" * n,
        ),
    ),
    (
        "DKIM over a field of blanks",
        240_000,
        lambda n: letter(
            signature(0, b"from:subject").replace(b"simple/simple", b"relaxed/relaxed"),
            b"Subject: a" + b" " * n + b"b",
            body=_BODY,
        ),
    ),
    ("ARC sets up to 50", 50, lambda n: letter(*(line for k in range(n, 0, -1) for line in arc(k)), body=_BODY)),
    ("300 ARC sets", 300, lambda n: letter(*(line for k in range(n, 0, -1) for line in arc(k)), body=_BODY)),
    ("300 ARC sets of one instance", 300, lambda n: letter(*(line for _ in range(n) for line in arc(1)), body=_BODY)),
    (
        "990 Authentication-Results",
        990,
        lambda n: letter(
            *[b"Authentication-Results: mx.example.com; dkim=pass header.d=acme.fi; spf=pass smtp.mailfrom=acme.fi"] * n
        ),
    ),
    (
        "Authentication-Results of 10,000 methods",
        10_000,
        lambda n: letter(b"Authentication-Results: mx.example.com" + b"; dkim=pass header.d=acme.fi" * (n // 2)),
    ),
    (
        "Authentication-Results of comments",
        100_000,
        lambda n: letter(b"Authentication-Results: mx.example.com; dkim=pass " + b"(" * n + b")" * n),
    ),
    ("990 Received", 990, lambda n: letter(*map(received, range(n)))),
    (
        "990 Received of a thousand octets of junk",
        900,
        lambda n: letter(*[b"Received: from a by " + b"(from by [1.2.3.4]" * 50] * n),
    ),
    ("Received of 250 kB of hosts", 8_000, lambda n: letter(b"Received: " + b"from a.fi (a.fi [203.0.113.7]) " * n)),
    (
        "Received-SPF again and again",
        900,
        lambda n: letter(
            *[b"Received-SPF: pass (a: domain of b@acme.fi) client-ip=203.0.113.7; envelope-from=b@acme.fi"] * n
        ),
    ),
    ("990 Return-Path", 990, lambda n: letter(*[b"Return-Path: <anna@acme.fi>"] * n)),
    ("lists in 900 fields", 900, lambda n: letter(*[b"List-Id: <a.b.fi>"] * n)),
)
