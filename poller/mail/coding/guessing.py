"""Octets that say nothing about their charset and are not UTF-8 -> the codec in which they look like words."""

from __future__ import annotations

import re

MAX_LOOKED_AT = 20_000
"""Octets; words show themselves in fewer."""

_RUN = re.compile(rb"[\x80-\xff]+")
_FEWEST_OCTETS = 5  # different ones: a ruler is no word
_WORD, _PHRASE = 3, 4  # octets; in the languages of Western Europe two letters with marks in a row are the most
_CYRILLIC = bytes(range(0xC0, 0x100))
_KOI8_LOWER = bytes(range(0xC0, 0xE0))
_KANA = b"\xa4\xa5"
_HANGUL = bytes(range(0xB0, 0xC9))


def likely_codec(octets: bytes) -> str:
    """Cyrillic, Chinese, Japanese and Korean have words of such octets alone; without them it is Windows-1252."""
    runs = _RUN.findall(octets[:MAX_LOOKED_AT])
    high = b"".join(runs)
    if len(set(high)) < _FEWEST_OCTETS:
        return "cp1252"
    letters = _count(high, _CYRILLIC)
    if letters > 0.9 * len(high):  # of Chinese it is half
        is_word = _share(runs, _WORD, len(high))
        lower = _count(high, _KOI8_LOWER)
        return "cp1252" if not is_word else "koi8_r" if lower > letters - lower else "cp1251"
    is_paired = all(len(run) % 2 == 0 for run in runs[:-1]) and _share(runs, _PHRASE, len(high))
    return _paired_codec(b"".join(run[::2] for run in runs)) if is_paired else "cp1252"


def _paired_codec(leads: bytes) -> str:
    if _count(leads, _KANA) > 0.2 * len(leads):  # of Japanese it is half, of Chinese nothing
        return "euc_jp"
    return "cp949" if _count(leads, _HANGUL) > 0.9 * len(leads) else "gb18030"  # of Chinese it is half


def _count(octets: bytes, which: bytes) -> int:
    return len(octets) - len(octets.translate(None, which))


def _share(runs: list[bytes], length: int, whole: int) -> bool:
    """Whether most of the octets are in runs of that length."""
    return sum(len(run) for run in runs if len(run) >= length) > 0.8 * whole  # the rest are short words
