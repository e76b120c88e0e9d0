from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.fields.words import clean_text, decoded, one_line
from tests.cpu import cpu_within


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b" Hello", "Hello"),
        (b" Hello\r\n  world", "Hello  world"),
        (b"=?utf-8?Q?P=C3=A4iv=C3=A4?=", "Päivä"),
        (b"=?UTF-8?b?UMOkaXbDpA==?=", "Päivä"),
        (b"=?utf-8?B?UMOkaXbDpA?=", "Päivä"),
        (b"=?iso-8859-1*fi?q?P=E4iv=E4?=", "Päivä"),
        (b"Re: =?utf-8?q?a?= =?utf-8?q?b?= c", "Re: ab c"),
        (b"=?utf-8?q?a?=\r\n\t=?utf-8?q?b?=", "ab"),
        (b"=?utf-8?q?a_?= =?iso-8859-1?q?=E4?=", "a ä"),
        (b"=?utf-8?B?UMM=?= =?utf-8?B?pGl2w6Q=?=", "Päivä"),
        (b"=?utf-8?Q?P=C3?= =?utf-8?Q?=A4iv=C3=A4?=", "Päivä"),
        (b"=?utf-8?Q?P=C3=A?= =?utf-8?q?4iv=?= =?utf-8?Q?C3=A4?=", "Päivä"),
        (b"=?utf-8?Q?P=C\r\n 3=\r\n A4iv=C3=A4?=", "Päivä"),
        (b"=?utf-8?Q?a_=3D b_=3D?= =?utf-8?B?IGM=?=", "a = b = c"),
        (b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        (b"a=?utf-8?q?b?=c", "abc"),
        (b"=?utf-8?q?What??= now", "What? now"),
        (b"=?utf-8?q?two words?=", "two words"),
        (b"=?x-unknown?q?P=C3=A4iv=C3=A4?=", "Päivä"),
        (b"=?rot13?q?uryyb?=", "uryyb"),
        (b"=?utf-8?q?open", "=?utf-8?q?open"),
        (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
        (b"=?utf-8?q?a=0D=0ABcc:_x=00?=", "a  Bcc: x"),
        (b"P\xe4iv\xe4", "Päivä"),
        (b"P\xc3\xa4iv\xc3\xa4", "Päivä"),
        (b"a\x1b[31mb\x07", "a[31mb"),
        ("a\u202eb\u2066c".encode(), "abc"),
    ],
)
def test_a_field_becomes_one_line_of_text(raw, text):
    assert decoded(raw) == text


@pytest.mark.parametrize(
    "piece",
    [
        b"=?utf-8?q?a?= ",
        b"=?utf-8?b?YQ==?=",
        b"=?a?q?",
        b"=?",
        b"?=",
        b"=?a?q?=",
        b"=?q?" + b"a" * 99,
        b"=?a?q?=  ?=",
        b"=?a?q?x?= =?a?b?YQ==?= ",
    ],
)
def test_work_is_bounded_for_a_field_of_full_size(piece):
    with cpu_within(5):
        decoded(piece * (256_000 // len(piece)))


@given(st.text())
def test_lines_and_texts_are_clean(text):
    line = one_line(text)
    assert line == one_line(line)
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert {c for c in clean_text(text) if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")} <= {"\n", "\t"}


@given(
    st.binary()
    | st.lists(st.sampled_from([b"=?", b"?=", b"utf-8", b"?q?", b"?B?", b"=C3", b"a", b" ", b"\r\n "])).map(b"".join)
)
def test_any_octets_are_decoded_without_an_exception(raw):
    decoded(raw).encode()


@pytest.mark.parametrize("around", ["a", "ä", "\xa0", "字"])
def test_of_every_character_clean_text_leaves_what_is_text(around):
    for code in [*range(0x2100), 0xD7FF, 0xD800, 0xDFFF, 0xFEFF, 0x10FFFF]:
        kept = "" if code in {*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0xA0)} else chr(code)
        shown = "\n" if kept in set("\r\x0b\x0c\u2028\u2029") else "\ufffd" if 0xD800 <= code <= 0xDFFF else kept
        assert clean_text(around + chr(code) + around) == around + shown + around
