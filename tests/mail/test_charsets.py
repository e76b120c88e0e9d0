from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.charsets import codec_of, decode


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("UTF-8", "utf_8"),
        ("us-ascii", "utf_8"),
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
        ("Päivä".encode(), "x-unknown", "Päivä"),
        ("Päivä".encode("latin-1"), None, "Päivä"),
        ("Päivä".encode("latin-1"), "utf-8", "Päivä"),
        ("Päivä €".encode("cp1252"), "iso-8859-1", "Päivä €"),
        ("Päivä Päivä".encode()[:-1], "utf-8", "Päivä Päiv\ufffd"),
        ("日本語".encode("iso2022_jp"), "ISO-2022-JP", "日本語"),
        ("漢字".encode("gb18030"), "gb2312", "漢字"),
        (b"uryyb", "rot13", "uryyb"),
    ],
)
def test_octets_become_text(octets, charset, text):
    assert decode(octets, charset) == text


@given(st.binary(), st.none() | st.text() | st.sampled_from(["utf-7", "utf-16", "hz", "iso-2022-kr", "big5", "cp850"]))
def test_any_octets_in_any_charset_are_text(octets, charset):
    assert isinstance(decode(octets, charset), str)
