"""Text in a cleartext signature framework -> the text (RFC 9580, 7). Nothing is verified; the source has it all."""

from __future__ import annotations

import re

_FRAME = "-----BEGIN PGP SIGNED MESSAGE-----"
_BEGIN = re.compile(
    "^" + _FRAME + r"[ \t]*\n(?:[A-Za-z-]{1,40}: [^\n]{0,200}\n){0,10}[ \t]*\n",
    re.MULTILINE,
)
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_END = "-----END PGP SIGNATURE-----"
_DASH = re.compile(r"^- ", re.MULTILINE)


def without_signatures(text: str) -> str:
    r"""Text, lines ended by `\n` -> the same without the frames of signed pieces; one without an end stays."""
    if _FRAME not in text:
        return text
    pieces: list[str] = []
    position = 0
    while begin := _BEGIN.search(text, position):
        signature = text.find("\n" + _SIGNATURE, begin.end() - 1)
        end = text.find("\n" + _END, signature) if signature >= 0 else -1
        if end < 0:
            break
        signed = text[begin.end() : max(begin.end(), signature + 1)]
        pieces += [text[position : begin.start()], _DASH.sub("", signed)]
        position = end + len(_END) + 1
    return "".join([*pieces, text[position:]])
