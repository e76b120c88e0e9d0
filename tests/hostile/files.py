"""Attachments: names that harm, archives and pictures that unpack to more, and winmail.dat, which is unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from tests.child import winmail
from tests.hostile.making import Kind, attached, kinds, multipart, part, with_text

NAMES = {
    "a path": "../../../../etc/passwd",
    "a path of Windows": "..\\..\\Windows\\System32\\drivers\\etc\\hosts",
    "a reserved name": "CON",
    "a reserved name with an extension": "lpt1.txt",
    "a stream": "a.txt::$DATA",
    "bidi characters": "invoice\u202efdp.exe",
    "isolates": "\u2066\u2067a\u2069.pdf",
    "a zero-width name": "\u200b\u200d\ufeff.pdf",
    "control characters": "a\x07\x1b[2J.pdf",
    "C1 controls": "a\x9b2J.pdf",
    "line separators": "a\u2028b\u2029.pdf",
    "noncharacters": "a\ufffe\uffff\U0001ffff.pdf",
    "tags": "a\U000e0041\U000e0042.pdf",
    "dots": "....",
    "blanks": "   ",
    "a hidden file": ".htaccess",
    "combining characters": "a" + "\u0301" * 60_000,
    "an expanding ligature": "\ufdfa" * 60_000,
    "1 MB": "a" * 1_000_000,
    "250 kB": "a" * 250_000,
    "250 kB of dots": "." * 250_000,
    "250 kB of slashes": "/" * 250_000,
    "many extensions": "a" + ".exe" * 60_000,
    "quotes": 'a\\"; rm -rf \\".pdf',
    "percent signs": "%2e%2e%2f%00.pdf",
}


def _named(what: str) -> Kind:
    return Kind(name=f"a file name of {what}", count=1, make=lambda _: with_text(attached(NAMES[what].encode(), b"a")))


def zipped(size: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../bomb", bytes(size))
    return packed.getvalue()


def picture(side: int) -> bytes:
    """A PNG of that many pixels, all alike, in a thousandth of their size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes((side // 8 + 1) * 1_000))
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _winmail(octets: bytes) -> bytes:
    return multipart([attached(b"winmail.dat", winmail.HEAD + octets, b"application/ms-tnef")])


def _nested(depth: int) -> bytes:
    inner = winmail.HEAD + winmail.message((0x37, winmail.WIDE, "a".encode("utf-16-le")))
    for _ in range(depth):
        inner = winmail.HEAD + winmail.embedded(inner)
    return inner[len(winmail.HEAD) :]


def _rich(packed: bytes, size: int) -> bytes:
    head = struct.pack("<IIII", len(packed) + 12, size, 0x75465A4C, zlib.crc32(packed) ^ 0xFFFFFFFF)
    return winmail.message((0x1009, winmail.BINARY, head + packed))


def _stored_rich(text: bytes) -> bytes:
    return winmail.message(
        (0x1009, winmail.BINARY, struct.pack("<IIII", len(text) + 12, len(text), 0x414C454D, 0) + text)
    )


KINDS = (
    *(_named(what) for what in NAMES),
    *kinds(
        ("1,000 equal names", 998, lambda n: with_text(*[attached(b"a.pdf", b"a")] * n)),
        ("1,000 equal names of 200 characters", 998, lambda n: with_text(*[attached(b"a" * 200, b"a")] * n)),
        (
            "names that are what others become",
            499,
            lambda n: with_text(
                *(attached(name, b"a") for k in range(2, n + 2) for name in (b"a.pdf", b"a (%d).pdf" % k))
            ),
        ),
        (
            "names that differ by case alone",
            998,
            lambda n: with_text(*(attached(b"A.pdf" if k % 2 else b"a.pdf", b"a") for k in range(n))),
        ),
        (
            "1,000 names of 30,000 characters",
            998,
            lambda n: with_text(*(attached("\ufdfa".encode() * 10_000, b"a") for _ in range(n))),
        ),
        ("1,000 files of no name", 998, lambda n: with_text(*[part(b"application/pdf", b"a")] * n)),
        (
            "a file name in 1,000 pieces",
            999,
            lambda n: with_text(
                part(
                    b"application/pdf",
                    b"a",
                    b"Content-Disposition: attachment"
                    + b"".join(b";\r\n filename*%d*=%s%%C3%%A4" % (k, b"" if k else b"utf-8''") for k in range(n)),
                )
            ),
        ),
        ("a zip bomb", 1_000_000_000, lambda n: with_text(attached(b"bomb.zip", zipped(n)))),
        (
            "a picture of 10 thousand million pixels",
            100_000,
            lambda n: with_text(attached(b"bomb.png", picture(n), b"image/png")),
        ),
        (
            "90 attachments of 1 MB",
            60,
            lambda n: with_text(*(attached(b"a.bin", bytes([k]) * 1_000_000) for k in range(n))),
        ),
        (
            "20 attachments of 4 MB",
            15,
            lambda n: with_text(*(attached(b"a.bin", bytes([k]) * 4_000_000) for k in range(n))),
        ),
        ("winmail.dat of junk", 20_000_000, lambda n: _winmail(b"\1" * n)),
        ("winmail.dat of attributes", 1_000_000, lambda n: _winmail(winmail.attribute(0x9999) * n)),
        ("winmail.dat of 100,000 files", 100_000, lambda n: _winmail(winmail.attached(b"a", b"b") * n)),
        ("winmail.dat of 1,000 files", 1_000, lambda n: _winmail(winmail.attached(b"a", b"b") * n)),
        ("winmail.dat of a file of 50 MB", 50_000_000, lambda n: _winmail(winmail.attached(b"a", bytes(n)))),
        ("winmail.dat that claims 4 GB", 4_000_000_000, lambda n: _winmail(winmail.attribute(0x800F, b"a", length=n))),
        ("winmail.dat of properties", 500_000, lambda n: _winmail(winmail.message(*[(0x37, winmail.LONG, 1)] * n))),
        (
            "winmail.dat that claims 4 thousand million properties",
            4_000_000_000,
            lambda n: _winmail(winmail.attribute(0x9003, struct.pack("<I", n))),
        ),
        (
            "winmail.dat of many properties in many files",
            1_000,
            lambda n: _winmail(winmail.attached(b"a", b"b", *[(0x37, winmail.LONG, 1)] * 900) * n),
        ),
        ("winmail.dat nested 100 deep", 100, lambda n: _winmail(_nested(n))),
        ("winmail.dat that claims 1 GB of rich text", 1_000_000_000, lambda n: _winmail(_rich(b"\x00{\\rtf1 a}", n))),
        (
            "winmail.dat of compressed rich text",
            2_000_000,
            lambda n: _winmail(_rich(b"\xff" + (b"\x0c\xff" * 8 + b"\xff") * (n // 17), n * 10)),
        ),
        ("winmail.dat of rich text of groups", 2_000_000, lambda n: _winmail(_stored_rich(b"{\\rtf1 " + b"{" * n))),
        (
            "winmail.dat of rich text of words",
            1_000_000,
            lambda n: _winmail(_stored_rich(b"{\\rtf1 " + b"\\par a" * n + b"}")),
        ),
        (
            "winmail.dat of rich text of 20 MB",
            20_000_000,
            lambda n: _winmail(_stored_rich(b"{\\rtf1 " + b"a" * n + b"}")),
        ),
        (
            "winmail.dat of a hostile page",
            100_000,
            lambda n: _winmail(winmail.message((0x1013, winmail.BINARY, b"<div>" * n))),
        ),
        (
            "winmail.dat of a page of 20 MB",
            4_000_000,
            lambda n: _winmail(winmail.message((0x1013, winmail.STRING, b"<div>" * n))),
        ),
        (
            "winmail.dat of a text of 50 MB",
            50_000_000,
            lambda n: _winmail(winmail.attribute(0x800C, b"a" * n, level=1)),
        ),
        (
            "100 winmail.dat",
            100,
            lambda n: multipart(
                [attached(b"winmail.dat", winmail.HEAD + winmail.attached(b"a", b"b"), b"application/ms-tnef")] * n
            ),
        ),
        (
            "2 winmail.dat of rich text",
            2,
            lambda n: multipart(
                [
                    attached(
                        b"winmail.dat",
                        winmail.HEAD + _stored_rich(b"{\\rtf1 " + b"\\par a" * 1_000_000 + b"}"),
                        b"application/ms-tnef",
                    )
                ]
                * n
            ),
        ),
        (
            "2 winmail.dat of properties",
            2,
            lambda n: multipart(
                [
                    attached(
                        b"winmail.dat",
                        winmail.HEAD + winmail.attached(b"a", b"b", *[(0x37, winmail.LONG, 1)] * 900) * 900,
                        b"application/ms-tnef",
                    )
                ]
                * n
            ),
        ),
    ),
)
