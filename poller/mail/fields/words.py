"""A raw field value -> clean text: encoded words (RFC 2047), 8-bit text, nothing that harms a terminal."""

from __future__ import annotations

import binascii
import re
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from poller.mail.coding.charsets import decode
from poller.mail.coding.transfer import base64_octets
from poller.mail.header import unfolded

_ENCODED_WORD = re.compile(r"=\?([^\s?=]{1,80})\?([bBqQ])\?((?:[^?=]|=(?!\?(?!=))|\?(?!=))*)\?=")
_SPLIT_ESCAPE = re.compile(rb"=(?:[ \t]++([0-9A-F]{2})|([0-9A-F])[ \t]++([0-9A-F]))")
_CONTROLS = r"\x00-\x08\x0e-\x1f\x7f-\x9f"
_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NOT_IN_TEXT = re.compile(rf"[{_CONTROLS}]")
_NOT_IN_LINE = re.compile(rf"[{_CONTROLS}{_BIDI}\ufeff]")
_BREAKS = re.compile(r"[\t\n\x0b\x0c\r\x85\u2028\u2029]")
_OTHER_BREAKS = re.compile(r"[\r\x0b\x0c\u2028\u2029]")
_CLEAN = b"\t\n" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def decoded(raw: bytes) -> str:
    """A raw field value -> one clean line of text, its encoded words decoded wherever they stand."""
    return one_line(decoded_words(decode(unfolded(raw), None))) if raw else ""


def decoded_words(text: str) -> str:
    """Text with encoded words -> text. Neighbours in one charset are joined first: mailers split characters."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    pending: list[_Word] = []
    charset, end = "", 0
    for word in _ENCODED_WORD.finditer(text):
        between = text[end : word.start()]
        this = word[1].partition("*")[0].lower()
        if this != charset or not (between.isspace() or not between):
            pieces.append(decode(_octets(pending), charset))
            pending.clear()
        if not (charset and between.isspace()):
            pieces.append(between)
        pending.append(_Word(word[2].lower(), word[3]))
        charset, end = this, word.end()
    pieces += [decode(_octets(pending), charset), text[end:]]
    return "".join(pieces)


def one_line(text: str) -> str:
    """Any text -> one line: no NUL, control, bidi or surrogate characters, line breaks and tabs become blanks."""
    if text.isprintable():
        return text.strip()
    return _NOT_IN_LINE.sub("", _BREAKS.sub(" ", _SURROGATES.sub("\ufffd", text))).strip()


def clean_text(text: str) -> str:
    r"""Any text -> text with `\n` as its only line break and without NUL, control or surrogate characters."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if _is_clean(text):
        return text
    text = _OTHER_BREAKS.sub("\n", text)
    return _NOT_IN_TEXT.sub("", text if text.isascii() else _SURROGATES.sub("\ufffd", text))


def _is_clean(text: str) -> bool:
    """Most text is, and its octets tell that ten times as fast as patterns do."""
    try:
        octets = text.encode("utf-8")
    except UnicodeEncodeError:
        return False  # surrogates
    if octets.translate(None, _CLEAN):
        return False
    return text.isascii() or not ("\u2028" in text or "\u2029" in text or _C1.search(octets))


class _Word(NamedTuple):
    encoding: str
    content: str


def _octets(words: list[_Word]) -> bytes:
    """Neighbours in quoted-printable are one: mailers split even an escape, at a word's end or by folding it."""
    octets = b""
    for encoding, run in groupby(words, key=attrgetter("encoding")):
        contents = [word.content.encode("utf-8", "replace") for word in run]
        if encoding == "b":
            octets += b"".join(map(base64_octets, contents))
        else:
            octets += binascii.a2b_qp(_SPLIT_ESCAPE.sub(rb"=\1\2\3", b"".join(contents)), header=True)
    return octets
