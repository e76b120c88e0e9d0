"""Octets and the charset that they claim to be in -> text. A claim is often wrong (RFC 2046, 4.1.2)."""

from __future__ import annotations

import re
from encodings.aliases import aliases
from functools import lru_cache

_NO_TEXT = {"base64_codec", "bz2_codec", "hex_codec", "mbcs", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
_KNOWN = {*aliases.values(), "utf_8", "cp1252", "koi8_u", "mac_roman", "cp874", "iso2022_jp"} - _NO_TEXT

_BETTER = {
    "ascii": "utf_8",  # what claims to be ASCII and is not is UTF-8 or, failing that, Windows text
    "latin_1": "cp1252",  # as browsers do: Windows text under the name of its subset
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "cp950",
    "utf_8": "utf_8",
}
_ALIASES = {
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_6_i": "iso8859_6",
    "ks_c_5601": "cp949",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "unicode_2_0_utf_8": "utf_8",
    "sjis": "cp932",
    "windows_31j": "cp932",
    "mac_cyrillic": "mac_cyrillic",
    "cp936": "gb18030",
    "unicode": "utf_16",
}
_NUMBERED = re.compile(r"(?:cp|windows|win|ibm|microsoft_cp)_?(\d{3,4})")


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str | None:
    """A charset's name as written -> the Python codec that reads it; None when it is unknown or not a text encoding."""
    name = re.sub(r"[^a-z0-9]+", "_", charset[:60].lower()).strip("_").removeprefix("x_")
    if number := _NUMBERED.fullmatch(name):
        name = "cp" + number[1]
    name = _ALIASES.get(name) or aliases.get(name) or aliases.get(name.replace("_", "")) or name
    return _BETTER.get(name, name) if name in _KNOWN else None


def decode(octets: bytes, charset: str | None) -> str:
    """Octets -> text by `charset`; where that is absent, unknown or plainly wrong, UTF-8 or else Windows-1252."""
    codec = codec_of(charset) if charset else None
    if codec and codec != "utf_8":
        return octets.decode(codec, "replace")
    try:
        return octets.decode("utf_8")
    except UnicodeDecodeError:
        return _damaged(octets)


def _damaged(octets: bytes) -> str:
    """Text that is not quite UTF-8: damaged UTF-8 still has whole characters in it, Windows text has none."""
    text = octets.decode("utf_8", "replace")
    whole = sum(map(len, re.findall("[\x80-\ufffc\U00010000-\U0010ffff]+", text)))
    return text if whole >= text.count("\ufffd") else octets.decode("cp1252", "replace")
