"""MIME trees: too deep, too many parts, boundaries that mislead, and parts that never end."""

from __future__ import annotations

from tests.hostile.making import CRLF, kinds, letter, multipart, part, typed, with_text


def nested(times: int, *, closed: bool = True, subtype: bytes = b"mixed") -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/%s; boundary=b%d\r\n\r\n--b%d\r\n" % (subtype, depth, depth) for depth in range(times)
    )
    closing = b"".join(b"\r\n--b%d--\r\n" % depth for depth in reversed(range(times))) if closed else b""
    first, _, rest = (opened + b"\r\nText." + closing).partition(CRLF)
    return letter(first, body=rest.removeprefix(CRLF))


def messages(times: int) -> bytes:
    return typed(b"message/rfc822", b"Content-Type: message/rfc822\r\n\r\n" * times + b"Subject: inner\r\n\r\nText.")


def _prefixes(times: int) -> bytes:
    """Each boundary is the beginning of those inside it."""
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=" + b"b" * depth + b"\r\n\r\n--" + b"b" * depth + CRLF
        for depth in range(1, times + 1)
    )
    first, _, rest = (opened + b"\r\nText.").partition(CRLF)
    return letter(first, body=rest.removeprefix(CRLF))


def _rescanned(times: int) -> bytes:
    """Levels that each hold nearly all of it, so that it is scanned again at each."""
    return nested(49, closed=False) + b"\r\n-- -\r\n" * times


