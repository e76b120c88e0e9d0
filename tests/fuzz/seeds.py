"""What fuzzing begins with: our golden files, and pieces of them."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from poller.authentication.dns import RecordType
from poller.mail.fields.words import decoded
from poller.mail.header import split_header
from poller.mail.reader import read_message
from tests.authentication.mailboxes import SHAPES
from tests.child.winmail import BINARY, HEAD, STRING, WIDE, attached, attribute, codepage, embedded, message
from tests.fuzz.answers import SECRET

TESTS = Path(__file__).parent.parent
_WIDE = "tarjous ä.pdf\0".encode("utf-16le")
_RTF = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\uc1\b Hei\b0\par \u228?\'e4\tab{\*\x y}\bin3 abc}"


@cache
def messages() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((TESTS / "mail" / "golden").glob("*.eml")))


def headers() -> Iterator[bytes]:
    return (source[: split_header(source).body_offset] for source in messages())


def traces() -> Iterator[bytes]:
    for shape in SHAPES.values():
        yield shape.header.encode() + b"From: a@acme.fi\n\nx\n"
    for source in messages():
        yield b"To: 1001.mycompany@in.example.com\r\nAuto-Submitted: no (x)\r\nReturn-Path: <a@b.fi>\r\n" + source


def values(*names: str) -> Iterator[bytes]:
    """Those of fields of that name."""
    for source in messages():
        yield from (field.value for field in split_header(source).fields if field.name in names)


def addresses() -> Iterator[bytes]:
    return values("from", "to", "cc", "bcc", "sender", "reply-to")


def words() -> Iterator[bytes]:
    yield from values("subject", "date", "message-id", "references", "in-reply-to")


def parameters() -> Iterator[bytes]:
    yield from values("content-type", "content-disposition")
    yield b'attachment; filename*0*=utf-8\'fi\'%C3%A4; filename*1="b c"; name="=?utf-8?q?a?="'


def transfers() -> Iterator[bytes]:
    for number, octets in enumerate(
        [b"w6Q=\r\n", b"a=C3=A4=\r\nb", b"begin 644 a\r\n#0V%T\r\n`\r\nend\r\n", b"=}a=\r\nb"]
    ):
        yield bytes([min(number * 2, 6)]) + octets
        yield bytes([number]) + octets * 50


def texts() -> Iterator[bytes]:
    return (read_message(source).text.encode() for source in messages())


def pages() -> Iterator[bytes]:
    found = (read_message(source).html for source in messages())
    return (page.encode() for page in found if page)


def embedded_files() -> Iterator[bytes]:
    return (source for source in messages() if b"begin " in source or b"=ybegin" in source)


def lines() -> Iterator[bytes]:
    yield from (decoded(value).encode() for value in values("date", "subject"))
    yield from (
        b"2. maaliskuuta 2026 klo 10.00.00 UTC+2",
        b"March 2, 2026 at 10:00 PM CET",
        b"2026-03-02 10:00Z",
    )


def names() -> Iterator[bytes]:
    yield b"application/pdf|a.pdf\nimage/png|\ntext/plain|../con.txt\na/b|a.pdf\na/b|a (2).pdf\n|.\xe2\x80\xaefdp.exe"
    yield "text/html|ﬁ.html\ntext/html|FI.html\nx/y|ß.x\nx/y|SS.x\nx/y|".encode() + b"a" * 300 + b".pdf"


def received() -> Iterator[bytes]:
    found = (split_header(shape.header.encode() + b"\n") for shape in SHAPES.values())
    return (field.value for header in found for field in header.fields if field.name == "received")


def results() -> Iterator[bytes]:
    yield b' mx.example.com; dkim=pass (ok) header.d=acme.fi header.s=s1 header.b="ab/c"; spf=pass smtp.mailfrom=a@b.fi'
    yield b" mx.example.com 1;\r\n\tdmarc=pass (p=none) header.from=acme.fi; auth=pass (x) smtp.auth=a; none"
    yield b" spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=acme.fi; dkim=none; dmarc=bestguesspass action=none"
    yield b' "mx.example.com"; dkim=fail reason="b (c)" header.i=@acme.fi'
    yield b" mx.example.com; none"


_SIGNATURE = (
    b" v=1; a=ed25519-sha256; c=relaxed/relaxed; d=acme.fi; s=s1; i=@acme.fi; t=1772452800; x=1903737600;\r\n"
    b"\tq=dns/txt; h=from:to:subject:date; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    b"\tb=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQ=="
)


def signatures() -> Iterator[bytes]:
    yield _SIGNATURE
    yield _SIGNATURE.replace(b"ed25519", b"rsa").replace(b"relaxed/relaxed", b"simple")


def arc_sets() -> Iterator[bytes]:
    one = b"ARC-Seal: i=%d; a=rsa-sha256; cv=%s; d=acme.fi; s=s1; t=1; b=AAAA\r\nARC-Message-Signature: i=%d;%s\r\n"
    results = b"ARC-Authentication-Results: i=%d; mx.acme.fi; spf=pass smtp.mailfrom=a@acme.fi\r\n"
    first = one % (1, b"none", 1, _SIGNATURE) + results % 1
    yield first + b"From: a@acme.fi\r\n\r\n"
    yield one % (2, b"pass", 2, _SIGNATURE) + results % 2 + first + b"From: a@acme.fi\r\n\r\n"


def signed() -> Iterator[bytes]:
    for source in messages()[::8]:
        yield b"DKIM-Signature:" + _SIGNATURE + b"\r\n" + next(arc_sets()).partition(b"From")[0] + source


def records() -> Iterator[bytes]:
    yield b"v=DKIM1; k=rsa; h=sha256; s=email; t=y:s; n=x; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC"
    yield b"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    yield b"v=DMARC1; p=reject; sp=none; adkim=s; aspf=r; psd=n; rua=mailto:a@acme.fi"


def spf_records() -> Iterator[bytes]:
    yield b"a@acme.fi\nv=spf1 ip4:203.0.113.0/24 ip6:2001:db8::/32 a mx/24 ptr exists:%{ir}.%{l1r-}.%{d2} -all"
    yield b"a+b@acme.fi\nv=spf1 include:b.acme.fi redirect=%{d} exp=e.%{d}\n%{s} is not %{c} %{t} %{h} %{p} %%%_%-"
    yield b"@acme.fi\nv=spf1 +all"
    yield b"\nv=spf1 a:%{h} ?all"


def dns_answers() -> Iterator[bytes]:
    name = b"\4acme\2fi\0"
    data = {"A": b"\xc0\0\2\1", "AAAA": bytes(16), "MX": b"\0\x0a\2mx\xc0\x0c", "PTR": b"\xc0\x0c", "TXT": b"\3abc\1d"}
    numbers = {"A": 1, "AAAA": 28, "MX": 15, "PTR": 12, "TXT": 16}
    for number, kind in enumerate(RecordType):
        question = name + struct.pack("!HH", numbers[kind], 1)
        alias = b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 60, 4) + b"\1b\xc0\x0c"
        found = b"\1b\xc0\x0c" + struct.pack("!HHIH", numbers[kind], 1, 60, len(data[kind])) + data[kind]
        head = struct.pack("!HHHHH", 0x8180, 1, 2, 0, 0)
        yield bytes([number]) + b"id" + head + question + alias + found


def imap_answers() -> Iterator[bytes]:
    yield b'1 (UID 7 INTERNALDATE "02-Mar-2026 10:00:00 +0200" RFC822.SIZE 9)\n2 (UID 8 BODY[] {3}|a|b\n FLAGS ())'
    yield b'1 (BODY[]<0> {2}|xx\n UID 3)\n5 (UID 9 BODY[] NIL)\n* 9 (UID "x")\n[TRYCREATE] No such mailbox'


def notices() -> Iterator[bytes]:
    return (b"To: 1010.mycompany@in.example.com\r\n" + source for source in [*headers()][::6])


def settings() -> Iterator[bytes]:
    yield (TESTS.parent / "settings.example.env").read_bytes()
    yield (
        "FILING_ADDRESS=mycompany@in.example.com\nACTIVITY_TYPE=E-mail\nACTIVITY_STATUS=done\nIMAP_HOST=127.0.0.1\n"
        f"IMAP_SECURITY=plain\nIMAP_USERNAME=x\nIMAP_PASSWORD={SECRET}\nexport AUTH_POLICY='monitor' # x\nSPOOL=\"a\"\n"
        f"DATABASE_URL=postgresql://a:{SECRET}@h/d\n"
    ).encode()


def containers() -> Iterator[bytes]:
    yield HEAD + attached(b"a.txt", b"octets")
    yield HEAD + codepage(1252) + message((0x37, WIDE, _WIDE), (0x1000, STRING, b"body\0"), (0x1013, BINARY, b"<p>x"))
    inner = HEAD + message((0x0C1A, WIDE, _WIDE), (0x5D01, STRING, b"a@b.fi\0")) + attached(b"b.bin", bytes(300))
    yield HEAD + attribute(0x8004, b"Subject\0", level=1) + embedded(inner) + attached(b"", b"x", (0x3707, WIDE, _WIDE))
    yield HEAD + embedded(HEAD + embedded(HEAD + attached(b"a", b"b")))
    yield HEAD + message((0x1009, BINARY, next(rich_texts())))


def calendars() -> Iterator[bytes]:
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:FLE\r\nBEGIN:STANDARD\r\n"
        "DTSTART:16010101T040000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"
        "END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1@x\r\nSUMMARY;LANGUAGE=fi:Kokous\\, ä\r\n"
        "DTSTART;TZID=FLE:20260302T100000\r\nDTEND;TZID=FLE:20260302T110000\r\nRRULE:FREQ=WEEKLY;COUNT=9\r\n"
        'EXDATE;TZID=FLE:20260309T100000\r\nORGANIZER;CN="A":mailto:a@b.fi\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:c@d.fi\r\n'
        "LOCATION:Sali 1\r\nDURATION:PT1H\r\nDESCRIPTION:a\\nb\r\n c\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    yield event.encode()
    yield event.replace("REQUEST", "CANCEL").replace(";TZID=FLE", ";VALUE=DATE").replace("T100000", "").encode()


def rich_texts() -> Iterator[bytes]:
    """Not compressed, as MS-OXRTFCP allows it: that the other form is found is left to the fuzzer."""
    for rtf in (_RTF, _RTF * 20):
        yield struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf
    yield bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af862696403 0ff5".replace(" ", "")
    ) + bytes(9)


def child_answers() -> Iterator[bytes]:
    file = {"name": "a", "type": "a/b", "id": "", "place": [0, 4]}
    yield json.dumps({"files": [file], "text": [4, 4], "html": [0, 0], "damaged": False}).encode()
