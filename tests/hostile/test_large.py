"""An attachment of 50 MiB is filed by a real worker in little memory, and as it was sent, whatever it is sent as."""

from __future__ import annotations

import quopri
from base64 import b64encode
from hashlib import sha256
from random import Random

import pytest

from tests.hostile.judging import MEBIBYTE
from tests.hostile.making import CRLF, attached, letter, part, plain, with_text
from tests.hostile.making import in_base64 as in_64
from tests.hostile.signed import signature
from tests.hostile.working import working
from tests.servers.dovecot import Kind
from tests.workplace import Workplace, mail

ABOVE_IDLE = 64 * MEBIBYTE
OCTETS = Random(7).randbytes(50 * MEBIBYTE)
_NAMED = b"Content-Disposition: attachment; filename=large.bin"


def _encoded(encoding, octets, content_type=b"application/octet-stream"):
    return with_text(part(content_type, octets, _NAMED, b"Content-Transfer-Encoding: " + encoding))


def lines():
    text = b64encode(OCTETS)[: len(OCTETS)]
    return CRLF.join(text[at : at + 76] for at in range(0, len(text), 76))[: len(OCTETS)]


def quoted_printable():
    coded = (quopri.encodestring(OCTETS[: 10 * MEBIBYTE]) + b"A line of text.\n" * (2 * MEBIBYTE)).replace(b"\n", CRLF)
    return _encoded(b"quoted-printable", coded), quopri.decodestring(coded)


def text():
    return _encoded(b"8bit", lines(), b"text/plain; charset=utf-8"), lines()


def text_that_is_all():
    return plain(lines()), lines()


def attached_message():
    coded = in_64(OCTETS[: 36 * MEBIBYTE])
    inner = letter(b"Content-Type: application/pdf", b"Content-Transfer-Encoding: base64", body=coded)
    return with_text(part(b"message/rfc822", inner)), inner


def signed():
    field = signature().replace(b"simple/simple", b"relaxed/relaxed")
    return field + CRLF + with_text(attached(b"large.bin", OCTETS)), OCTETS


@pytest.fixture(scope="module")
def worker(dovecot_of, tmp_path_factory):
    dovecot = dovecot_of(Kind())
    workplace = Workplace(folder=tmp_path_factory.mktemp("large"), dovecot=dovecot, user=dovecot.user())
    workplace.import_directory()
    with working(workplace, mail(0)) as worker:
        yield worker


SHAPES = (signed, quoted_printable, text, text_that_is_all, attached_message)


@pytest.mark.parametrize("make", SHAPES, ids=lambda make: make.__name__)
def test_a_large_attachment_is_filed_in_little_memory(worker, make):
    source, octets = make()
    source = source.replace(b"Subject: Hostile", b"Subject: " + make.__name__.encode(), 1)
    assert worker.handle(source)
    (activity,) = (one for one in worker.workplace.listing("activities") if one["subject"] == make.__name__)
    assert sha256(octets).hexdigest() in [file["sha256"] for file in activity["files"]]
    assert (worker.peak - worker.idle) / MEBIBYTE < ABOVE_IDLE / MEBIBYTE
