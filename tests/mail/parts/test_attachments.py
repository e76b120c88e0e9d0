from __future__ import annotations

import base64
import hashlib
import mmap
import os

import pytest

from poller.mail.parts import attachments
from poller.mail.reader import read_message


def message(octets):
    return (
        b"From: a@x.fi\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n"
        b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(octets).replace(b"\n", b"\r\n")
        + b"--b--\r\n"
    )


def test_a_large_attachment_of_a_mapped_file_is_streamed(tmp_path):
    octets = os.urandom(5_000_000)
    path = tmp_path / "source"
    path.write_bytes(message(octets))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as source:
        (attachment,) = read_message(source).attachments
        chunks = list(attachment.chunks())
        assert b"".join(chunks) == b"".join(attachment.chunks()) == octets
        del attachment
    assert max(map(len, chunks)) < 2 * attachments.CHUNK
    assert hashlib.sha256(octets).hexdigest() == hashlib.sha256(b"".join(chunks)).hexdigest()


def test_size_and_hash_are_those_of_the_chunks():
    for size in (0, 1, 1_000, 800_000, 900_000):
        octets = os.urandom(size)
        (attachment,) = read_message(message(octets)).attachments
        assert attachment.size == size
        assert attachment.sha256 == hashlib.sha256(octets).hexdigest()
        assert b"".join(attachment.chunks()) == octets


@pytest.mark.parametrize(
    ("content_type", "html", "inline"),
    [
        ("image/png; name=logo.png", '<img src="cid:one@x">', True),
        ("application/octet-stream; name=logo.PNG", '<img src="cid:one@x">', True),
        ("image/png; name=logo.png", "<p>no picture</p>", False),
        ("application/pdf; name=contract.pdf", '<a href="cid:one@x">contract</a>', False),
        ("application/octet-stream; name=contract.pdf", '<a href="cid:one@x">contract</a>', False),
    ],
)
def test_only_an_image_that_the_text_shows_is_inline(content_type, html, inline):
    source = (
        "From: a@x.fi\r\nSubject: x\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n"
        f"--b\r\nContent-Type: {content_type}\r\nContent-ID: <one@x>\r\n\r\noctets\r\n--b--\r\n"
    )
    (attachment,) = read_message(source.encode()).attachments
    assert attachment.inline is inline


@pytest.mark.parametrize(
    ("content_type", "octets", "name"),
    [
        ("application/applefile; name=Report.doc", "x", "Report.doc.applefile"),
        ("application/applefile", "x", "attachment.applefile"),
        ("application/mac-binhex40; name=Report.doc", "x", "Report.doc.hqx"),
        ("application/mac-binhex40; name=report.HQX", "x", "report.HQX"),
        ("message/external-body; access-type=URL; name=a.pdf", "Content-Type: application/pdf", "a.pdf.txt"),
        ("message/global", "Subject: ä", "ä.eml"),
        ("message/news; name=a.txt", "Subject: To be: or not", "To be_ or not.eml"),
    ],
)
def test_a_name_says_what_the_file_is(content_type, octets, name):
    source = (
        f"From: a@x.fi\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: {content_type}\n\n{octets}\n"
    )
    (attachment,) = read_message(f"{source}--b--\n".encode()).attachments
    assert attachment.name == name
