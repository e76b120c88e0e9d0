"""Enriched and rich text, as some old mailers send them, -> plain text (RFC 1896; RFC 1341, 7.1.3)."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"<param>[^<]*+(?:</param>)?", re.IGNORECASE)
_COMMENT = re.compile(r"<comment>[^<]*+(?:</comment>)?", re.IGNORECASE)
_COMMAND = re.compile(r"</?[A-Za-z][A-Za-z0-9-]{0,59}>")
_BREAKS = re.compile(r"\n++")
_RICH = {"<lt>": "<", "<nl>": "\n", "<np>": "\n\n", "<paragraph>": "\n\n", "</paragraph>": "\n\n"}


def from_enriched(text: str) -> str:
    r"""text/enriched, lines ended by `\n` -> text: a single break is a blank, of several one is none."""
    text = _BREAKS.sub(lambda breaks: breaks[0][1:] or " ", _PARAMETER.sub("", text))
    return "<".join(_COMMAND.sub("", piece) for piece in text.split("<<"))


def from_richtext(text: str) -> str:
    """text/richtext -> text: a break is a blank, and `<nl>` is a break."""
    text = _COMMENT.sub("", text.replace("\n", " "))
    return _COMMAND.sub(lambda command: _RICH.get(command[0].lower(), ""), text)
