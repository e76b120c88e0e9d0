"""Values, perhaps hostile -> header fields in ASCII, folded at 78 characters (RFC 5322, 2.1.1, 2.2.3 and 3.6)."""

from __future__ import annotations

import re
from email.header import Header

from poller.mail.fields.words import one_line

MAX_LINE = 78
"""Characters of a line, its CRLF not counted (RFC 5322, 2.1.1)."""

MAX_ADDRESS = 900
"""Characters of an address that is repeated: what no line can hold is cut (RFC 5321, 4.5.3.1, allows 320)."""

MAX_ID = 200
"""Characters of an identifier that is repeated: those of Microsoft 365, about 80, do not fit the 78 of a line."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_LITERAL = r"\[[A-Za-z0-9.:-]+\]"
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_ID = re.compile(rf"<{_DOT_ATOM}@(?:{_DOT_ATOM}|{_LITERAL})>")
_ADDRESS = re.compile(rf"(?:{_DOT_ATOM}|{_QUOTED})@(?:{_DOT_ATOM}|{_LITERAL})")
_PIECE = re.compile(r" *[^ ]+")
_NOT_XTEXT = re.compile(r"[^!-*,-<>-\[\]-~]")
_HALF_ESCAPE = re.compile(r"\\[^}]*\Z")


def folded(line: str) -> str:
    """A field on one line -> the same, broken before blanks; longer than 78 is only what has no blank in it."""
    lines = [""]
    for piece in _PIECE.findall(line):
        if lines[-1] and len(lines[-1]) + len(piece) > MAX_LINE:
            lines.append("")
        lines[-1] += piece
    return "\r\n".join(lines)


def field(name: str, value: str) -> str:
    """A field whose value is ours, or was checked."""
    return folded(f"{name}: {value}") + "\r\n"


def text_field(name: str, text: str) -> str:
    """A field of free text; as encoded words (RFC 2047) unless it is plain and can be folded."""
    line = one_line(text)
    plain = folded(f"{name}: {line}")
    if is_plain(line) and max(map(len, plain.split("\r\n"))) <= MAX_LINE:
        return plain + "\r\n"
    return f"{name}: {_encoded_words(name, line)}\r\n"


def address_field(name: str, address: str, display_name: str = "") -> str:
    """A field of one address, `display_name` being plain words.

    An address that no 7-bit field can hold, or no line, becomes the name of an empty group (RFC 6857, 3.1.7 and 3.1.8).
    """
    clean = one_line(address)
    angle = f"<{clean}>"
    if _ADDRESS.fullmatch(clean) and is_plain(clean) and len(angle) < MAX_LINE:
        # Not by `field`, which would fold at the blank of a quoted local part.
        name_part = f"{name}: {display_name}".rstrip()
        separator = " " if len(name_part) + 1 + len(angle) <= MAX_LINE else "\r\n "
        return f"{name_part}{separator}{angle}\r\n"
    return f"{name}: {_encoded_words(name, clean[:MAX_ADDRESS])} :;\r\n"


def id_field(name: str, message_id: str | None) -> str:
    """A field of one identifier in its brackets; nothing where that is malformed or absurdly long."""
    fits = message_id and len(message_id) <= MAX_ID and _ID.fullmatch(message_id) and is_plain(message_id)
    return field(name, message_id) if message_id and fits else ""


def typed_address_field(name: str, address: str) -> str:
    """`rfc822; …`, or `utf-8; …` with everything but ASCII escaped, which is 7 bit too (RFC 6533, 3)."""
    clean = one_line(address)
    kind, text = "rfc822", clean[:MAX_ADDRESS]
    if not is_plain(clean):
        kind, text = "utf-8", _NOT_XTEXT.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", clean)
        text = _HALF_ESCAPE.sub("", text[:MAX_ADDRESS])
    line = f"{name}: {kind}; {text}"
    return (line if len(line) <= MAX_LINE else f"{name}: {kind};\r\n {text}") + "\r\n"


def is_plain(line: str) -> bool:
    """Whether it is ASCII and nothing in it would be read as an encoded word."""
    return line.isascii() and "=?" not in line


def _encoded_words(name: str, text: str) -> str:
    return Header(text, "utf-8", maxlinelen=MAX_LINE - 4, header_name=name).encode(linesep="\r\n")
