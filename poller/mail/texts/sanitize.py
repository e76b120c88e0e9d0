"""HTML of a stranger -> HTML that is safe to show, by nh3: no script, style, form, remote picture or local link."""

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

MAX_FORMATTING = 200
"""Formatting tags whose attributes cannot be taken away."""

_SCHEMES = nh3.ALLOWED_URL_SCHEMES | {"cid"}
_EMBEDDED = re.compile(r"""(["'])\s*data:[^"']*+\1""", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LONG_TAG = re.compile(rf"<[a-zA-Z][^<>]{{{MAX_TAG},}}+")


# An open element of these is opened anew in each later paragraph, unless three like it are: then it is one of many.
_FORMATTING = r"<(b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/])"
_ATTRIBUTES = re.compile(rf"""{_FORMATTING}(?:[^<>"'=]|=\s*"[^"<>]*"|=\s*'[^'<>]*'|=)*>""", re.IGNORECASE)
_WITH_ATTRIBUTES = re.compile(_FORMATTING, re.IGNORECASE)


def sanitize(html: str) -> str:
    """HTML -> the same without anything active; what would take too long to parse is shown as its own source text."""
    slim = _ATTRIBUTES.sub(r"<\1>", _EMBEDDED.sub('""', html))
    is_hostile = (
        len(slim) > MAX_HTML
        or slim.count("<") > MAX_TAGS
        or slim.count("&") > MAX_AMPERSANDS
        or len(_WITH_ATTRIBUTES.findall(slim)) > MAX_FORMATTING
        or _LONG_TAG.search(slim) is not None
    )
    if is_hostile:
        return f"<pre>{escape(slim[:MAX_HTML])}</pre>"
    return nh3.clean(slim, url_schemes=_SCHEMES, attribute_filter=_filtered)


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    """Whoever looks at the page must not fetch a picture by that: it would tell its sender.

    A link without a scheme would lead to a place in the site that shows the page. `cite` is not shown, nor checked.
    """
    value = value.strip()
    if tag == "img" and attribute == "src":
        return value if value.lower().startswith("cid:") else None
    if attribute == "cite" or (attribute == "href" and not _ABSOLUTE.match(value)):
        return None
    return value
