"""Charsets: every name that Python knows and many that it must not use, over octets that fit none of them."""

from __future__ import annotations

from encodings.aliases import aliases

from tests.hostile.making import Kind, in_base64, kinds, letter, multipart, part, typed

FALSE = (
    *(
        "x-unknown",
        "rot13",
        "zlib",
        "bz2",
        "base64",
        "hex",
        "uu",
        "quopri",
        "mbcs",
        "oem",
        "idna",
        "punycode",
        "undefined",
    ),
    *("unicode_escape", "raw_unicode_escape", "utf-8-sig", "utf-7", "utf-16", "utf-32", "unicode", "utf-8\0", "\0", ""),
    *("../../etc/passwd", "encodings.aliases", "hz", "iso-2022-jp-2", "iso-2022-kr", "iso-2022-jp-3", "big5hkscs"),
    *(
        "a" * 100_000,
        "%s%n",
        "utf-8 utf-16",
        "utf\u20118",
        "\U0001f600",
        "cesu-8",
        "utf-1",
        "bocu-1",
        "scsu",
        "utf-ebcdic",
    ),
)
KNOWN = tuple(sorted({*aliases.values()}))
_OCTETS = {
    "all octets": bytes(range(256)) * 8_000,
    "escapes": b"\x1b$B~~\x1b(B~{~}+AGA-\\u0041\\N{DIGIT ONE}" * 60_000,
    "shifts": b"+2AA-+3AA-~~~{" * 140_000,
}


def _text(charset: str, what: str) -> Kind:
    kind = b'text/plain; charset="' + charset.encode() + b'"'
    return Kind(
        name=f"{what} in charset {charset[:20]!r}",
        count=len(_OCTETS[what]),
        make=lambda n: typed(kind, in_base64(_OCTETS[what][:n]), b"Content-Transfer-Encoding: base64"),
    )


def _words(times: int) -> bytes:
    names = [name.encode() for name in (*FALSE, *KNOWN) if name.isascii() and name.isprintable() and " " not in name]
    words = b" ".join(b"=?" + name[:70] + b"?b?//79ANgA3AA=?=" for name in names if name)
    return letter(b"Subject: a " + words[:times])


KINDS = (
    *(_text(charset, what) for charset in (*FALSE, *KNOWN) for what in _OCTETS),
    *kinds(
        ("encoded words in all charsets", 250_000, _words),
        (
            "999 parts in charsets of 10 kB",
            999,
            lambda n: multipart([part(b"text/plain; charset=" + b"%d" % k + b"a" * 10_000, b"\xff") for k in range(n)]),
        ),
    ),
)
