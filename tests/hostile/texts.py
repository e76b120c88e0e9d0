"""Texts: enormous lines, millions of lines, codes of all kinds, and what looks like history, signatures and files."""

from __future__ import annotations

from random import Random

from tests.hostile.making import CRLF, in_base64, in_quoted_printable, kinds, letter, plain, typed

_ON = "On Mon, 2 Mar 2026 at 12:00, Carl <carl@globex.example> wrote:"


def _coded(encoding: bytes, body: bytes, kind: bytes = b"text/plain; charset=utf-8") -> bytes:
    return typed(kind, body, b"Content-Transfer-Encoding: " + encoding)


def _file(encoding: bytes, body: bytes) -> bytes:
    return _coded(encoding, body, b'application/octet-stream; name="a.bin"')


def _flowed(body: bytes) -> bytes:
    return typed(b"text/plain; charset=utf-8; format=flowed; delsp=yes", body)


def junk(size: int) -> bytes:
    return Random(1).randbytes(size)


def _uu(lines: bytes, name: bytes = b"a.bin") -> bytes:
    return b"begin 644 " + name + CRLF + lines + b"`\r\nend\r\n"


def _yenc(code: bytes, size: int) -> bytes:
    return b"=ybegin line=128 size=%d name=a.bin\r\n" % size + code + b"\r\n=yend size=%d\r\n" % size


_UU_LINE = b"M" + b"86%A" * 15 + CRLF
_SHORT_UU_LINE = b"#86%A\r\n"

