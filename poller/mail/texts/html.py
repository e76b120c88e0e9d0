"""HTML -> readable text, by Resiliparse and only after everything that it need not see has been taken out.

The tokens are re-written first: block tags without attributes, links and text. So no number of attributes (the parser
in Resiliparse is quadratic in them), inline tags, comments, styles or unclosed quotes reaches it. Of the four libraries
tried, html2text and selectolax hung or died on more hostile pages, and inscriptis was ten times slower.
"""

from __future__ import annotations

import re
from html import unescape

from resiliparse.extract.html2text import extract_plain_text

MAX_HTML = 1_000_000
"""Characters that are converted; a long newsletter has 200,000."""

MAX_TAGS = 20_000
"""Block tags and links for the library, whose tree builder is quadratic in open tags; beyond, tags are removed."""

MAX_INDENTATION = 2_000_000
"""Blanks that lists within lists may come to; beyond, all lists are flat. Each level is shown by two, on each line."""

MAX_QUOTE = 9
"""Marks of quotation before a line; deeper ones are shown as the last."""

_TOKEN = re.compile(
    r"""<!--[^-]*+(?:-(?!->)[^-]*+)*(?:-->)?
    | <[!?][^>]*+>?
    | <(?P<raw>script|style|title|template|noscript|iframe|xmp|svg|math)\b
      [^<]*+(?:<(?!/(?P=raw)\b)[^<]*+)*(?:</[^>]*+>?)?
    | <(?P<slash>/?)(?P<name>[a-z][^\s/>]*+)
      (?P<attributes>(?:[\s/]*+=?[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?)*)[\s/]*+>?
    | <""",
    re.VERBOSE | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""[\s/]*+(=?[^\s/>=]++)(?:\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|([^\s>]*+)))?""")
_BLOCKS = frozenset(
    (
        *("p", "div", "br", "hr", "pre", "address", "center", "section", "article", "header", "footer", "main"),
        *("ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "form", "fieldset"),
        *("table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"),
    )
)
_QUOTE, _UNQUOTE = "\ue0f0", "\ue0f1"
_PLAIN_TAGS = {tag: tag for name in _BLOCKS for tag in (f"<{name}>", f"</{name}>")} | {"</span>": "", "</font>": ""}
_LIST = re.compile("</?[uo]l>")
_LINK = re.compile(r"(?<![^\s(])([^\s()]++) \(([^\s()]++)\)")


def html_to_text(html: str) -> str:
    """HTML -> its text: paragraphs, lists, tables by tabs, links as `text (address)`, quotations behind `> `."""
    html = html[:MAX_HTML].replace(_QUOTE, "").replace(_UNQUOTE, "")
    reduced = _TOKEN.sub(_rewritten, html)
    if reduced.count("<") > MAX_TAGS:
        return _laid_out(unescape(re.sub("<[^>]*+>", "\n", reduced)))
    lists = reduced.count("<ul>") + reduced.count("<ol>")
    if 2 * lists * (reduced.count("<") + reduced.count("\n")) > MAX_INDENTATION:
        reduced = _LIST.sub("", reduced)
    return _laid_out(extract_plain_text(reduced, main_content=False, links=True, alt_texts=False))


def _rewritten(token: re.Match[str]) -> str:
    plain = _PLAIN_TAGS.get(token[0])
    if plain is not None:
        return plain
    name = (token["name"] or "").lower()
    if name in _BLOCKS:
        return f"<{token['slash']}{name}>"
    if name == "blockquote":
        return f"<div>{_UNQUOTE if token['slash'] else _QUOTE}</div>"
    if name == "a":
        return "</a>" if token["slash"] else _link(_attribute(token["attributes"], "href"))
    if name == "img":
        return _attribute(token["attributes"], "alt").replace("<", "&lt;")
    return "&lt;" if token[0] == "<" else ""


def _link(address: str) -> str:
    address = address.strip()
    lower = address[:8].lower()
    if lower.startswith("mailto:"):
        address = address[len("mailto:") :].partition("?")[0]
    elif not lower.startswith(("http://", "https://")):
        return ""
    return '<a href="' + address.replace('"', "&quot;").replace("<", "&lt;") + '">'


def _attribute(attributes: str, name: str) -> str:
    for match in _ATTRIBUTE.finditer(attributes):
        if match[1].lower() == name:
            return match[2] or match[3] or match[4] or ""
    return ""


def _laid_out(text: str) -> str:
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        depth = max(0, depth + line.count(_QUOTE) - line.count(_UNQUOTE))
        shown = line.replace(_QUOTE, "").replace(_UNQUOTE, "")
        cells = [cell.strip() for cell in shown.split("\t")] if "\t" in shown else [shown.rstrip()]
        text = "\t".join(filter(None, cells))
        if text or (shown == line and lines and lines[-1].strip("> ")):
            lines.append(("> " * min(depth, MAX_QUOTE) + text).rstrip())
    while lines and not lines[-1].strip("> "):
        lines.pop()
    return _without_echoes("\n".join(lines))


def _without_echoes(text: str) -> str:
    """`https://acme.fi (https://acme.fi/)` -> `https://acme.fi`, `<a@acme.fi> (a@acme.fi)` -> `<a@acme.fi>`."""
    return _LINK.sub(lambda link: link[1] if _bare(link[1]) == _bare(link[2]) else link[0], text)


def _bare(address: str) -> str:
    return address.strip("<>[]").removeprefix("https://").removeprefix("http://").rstrip("/").lower()
