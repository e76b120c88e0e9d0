from __future__ import annotations

import struct

import pytest

from poller.child.tnef import MAX_ATTRIBUTES, MAX_FILES, Tag, object_in, read_container
from tests.child.winmail import BINARY, HEAD, LONG, OBJECT, STRING, WIDE, attached, attribute, codepage, message

OLE = bytes.fromhex("0b00000000000000c000000000000046")


def test_what_does_not_begin_as_tnef_is_refused():
    with pytest.raises(ValueError, match="not TNEF"):
        read_container(b"PK\3\4")


def test_each_rendering_begins_a_file():
    container = read_container(HEAD + attached(b"a.txt", b"one\0\0") + attached(b"b.txt", b"two"))
    assert [(file.title, bytes(file.data)) for file in container.attached] == [("a.txt", b"one\0\0"), ("b.txt", b"two")]
    assert not container.damaged


def test_a_file_before_any_rendering_is_a_file():
    assert [bytes(file.data) for file in read_container(HEAD + attribute(0x800F, b"one")).attached] == [b"one"]


@pytest.mark.parametrize(
    ("number", "octets", "text"),
    [
        (1252, b"\xe4iti", "äiti"),
        (1251, b"\xef\xf0\xe8", "при"),
        (932, "日本".encode("cp932"), "日本"),
        (65001, "äiti".encode(), "äiti"),
        (28592, "łódź".encode("iso-8859-2"), "łódź"),
        (4_000_000_000, b"\xe4iti", "äiti"),
        (1252, b"\x81", "\ufffd"),
    ],
)
def test_names_and_texts_are_in_the_codepage(number, octets, text):
    tnef = HEAD + codepage(number) + attribute(0x800C, octets + b"\0", level=1) + attached(octets, b"data")
    container = read_container(tnef)
    assert (container.text, container.attached[0].title) == (text, text)


def test_a_codepage_that_is_missing_is_windows_text():
    assert read_container(HEAD + attribute(0x800C, b"\xe4\0", level=1)).text == "ä"


@pytest.mark.parametrize(("kind", "value"), [(STRING, b"\xe4\0"), (WIDE, "ä\0".encode("utf-16-le"))])
def test_a_property_is_text_in_both_forms(kind, value):
    assert read_container(HEAD + message((Tag.BODY, kind, value))).text == "ä"


def test_html_has_a_codepage_of_its_own():
    page = (Tag.INTERNET_CODEPAGE, LONG, 65001), (Tag.BODY_HTML, BINARY, "<p>ä".encode())
    assert read_container(HEAD + codepage(1252) + message(*page)).html == "<p>ä"
    assert read_container(HEAD + codepage(1252) + message((Tag.BODY_HTML, BINARY, b"<p>\xe4"))).html == "<p>ä"


def test_an_object_is_told_from_a_message_by_what_it_begins_with():
    first = read_container(HEAD + attached(b"", b"", (Tag.ATTACH_DATA_OBJ, OBJECT, OLE + b"\xd0\xcf\0\0"))).attached[0]
    assert object_in(first) == (b"\xd0\xcf\0\0", False)
    plain = read_container(HEAD + attached(b"", b"", (Tag.ATTACH_DATA_OBJ, BINARY, b"%PDF"))).attached[0]
    assert object_in(plain) == (b"%PDF", False)


@pytest.mark.parametrize("octets", [b"", b"1", b"%PDF-", b"abcdef", b"0000000", b"\0\0\0"])
def test_an_object_is_as_long_as_it_says(octets):
    first = read_container(HEAD + attached(b"", b"", (Tag.ATTACH_DATA_OBJ, BINARY, octets))).attached[0]
    assert object_in(first) == (octets, False)


@pytest.mark.parametrize("cut", [1, 5, 100])
def test_what_is_cut_off_is_read_as_far_as_it_goes_and_called_damaged(cut):
    container = read_container((HEAD + attached(b"a.txt", b"x" * 200))[: -2 - cut])
    assert container.damaged
    assert bytes(container.attached[0].data) == b"x" * (200 - cut)


def test_the_last_checksum_and_junk_after_the_end_are_no_damage():
    whole = HEAD + attached(b"a.txt", b"data")
    assert not read_container(whole[:-2]).damaged
    assert not read_container(whole + b"\0\0\r\n--boundary--\r\n").damaged


def test_a_length_that_lies_is_damage():
    container = read_container(HEAD + attribute(0x9002) + attribute(0x800F, b"data", length=0xFFFFFFFF))
    assert container.damaged


def test_a_file_lost_in_malformed_properties_is_damage():
    unknown = attribute(0x9005, struct.pack("<IHH", 2, 0x0BAD, 0x3701))
    assert read_container(HEAD + attribute(0x9002) + unknown).damaged
    assert not read_container(HEAD + attached(b"a.txt", b"data") + unknown).damaged


def test_the_number_of_attributes_and_files_is_bounded():
    assert read_container(HEAD + attribute(0x8000, level=1) * (MAX_ATTRIBUTES + 1)).damaged
    with pytest.raises(ValueError, match="more than 1,000 files"):
        read_container(HEAD + attribute(0x9002) * (MAX_FILES + 1))
