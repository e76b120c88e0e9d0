"""Octets and the charset that they claim to be in -> text. A claim is often wrong (RFC 2046, 4.1.2)."""

from __future__ import annotations

import re
from encodings.aliases import aliases
from functools import lru_cache

from poller.mail.coding.guessing import likely_codec

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
_CONTROL = re.compile("[\x80-\x9f]")  # nobody writes those
_NUMBERED = re.compile(r"(?:cp|windows|win|ibm|microsoft_cp)_?(\d{3,4})")
_SINGLE = {name for name in _KNOWN if name.startswith(("cp125", "cp437", "cp8", "iso8859_", "koi8_", "mac_"))}
_WIDER = {"cp950": ("big5hkscs",), "euc_jp": ("euc_jis_2004",)}
_ASCII = bytes(range(0x20, 0x7F))
_SEVEN_BIT = bytes(range(0x80))
_NO_CHANCE = 24  # octets, eight characters of Chinese
_JIS = "iso2022_jp"
_JIS_KANJI = re.compile(rb"\x1b\$[@B]")
_JIS_SHIFT = re.compile(rb"\x1b(\$[@B]|\([BIJ])")
_JIS_PAIR = re.compile(rb"[!-~]{2}")
_HALF_WIDTH = bytes(range(0x21)) + bytes(range(0xA1, 0xE0)) + bytes(range(0x60, 0x100))


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str | None:
    """A charset's name as written -> the Python codec that reads it; None when it is unknown or not a text encoding."""
    name = re.sub(r"[^a-z0-9]+", "_", charset[:60].partition("(")[0].lower()).strip("_").removeprefix("x_")
    if number := _NUMBERED.fullmatch(name):
        name = "cp" + number[1]
    name = _ALIASES.get(name) or aliases.get(name) or aliases.get(name.replace("_", "")) or name
    return _BETTER.get(name, name) if name in _KNOWN else None


def decode(octets: bytes, charset: str | None) -> str:
    """Octets -> text by `charset`; where that is absent, unknown or plainly wrong, UTF-8, or else what it looks like.

    Plainly wrong is a charset in which the octets mean nothing, and any other for what is whole UTF-8 beyond chance.
    """
    codec = codec_of(charset) if charset else None
    if codec in _SINGLE:
        text = _whole(octets, ("utf_8",))
        return text if text and (text.isascii() or not _CONTROL.search(text)) else octets.decode(codec, "replace")
    if codec and codec != "utf_8":
        text = _long_utf8(octets) or _whole(octets, (codec, *_WIDER.get(codec, ())))
        return text if text is not None else _mislabelled(octets, codec)
    if octets.isascii():
        if b"\x1b" in octets and _JIS_KANJI.search(octets):  # which old Japanese mailers do not label
            return _mislabelled(octets, _JIS)
        return octets.decode("ascii")
    text = _whole(octets, ("utf_8",))
    return text if text is not None else _damaged(octets)


def as_utf8(octets: bytes, charset: str) -> bytes:
    """Octets of a field without a label -> UTF-8: if not already, by `charset`, else by what they look like."""
    codec = codec_of(charset)
    if octets.isascii():
        return octets
    named = (codec, *_WIDER.get(codec, ())) if codec and _whole(_ASCII, (codec,)) == _ASCII.decode("ascii") else ()
    text = _whole(octets, ("utf_8", *named))
    return (decode(octets, None) if text is None else text).encode("utf-8", "replace")


def _whole(octets: bytes, codecs: tuple[str, ...]) -> str | None:
    """Octets -> text by the first of the codecs in which all of them mean something."""
    for codec in codecs:
        try:
            return octets.decode(codec)
        except UnicodeError:
            continue
    return None


def _long_utf8(octets: bytes) -> str | None:
    """A few octets of GBK, Big5 or the like may happen to be whole UTF-8; so many are not."""
    return _whole(octets, ("utf_8",)) if len(octets.translate(None, _SEVEN_BIT)) >= _NO_CHANCE else None


def _mislabelled(octets: bytes, codec: str) -> str:
    if codec == _JIS:
        return _windows_jis(octets)
    text = None if octets.isascii() else _whole(octets, ("utf_8",))
    return octets.decode(codec, "replace") if text is None else text


def _windows_jis(octets: bytes) -> str:
    """ISO-2022-JP (RFC 1468), perhaps with vendors' characters, which Windows has in the same places of Shift JIS."""
    first, *shifted = _JIS_SHIFT.split(octets)
    runs = zip(shifted[::2], shifted[1::2], strict=True)
    return b"".join([first, *(_as_shift_jis(shift, run) for shift, run in runs)]).decode("cp932", "replace")


def _as_shift_jis(shift: bytes, run: bytes) -> bytes:
    if shift == b"(I":
        return run.translate(_HALF_WIDTH)
    return _JIS_PAIR.sub(lambda pair: _shifted(pair[0]), run) if shift.startswith(b"$") else run


@lru_cache(maxsize=94 * 94)
def _shifted(pair: bytes) -> bytes:
    row, cell = pair
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)  # noqa: PLR2004 - JIS X 0208, annex 1
    return bytes((lead, cell + (0x1F + (cell > 0x5F) if row % 2 else 0x7E)))  # noqa: PLR2004 - the same


def _damaged(octets: bytes) -> str:
    """Text that is not quite UTF-8: damaged UTF-8 still has whole characters in it, Windows text has none."""
    text = octets.decode("utf_8", "replace")
    whole = sum(map(len, re.findall("[\x80-\ufffc\U00010000-\U0010ffff]+", text)))
    return text if whole >= text.count("\ufffd") else octets.decode(likely_codec(octets), "replace")
