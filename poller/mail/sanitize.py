"""HTML of a stranger -> HTML that is safe to show (spec S4): no scripts, styles, forms or remote behaviour, by nh3."""

from __future__ import annotations

import re
from html import escape

import nh3

# What makes the parser slow: it is quadratic in open elements, in the attributes of one tag, and in ampersands.
MAX_HTML = 2_000_000
"""Characters; a long newsletter has 200,000."""

MAX_TAGS = 20_000
MAX_AMPERSANDS = 100_000
MAX_TAG = 8_000
"""Characters of one tag, images within it not counted."""

_EMBEDDED = re.compile(r"""(["'])\s*data:[^"']*+\1""", re.IGNORECASE)
_LONG_TAG = re.compile(rf"<[a-zA-Z][^<>]{{{MAX_TAG},}}+")


def sanitize(html: str) -> str:
    """HTML -> the same without anything active; what would take too long to parse is shown as its own source text."""
    slim = _EMBEDDED.sub('""', html)
    is_hostile = (
        len(slim) > MAX_HTML
        or slim.count("<") > MAX_TAGS
        or slim.count("&") > MAX_AMPERSANDS
        or _LONG_TAG.search(slim) is not None
    )
    if is_hostile:
        return f"<pre>{escape(slim[:MAX_HTML])}</pre>"
    return nh3.clean(slim)