KINDS = kinds(
    ("100,000 empty parts", 100_000, lambda n: typed(b"multipart/mixed; boundary=b", b"--b\r\n\r\n" * n)),
    ("100,000 parts with a header", 100_000, lambda n: multipart([part(b"text/plain", b"a")] * n)),
    ("1,000,000 delimiters", 1_000_000, lambda n: typed(b"multipart/mixed; boundary=b", b"--b\r\n" * n)),
    ("1,000,000 closing delimiters", 1_000_000, lambda n: typed(b"multipart/mixed; boundary=b", b"--b--\r\n" * n)),
    ("delimiters that are none", 2_000_000, lambda n: typed(b"multipart/mixed; boundary=b", b"\r\n--bb" * n)),
    (
        "delimiters with blanks behind them",
        20_000,
        lambda n: typed(b"multipart/mixed; boundary=b", (b"\r\n--b" + b" " * 500 + b"x") * n),
    ),
    (
        "one delimiter with 20 MB of blanks",
        20_000_000,
        lambda n: typed(b"multipart/mixed; boundary=b", b"\r\n--b" + b" " * n + b"x"),
    ),
    ("multipart nested 10,000 deep", 10_000, nested),
    ("multipart nested 10,000 deep, never closed", 10_000, lambda n: nested(n, closed=False)),
    ("multipart/alternative nested 10,000 deep", 10_000, lambda n: nested(n, subtype=b"alternative")),
    ("multipart/digest nested 10,000 deep", 10_000, lambda n: nested(n, subtype=b"digest")),
    ("message/rfc822 nested 2,000 deep", 2_000, messages),
    ("message/rfc822 nested 1,000,000 deep", 1_000_000, messages),
    (
        "one multipart inside itself",
        100_000,
        lambda n: typed(
            b"multipart/mixed; boundary=b", b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * n
        ),
    ),
    ("a boundary of 1 MB", 1_000_000, lambda n: multipart([part(b"text/plain", b"Text.")], boundary=b"b" * n)),
    ("a boundary of 250 kB", 250_000, lambda n: multipart([part(b"text/plain", b"Text.")], boundary=b"b" * n)),
    ("boundaries each of which begins the next", 200, _prefixes),
    ("levels that are scanned again and again", 5_000_000, _rescanned),
    ("no boundary", 10_000_000, lambda n: typed(b"multipart/mixed", b"--b\r\n\r\n" * (n // 7))),
    ("an empty boundary", 1_000_000, lambda n: typed(b'multipart/mixed; boundary=""', b"--\r\n\r\n" * n)),
    (
        "1,000 parts with headers of 30 kB",
        999,
        lambda n: multipart([part(b"text/plain", b"", *[b"X: " + b"a" * 300] * 100)] * n),
    ),
    (
        "1,000 parts with 1,000 parameters each",
        999,
        lambda n: multipart([part(b"text/plain" + b"; a=b;c=d" * 500)] * n),
    ),
    ("1,000 parts with 30 kB of semicolons each", 999, lambda n: multipart([part(b"text/plain" + b";" * 30_000)] * n)),
    (
        "100 parts with a header of 900 kB each",
        100,
        lambda n: multipart(
            [part(b"text/plain", b"", b"Content-Disposition: " + b"a" * 250_000, b"X: " + b"b" * 600_000)] * n
        ),
    ),
    (
        "100 attached messages with a header of 900 kB",
        100,
        lambda n: multipart([part(b"message/rfc822", b"Subject: a" + b"\r\n a" * 200_000 + b"\r\n\r\nb")] * n),
    ),
    (
        "30 attached messages with many recipients",
        30,
        lambda n: multipart(
            [part(b"message/rfc822", b"From: a@b.fi\r\nTo: " + b"a@b.fi, " * 8_000 + b"\r\n\r\nb")] * n
        ),
    ),
    (
        "1,000 attached messages",
        999,
        lambda n: multipart([part(b"message/rfc822", b"From: a@b.fi\r\nSubject: =?utf-8?q?a?= b\r\n\r\nb")] * n),
    ),
    (
        "one part with a header of 20 MB",
        5_000_000,
        lambda n: multipart([part(b"text/plain", b"", b"X: a" + b"\r\n a" * n)]),
    ),
    ("one part of 5 million header fields", 5_000_000, lambda n: multipart([part(b"text/plain", b"", *[b"X:"] * n)])),
    (
        "1,000 renderings of one text",
        999,
        lambda n: multipart([part(b"text/html", b"<p>a" * 500)] * n, subtype=b"alternative"),
    ),
    ("999 pages", 999, lambda n: multipart([part(b"text/html", b"<p>" + b"<b>a</b> " * 400)] * n)),
    (
        "999 texts",
        999,
        lambda n: multipart([part(b"text/plain", b"On Monday, Carl <c@d.fi> wrote:\r\n> a\r\n" * 50)] * n),
    ),
    (
        "message/partial",
        1_000,
        lambda n: typed(b'message/partial; id="a@b"; number=1; total=%d' % n, b"Subject: inner\r\n\r\nText."),
    ),
    (
        "message/external-body",
        999,
        lambda n: with_text(
            *[
                part(
                    b'message/external-body; access-type=URL; URL="http://127.0.0.1:1/a"',
                    b"Content-Type: image/png\r\n\r\n",
                )
            ]
            * n
        ),
    ),
    (
        "a report with 100,000 recipients",
        100_000,
        lambda n: multipart(
            [
                part(b"text/plain", b"Failed."),
                part(b"message/delivery-status", b"Final-Recipient: rfc822; a@b.fi\r\nAction: failed\r\n\r\n" * n),
            ],
            subtype=b"report; report-type=delivery-status",
        ),
    ),
    (
        "delivery status in mixed parts",
        100_000,
        lambda n: with_text(
            part(b"message/delivery-status", b"Final-Recipient: rfc822; a@b.fi\r\nAction: failed\r\n\r\n" * n)
        ),
    ),
    (
        "a signed multipart of 999 signatures",
        999,
        lambda n: multipart(
            [part(b"text/plain", b"Text.")] + [part(b"application/pgp-signature", b"a" * 100)] * n, subtype=b"signed"
        ),
    ),
    (
        "a binary part that looks like delimiters",
        10_000_000,
        lambda n: multipart([part(b"application/octet-stream", b"\n-" * (n // 2))]),
    ),
    (
        "a part of 50 MB that never ends",
        50_000_000,
        lambda n: typed(
            b"multipart/mixed; boundary=b",
            b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + b"QUFB" * (n // 4),
        ),
    ),
)
