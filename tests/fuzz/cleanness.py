"""What must hold of whatever is shown or stored."""

from __future__ import annotations

import re
import unicodedata

_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def is_text(text: str) -> bool:
    return not _NOT_IN_TEXT.search(text)


def is_line(text: str) -> bool:
    return not _NOT_IN_LINE.search(text)


def is_sentence(text: str, most: int = 3_000) -> bool:
    """Words of ours that may repeat some of a stranger's."""
    return bool(text) and is_line(text) and len(text) <= most


def is_file_name(name: str) -> bool:
    odd = [c for c in name if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or c in '/\\<>:"|?*']
    return bool(name) and not odd and len(name.encode()) <= 240 and name == name.strip(". ")
