from __future__ import annotations

import base64
import binascii
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.coding import transfer
from poller.mail.coding.transfer import base64_octets, decoded_chunks


def whole(source, encoding):
    return b"".join(decoded_chunks(source, 0, len(source), encoding))


@pytest.mark.parametrize(
    ("source", "octets"),
    [
        (b"aGVsbG8=", b"hello"),
        (b"aGVsbG8", b"hello"),
        (b"aGVs\r\nbG8=\r\n", b"hello"),
        (b" a G!V*s b-G8=", b"hello"),
        (b"aGVsbG8=\r\n-- \r\nlist footer", b"hello"),
        (b"aGVsbG8gd29ybGQ=aGVsbG8=", b"hello world"),
        (b"=aGVs=bG8=", b"hello"),
        (b"aGVsbG8hA", b"hello!"),
        (b"", b""),
        (b"====", b""),
    ],
)
def test_base64_is_read_leniently(source, octets):
    assert whole(source, "base64") == octets


@pytest.mark.parametrize(
    ("encoding", "source", "octets"),
    [
        ("quoted-printable", b"P=C3=A4iv=c3=a4=\r\n!", "Päivä!".encode()),
        ("quoted-printable", b"50 = 50 =ZZ =", b"50 = 50 =ZZ "),
        ("7bit", b"a=20\r\n", b"a=20\r\n"),
        ("8bit", b"\xe4\r\n", b"\xe4\r\n"),
        ("binary", b"\0\n", b"\0\n"),
        ("unheard-of", b"a\n", b"a\n"),
        ("x-uuencode", b"text before\r\nbegin 644 a.txt\r\n%:&5L;&\\\r\n`\r\nend\r\nafter", b"hello"),
        ("x-uuencode", b"begin 644 a.txt\n%:&5L;&\\", b"hello"),
        ("x-uuencode", b"no uuencode here", b""),
    ],
)
def test_the_other_encodings(encoding, source, octets):
    assert whole(source, encoding) == octets


@given(st.binary(max_size=300), st.integers(1, 50))
def test_base64_and_quoted_printable_give_back_what_was_encoded(octets, width):
    encoded = base64.b64encode(octets)
    lines = b"\r\n".join(encoded[i : i + width] for i in range(0, len(encoded), width))
    assert whole(lines, "base64") == octets
    assert whole(quopri.encodestring(octets), "quoted-printable") == octets


@given(st.binary() | st.text(alphabet="AB=\r\n_").map(str.encode))
def test_base64_agrees_with_binascii_where_that_can_read_it(source):
    try:
        expected = binascii.a2b_base64(source)
    except binascii.Error:
        expected = None
    assert expected is None or base64_octets(source) == expected


@given(st.binary(), st.integers(7, 50), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit"]))
def test_pieces_of_any_size_decode_to_the_same(octets, size, encoding):
    source = {
        "base64": base64.encodebytes(octets),
        "quoted-printable": quopri.encodestring(octets),
        "x-uuencode": b"begin 644 a\n" + b"".join(binascii.b2a_uu(octets[i : i + 9]) for i in range(0, len(octets), 9)),
        "7bit": octets,
    }[encoding]
    original, transfer.CHUNK = transfer.CHUNK, size
    try:
        assert whole(source, encoding) == octets
    finally:
        transfer.CHUNK = original


@given(st.binary(), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit", ""]))
def test_any_octets_are_decoded_without_an_exception(source, encoding):
    whole(source, encoding)
    whole(b"begin 644 a\n" + source, encoding)


@pytest.mark.parametrize(
    ("encoding", "source", "octets"),
    [
        ("x-uuencode", b"begin 644 a\n" + b"#86%A\n" * 300_000, None),
        ("x-uuencode", b"begin 644 a\n" + b"M" + b"A" * transfer.MAX_CODED, None),
        ("x-yenc", b"k" * (transfer.MAX_CODED + 1), None),
        ("base64", b"AAAA=" * 400_000, bytes(1_200_000)),
    ],
    ids=["uuencode of short lines", "long uuencode", "long yEnc", "padding without end"],
)
def test_what_would_take_too_long_is_kept_as_it_was_sent(encoding, source, octets):
    decoded = whole(source, encoding)
    assert decoded == octets if octets else decoded.endswith(source[-1_000:])


@pytest.mark.parametrize("line", [4, 8, 75, 76, 77, 1_000])
@pytest.mark.parametrize("end", [b"\r\n", b"\n", b" \t\r\n", b""])
@pytest.mark.parametrize("junk", [b"", b"!", b"\xff\0"])
def test_long_base64_is_decoded_whatever_its_lines_are_like(line, end, junk, monkeypatch):
    monkeypatch.setattr(transfer, "CHUNK", 600)
    octets = bytes(number * 7 % 256 for number in range(5_000))
    coded = base64.b64encode(octets)
    lines = [coded[at : at + line] for at in range(0, len(coded), line)]
    source = end.join([*lines[: len(lines) // 2], junk, *lines[len(lines) // 2 :]]) + end
    assert whole(source, "base64") == octets
    assert all(decoded_chunks(source, 0, len(source), "base64"))