KINDS = kinds(
    ("50 MB on one line", 50_000_000, lambda n: plain(b"a" * n)),
    ("50 MB on one line of blanks", 50_000_000, lambda n: plain(b" " * n)),
    ("50 MB on one line, of no charset", 50_000_000, lambda n: letter(body=b"\xe4" * n)),
    ("50 MB on one line, attached", 50_000_000, lambda n: typed(b"text/plain; name=a.txt", b"a" * n)),
    ("5 million lines", 5_000_000, lambda n: plain(b"a\r\n" * n)),
    ("5 million empty lines", 5_000_000, lambda n: plain(CRLF * n)),
    ("5 million bare CR", 5_000_000, lambda n: plain(b"a\r" * n)),
    ("5 million line separators", 5_000_000, lambda n: plain("\u2028".encode() * n)),
    ("10 million NUL", 10_000_000, lambda n: plain(b"\0" * n)),
    ("10 million form feeds and escapes", 10_000_000, lambda n: plain(b"\f\x1b" * (n // 2))),
    ("format=flowed with 5 million lines", 5_000_000, lambda n: _flowed(b"a \r\n" * n)),
    ("format=flowed with 5 million quoted lines", 5_000_000, lambda n: _flowed(b"> a \r\n>> b \r\n" * (n // 2))),
    ("format=flowed, one line of 10 million marks", 10_000_000, lambda n: _flowed(b">" * n + b" a \r\nb")),
    ("format=flowed, lines of many marks", 2_000, lambda n: _flowed((b">" * 990 + b" a \r\n") * n)),
    ("1 million lines of marks", 1_000_000, lambda n: plain(b">\r\n" * n)),
    ("lines of 1,000 marks", 10_000, lambda n: plain((b">" * 998 + CRLF) * n)),
    ("lines of marks and blanks", 500_000, lambda n: plain(b"> > > a\r\n\r\n" * n)),
    ("1 million attributions", 200_000, lambda n: plain(f"{_ON}\r\n".encode() * n)),
    ("attributions without an end", 1_000_000, lambda n: plain(b"On Monday Carl\r\n" * n)),
    ("attributions on one line", 200_000, lambda n: plain(f"{_ON} ".encode() * n)),
    ("lines that end with a colon", 1_000_000, lambda n: plain(b"a wrote:\r\n" * n)),
    ("long lines that end with a colon", 5_000, lambda n: plain((b"wrote " * 65 + b":\r\n") * n)),
    (
        "attributions over three lines",
        5_000,
        lambda n: plain((b"On 2 March 2026\r\n" + b"wrote " * 60 + b"\r\n12:00 @ wrote:\r\n") * n),
    ),
    ("From and Sent, again and again", 500_000, lambda n: plain(b"From: a@b.fi\r\nSent: Monday\r\n" * n)),
    ("From alone, again and again", 1_000_000, lambda n: plain(b"From: a@b.fi\r\n" * n)),
    (
        "a block with a value of 20 MB",
        5_000_000,
        lambda n: letter(b"Subject: FW: a", body=b"From: a@b.fi\r\nSent: now\r\nTo: a@b.fi,\r\n" + b" a;\r\n" * n),
    ),
    (
        "a block with a value of 20 kB per line",
        60,
        lambda n: letter(
            b"Subject: FW: a",
            body=b"From: a@b.fi\r\nSent: now\r\nTo: a@b.fi,\r\n" + (b" " + b"a <b@c.fi>; " * 900 + CRLF) * n,
        ),
    ),
    ("separators of original messages", 500_000, lambda n: plain(b"-----Original Message-----\r\n" * n)),
    ("separators of forwarded messages", 500_000, lambda n: plain(b"---------- Forwarded message ---------\r\n" * n)),
    ("lines of dashes", 100_000, lambda n: plain((b"-" * 390 + CRLF) * n)),
    ("lines of colons", 100_000, lambda n: plain((b":" * 390 + CRLF) * n)),
    ("signature marks", 1_000_000, lambda n: plain(b"-- \r\n" * n)),
    ("signature marks without a blank", 1_000_000, lambda n: plain(b"--\r\na\r\n" * n)),
    ("closing formulas", 500_000, lambda n: plain(b"Best regards,\r\nAnna\r\n" * n)),
    ("closing formulas of many words", 60, lambda n: plain((b"best regards " * 30_000 + CRLF) * n)),
    ("closing formulas with slashes", 60, lambda n: plain((b"br / " * 15 + CRLF) * n)),
    ("footers of telephones", 500_000, lambda n: plain(b"Sent from my iPhone\r\n" * n)),
    (
        "the Finnish footer, almost",
        60,
        lambda n: plain(b"L\xc3\xa4hetetty aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa sta x\r\n" * n),
    ),
    (
        "PGP clear-signed, again and again",
        50_000,
        lambda n: plain(
            b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\na\r\n"
            b"-----BEGIN PGP SIGNATURE-----\r\n-----END PGP SIGNATURE-----\r\n" * n
        ),
    ),
    ("beginnings of PGP clear-signed", 500_000, lambda n: plain(b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n" * n)),
    (
        "beginnings of PGP clear-signed and one end",
        40_000,
        lambda n: plain(
            b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n" * n
            + b"\n-----BEGIN PGP SIGNATURE-----\r\n" * 40
            + b"-----END PGP SIGNATURE-----\r\n"
        ),
    ),
    (
        "PGP headers without end",
        500_000,
        lambda n: plain(b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" + b"Hash: a\r\n" * n),
    ),
    (
        "dashes escaped",
        1_000_000,
        lambda n: plain(
            b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n"
            + b"- -\r\n" * n
            + b"-----BEGIN PGP SIGNATURE-----\r\n-----END PGP SIGNATURE-----\r\n"
        ),
    ),
    ("uuencode, 50 MB", 800_000, lambda n: plain(_uu(_UU_LINE * n))),
    ("uuencode of short lines", 5_000_000, lambda n: plain(_uu(_SHORT_UU_LINE * n))),
    ("uuencode, long and short lines in turn", 400_000, lambda n: plain(_uu((_UU_LINE + _SHORT_UU_LINE) * n))),
    ("uuencode begun 1 million times", 1_000_000, lambda n: plain(b"begin 644 a\r\n" * n)),
    ("uuencode of 100,000 files", 100_000, lambda n: plain(_uu(_SHORT_UU_LINE) * n)),
    (
        "uuencode of 100 files with equal names of 250 octets",
        100,
        lambda n: plain(_uu(_UU_LINE * 5_000, b"a" * 250) * n),
    ),
    ("uuencode as transfer encoding", 800_000, lambda n: _file(b"x-uuencode", _uu(_UU_LINE * n))),
    ("uuencode as transfer encoding, never begun", 8_000_000, lambda n: _file(b"x-uuencode", b"M\r\n" * n)),
    ("uuencode as transfer encoding, short lines", 5_000_000, lambda n: _file(b"x-uuencode", _uu(_SHORT_UU_LINE * n))),
    (
        "uuencode as transfer encoding, wrong lines",
        5_000_000,
        lambda n: _file(b"x-uuencode", b"begin 644 a\r\n" + b"#\xff\xff\r\n" * n),
    ),
    (
        "uuencode as transfer encoding, empty lines",
        20_000_000,
        lambda n: _file(b"x-uuencode", b"begin 644 a\r\n" + b"\n" * n),
    ),
    (
        "uuencode as transfer encoding, on one line",
        90_000_000,
        lambda n: _file(b"x-uuencode", b"begin 644 a\r\n" + b"M" * n),
    ),
    ("yEnc of 90 MB", 90_000_000, lambda n: plain(_yenc(b"a" * n, n))),
    ("yEnc of odd escapes", 45_000_000, lambda n: plain(_yenc(b"=a" * n, n))),
    (
        "yEnc of as many odd escapes as are read",
        85,
        lambda n: plain(_yenc((b"=a" * 10_000 + b"b" * 1_028_000) * n, 1_038_000 * n)),
    ),
    ("yEnc of escapes in turn", 22_000_000, lambda n: plain(_yenc(b"=}=J" * n, 2 * n))),
    ("yEnc of all the escapes that encoders add", 7_000_000, lambda n: plain(_yenc(b"=@=J=M=I=n=`" * n, 6 * n))),
    ("yEnc as transfer encoding, all octets", 80_000_000, lambda n: _file(b"x-yenc", junk(n))),
    ("yEnc as transfer encoding, odd escapes", 45_000_000, lambda n: _file(b"x-yenc", b"=a" * n)),
    ("yEnc as transfer encoding, odd escapes with line breaks", 30_000_000, lambda n: _file(b"x-yenc", b"=\r\n" * n)),
    ("yEnc begun 1 million times", 1_000_000, lambda n: plain(b"=ybegin line=1 size=1 name=a\r\n" * n)),
    (
        "yEnc of 100,000 parts",
        100_000,
        lambda n: plain(
            (b"=ybegin part=1 line=128 size=1 name=a\r\n=ypart begin=1 end=1\r\na\r\n=yend size=1 pcrc32=00\r\n") * n
        ),
    ),
    (
        "uuencode and yEnc in turn",
        100_000,
        lambda n: plain((_uu(_SHORT_UU_LINE) + b"=ybegin line=1 size=1 name=a\r\na\r\n=yend size=1\r\n") * n),
    ),
    ("base64 of junk", 60_000_000, lambda n: _file(b"base64", junk(n))),
    ("base64 of junk, as text", 60_000_000, lambda n: _coded(b"base64", junk(n))),
    ("base64 of nothing but blanks", 90_000_000, lambda n: _file(b"base64", b" " * n)),
    ("base64 of padding", 90_000_000, lambda n: _file(b"base64", b"=" * n)),
    ("base64 of padding that means nothing", 18_000_000, lambda n: _file(b"base64", b"AAAA=" * n)),
    ("base64 of padding after each group", 20_000_000, lambda n: _file(b"base64", b"QQ==" * n)),
    ("base64, a character a line", 30_000_000, lambda n: _file(b"base64", b"A\r\n" * n)),
    ("base64, 90 MB on one line", 90_000_000, lambda n: _file(b"base64", b"A" * n)),
    ("base64 inside base64", 20_000_000, lambda n: _file(b"base64", in_base64(in_base64(junk(n))))),
    ("quoted-printable of soft breaks only", 30_000_000, lambda n: _coded(b"quoted-printable", b"=\r\n" * n)),
    ("quoted-printable of soft breaks only, a file", 30_000_000, lambda n: _file(b"quoted-printable", b"=\r\n" * n)),
    ("quoted-printable of equals signs", 90_000_000, lambda n: _file(b"quoted-printable", b"=" * n)),
    ("quoted-printable of escapes", 30_000_000, lambda n: _file(b"quoted-printable", in_quoted_printable(b"\0" * n))),
    ("quoted-printable of blanks, one line", 90_000_000, lambda n: _file(b"quoted-printable", b" " * n)),
    ("quoted-printable of blanks, many lines", 900, lambda n: _file(b"quoted-printable", (b" " * 100_000 + b"\n") * n)),
    ("quoted-printable of letters, one line", 90_000_000, lambda n: _file(b"quoted-printable", b"a" * n)),
    ("quoted-printable of soft breaks and blanks", 20_000_000, lambda n: _file(b"quoted-printable", b"= \t\n" * n)),
    ("quoted-printable of line breaks", 90_000_000, lambda n: _file(b"quoted-printable", b"\n" * n)),
    ("links in brackets", 100_000, lambda n: plain(b"[cid:a@b][cid:" * n)),
    (
        "links to mail in a block",
        2_000,
        lambda n: letter(
            b"Subject: FW: a",
            body=b"From: a [mailto:a@b.fi]\r\nSent: now\r\nTo: " + b"[mailto:" * n + b"\r\nSubject: a\r\n",
        ),
    ),
    (
        "a calendar of 1 million lines",
        1_000_000,
        lambda n: typed(
            b"text/calendar; method=REQUEST; charset=utf-8",
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"
            + b"ATTENDEE;CN=a:mailto:a@b.fi\r\n" * n
            + b"END:VEVENT\r\nEND:VCALENDAR\r\n",
        ),
    ),
    (
        "a calendar of nested components",
        200_000,
        lambda n: typed(b"text/calendar; method=REQUEST", b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * n),
    ),
    (
        "a calendar of one folded line",
        1_000_000,
        lambda n: typed(
            b"text/calendar; method=REQUEST",
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:a" + b"\r\n a" * n + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        ),
    ),
    (
        "a calendar of recurrences",
        10_000,
        lambda n: typed(
            b"text/calendar; method=REQUEST",
            b"BEGIN:VCALENDAR\r\n"
            + b"BEGIN:VEVENT\r\nDTSTART:20260302T100000Z\r\nRRULE:FREQ=SECONDLY;COUNT=999999999\r\nEND:VEVENT\r\n" * n
            + b"END:VCALENDAR\r\n",
        ),
    ),
)
