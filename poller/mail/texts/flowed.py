"""format=flowed -> paragraphs (RFC 3676, 4)."""

from __future__ import annotations


def unflowed(text: str, *, delete_space: bool) -> str:
    r"""Text, lines ended by `\n`, whose soft breaks are trailing blanks -> text with one line a paragraph.

    `delete_space` (DelSp=yes) says that the blank before a soft break is not part of the text.
    """
    paragraphs: list[str] = []
    pieces: list[str] = []
    depth = 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        quotes = len(line) - len(content)
        content = content.removeprefix(" ")
        if pieces and quotes != depth:
            paragraphs.append(_quoted("".join(pieces), depth))
            pieces = []
        depth = quotes
        if content.endswith(" ") and content != "-- ":
            pieces.append(content[:-1] if delete_space else content)
        else:
            paragraphs.append(_quoted("".join(pieces) + content, depth))
            pieces = []
    if pieces:
        paragraphs.append(_quoted("".join(pieces), depth))
    return "\n".join(paragraphs)


def _quoted(paragraph: str, depth: int) -> str:
    return f"{'>' * depth} {paragraph}" if depth else paragraph
