from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.coding.charsets import as_utf8, codec_of, decode


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("UTF-8", "utf_8"),
        ("us-ascii", "utf_8"),
        ("koi8-r (Cyrillic)", "koi8_r"),
        ("ANSI_X3.4-1968", "utf_8"),
        ("iso-8859-1", "cp1252"),
        ("windows-1252", "cp1252"),
        ("iso-8859-15", "iso8859_15"),
        ("cp-850", "cp850"),
        ("ks_c_5601-1987", "cp949"),
        ("gb2312", "gb18030"),
        ("unicode-1-1-utf-7", "utf_7"),
        ("iso-8859-8-i", "iso8859_8"),
        ("x-sjis", "cp932"),
        ("x-mac-cyrillic", "mac_cyrillic"),
        ("windows-874", "cp874"),
        ("koi8-r", "koi8_r"),
        ("iso-2022-jp", "iso2022_jp"),
        *(
            (name, None)
            for name in (
                *("x-unknown", "unknown-8bit", "", "rot13", "rot_13", "zlib", "bz2", "base64", "hex", "uu", "quopri"),
                *("mbcs", "oem", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "aliases"),
                *("../../etc/passwd", "utf-8\0", "x" * 100_000),
            )
            if name != "utf-8\0"
        ),
    ],
)
def test_a_charset_names_a_text_codec_or_none(charset, codec):
    assert codec_of(charset) == codec


@pytest.mark.parametrize(
    ("octets", "charset", "text"),
    [
        ("Päivä".encode(), "utf-8", "Päivä"),
        ("Päivä".encode(), None, "Päivä"),
        ("Päivä".encode(), "us-ascii", "Päivä"),
        (b"\xc2\x80 5", "windows-1250", "Â€ 5"),
        ("Päivä".encode(), "x-unknown", "Päivä"),
        ("Päivä".encode("latin-1"), None, "Päivä"),
        ("Päivä".encode("latin-1"), "utf-8", "Päivä"),
        ("Päivä €".encode("cp1252"), "iso-8859-1", "Päivä €"),
        ("Päivä Päivä".encode()[:-1], "utf-8", "Päivä Päiv\ufffd"),
        ("日本語".encode("iso2022_jp"), "ISO-2022-JP", "日本語"),
        ("漢字".encode("gb18030"), "gb2312", "漢字"),
        (b"uryyb", "rot13", "uryyb"),
        ("Päivä €".encode(), "iso-8859-1", "Päivä €"),
        ("Päivä".encode(), "koi8-r", "Päivä"),
        ("Päivä".encode("latin-1"), "koi8-r", "PДivД"),
        ("你好，我公司可开".encode(), "gb2312", "你好，我公司可开"),
        ("陆".encode("gb18030"), "gb2312", "陆"),
        ("日本語".encode("iso2022_jp"), None, "日本語"),
        ("日本語".encode("iso2022_jp"), "us-ascii", "日本語"),
        (b'\x1b$B%D%"!<\x1b(B', None, "ツアー"),
        (b"\x1b$B-!\x1b(J.\x1b(I1\x1b(B\n", "iso-2022-jp", "①.ｱ\n"),
        (b"\x1b$B|bF#\x1b(B", "iso-2022-jp", "髙藤"),
        (b"\x1b$B!!!\n\x1b(Bend", "iso-2022-jp", "\u3000!\nend"),
        (b"\x1b$Bodd\xc3\xa4", None, "\x1b$Boddä"),
        (b"\xad\xa1", "euc-jp", "①"),
        (b"+AD4- a +A!", "utf-7", "> a \ufffd"),
        ("嘅".encode("big5hkscs"), "big5", "嘅"),
    ],
)
def test_octets_become_text(octets, charset, text):
    assert decode(octets, charset) == text


@pytest.mark.parametrize(
    ("octets", "charset", "utf8"),
    [
        ("测试".encode("gb18030"), "gb2312", "测试".encode()),
        ("Päivä".encode("latin-1"), "iso-8859-1", "Päivä".encode()),
        ("тест".encode("koi8_r"), "koi8-r", "тест".encode()),
        ("тест".encode(), "koi8-r", "тест".encode()),
        ("Päivä".encode("latin-1"), "gb2312", "Päivä".encode()),
        ("Päivä".encode("latin-1"), "utf-8", "Päivä".encode()),
        ("Päivä".encode("latin-1"), "x-unknown", "Päivä".encode()),
        ("Päivä!".encode("latin-1"), "utf-16", "Päivä!".encode()),
        (b"plain", "koi8-r", b"plain"),
    ],
)
def test_the_octets_of_a_field_are_read_as_the_bodys_charset_says_if_they_mean_something_in_it(octets, charset, utf8):
    assert as_utf8(octets, charset) == utf8


@given(st.binary(), st.none() | st.text() | st.sampled_from(["utf-7", "utf-16", "hz", "iso-2022-kr", "big5", "cp850"]))
def test_any_octets_in_any_charset_are_text(octets, charset):
    assert isinstance(decode(octets, charset), str)
