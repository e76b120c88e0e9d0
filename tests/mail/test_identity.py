from __future__ import annotations

import pytest

from poller.mail.reader import read_message

MESSAGE = (
    b"Received: from a by b\r\nFrom: Anna <anna@acme.fi>\r\nSubject: Offer\r\nDate: Mon, 1 Jan 2024 10:00:00 +0200\r\n"
    b"Message-ID: <1@Acme.fi>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--b\r\nContent-Type: application/pdf\r\n\r\npdf\r\n--b--\r\n"
)


def identity(source, **kwargs):
    return read_message(source, **kwargs).identity


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Received: from a by b\r\n", b"Delivered-To: x@y.fi\r\nReceived: from c by d\r\n"),
        (b"Anna <anna@acme.fi>", b'"A. Smith" <ANNA@acme.fi>'),
        (b"<1@Acme.fi>", b"<1@ACME.fi>"),
        (b"Mon, 1 Jan 2024", b"Mon,\r\n 1 Jan 2024"),
        (b"Subject: Offer", b"Subject: =?utf-8?q?Offer?="),
        (b"text\r\n--b", b"text \r\n\r\n--b"),
        (b"boundary=b", b'boundary="b"'),
        (b"\r\n\r\ntext", b"\r\nContent-Transfer-Encoding: base64\r\n\r\ndGV4dA=="),
    ],
)
def test_two_delivery_paths_agree(old, new):
    assert old in MESSAGE
    assert identity(MESSAGE.replace(old, new, 1)) == identity(MESSAGE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"anna@acme.fi", b"bo@acme.fi"),
        (b"<1@Acme.fi>", b"<2@Acme.fi>"),
        (b"Message-ID: <1@Acme.fi>\r\n", b""),
        (b"10:00:00", b"10:00:01"),
        (b"Offer", b"Offers"),
        (b"text\r\n--b", b"texts\r\n--b"),
        (b"<p>html", b"<p>page"),
        (b"pdf\r\n--b--", b"pdfs\r\n--b--"),
        (b"From: Anna <anna@acme.fi>\r\n", b"From: a@x.fi, b@x.fi\r\n"),
    ],
)
def test_two_different_messages_never_agree(old, new):
    assert old in MESSAGE
    assert identity(MESSAGE.replace(old, new, 1)) != identity(MESSAGE)


def test_text_that_moves_between_values_changes_the_identity():
    one = b"From: a@x.fi\r\nMessage-ID: <ab>\r\nDate: c\r\n\r\n"
    other = b"From: a@x.fi\r\nMessage-ID: <a>\r\nDate: bc\r\n\r\n"
    assert identity(one) != identity(other)


def test_an_oversized_message_is_known_by_header_and_size():
    header = MESSAGE.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert identity(header, oversized=True, size=10) == identity(header, oversized=True, size=10)
    assert identity(header, oversized=True, size=10) != identity(header, oversized=True, size=11)
    assert identity(header, oversized=True, size=10) != identity(header)
