"""Address fields, leniently read, -> mailboxes, and an address -> the key that addresses are compared by.

RFC 5322, 3.4 and 4.4 with what mailers make of them; RFC 5321, 2.4; RFC 5890 (A-labels); RFC 5233 (subaddress).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from unicodedata import normalize

import idna

from poller.mail.coding.charsets import decode
from poller.mail.fields.words import decoded_words, one_line
from poller.mail.header import unfolded
from poller.mail.message import Mailbox

MAX_ADDRESS = 1_000
"""Characters of an address that is looked at. RFC 5321 (4.5.3.1) allows 320; bounce addresses in the wild go beyond."""

MAX_MAILBOXES = 5_000
"""Mailboxes read from one field; servers stop at a few hundred recipients."""

MAX_TOKENS = 50_000
"""Words and marks read from one field: ten for each of those mailboxes."""

MAX_NESTED = 5
"""Comments inside each other, within angle brackets."""

MAX_WORD = 10_000
"""Characters of a word with what is glued to it: no address is as long, and no name is read as far."""

MAX_NAME = 500
"""Characters of a display name."""

MAX_REMEMBERED = 1_000
"""Octets of a field whose mailboxes are kept in mind."""

_DOT_ATOM = r"[^\s\x00-\x20\x7f-\x9f()<>\[\]:;@\\,\"\ud800-\udfff\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
_QUOTED = (
    r'"(?:[ ]|[^\s\x00-\x20\x7f-\x9f"\\\ud800-\udfff\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\\[ -~])*"'
)
_LITERAL = r"\[[0-9A-Za-z.:-]+\]"
_ADDRESS = re.compile(rf"({_DOT_ATOM}|{_QUOTED})@({_DOT_ATOM}|{_LITERAL})")
_UNITEXT = re.compile(rb"\\x\{([0-9A-Fa-f]{2,5})\}")
_TOKEN = re.compile(
    r"""(?P<blank>\s++)
    | (?P<separator>[,;:])
    | (?P<comment>\()
    | "(?P<quoted>(?:[^"\\]|\\.)*)(?P<unquote>"?)
    | <(?P<angle>"(?:[^"\\]|\\.){1,100}"@[^<>]*+|[^<>]*+)(?P<close>>?)
    | (?P<word>(?: =\?[^\s?=]+\?[bBqQ]\?[^?]*+\?= | \[[0-9A-Za-z:.]*+\] | [^\s",;:<>(=\[]++ | [=\[] )+)
    | (?P<stray>.)""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(
    rb"(?P<name>[A-Za-z0-9_.!/ \t-]*+)<(?P<angle>[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]*[A-Za-z0-9])>[ \t]*"
    rb"|[ \t]*+(?P<bare>[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]*[A-Za-z0-9])[ \t]*"
)
_PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)
_COMMENT = re.compile(r"\([^()]*+\)")
_CUT = re.compile(r"[,;\s]")
_UNNEEDED_QUOTES = re.compile(rf'"({_DOT_ATOM})"\Z')


@lru_cache(maxsize=8192)
def key_of(address: str) -> str | None:
    """An address as written -> the form that is equal for equal addresses; None when it is no address.

    Case, and how letters with marks are composed, is ignored in both parts, and the domain becomes A-labels. A domain
    that IDNA 2008 refuses is only lower-cased, because recipients are read leniently. `key_of(key_of(a)) == key_of(a)`.
    """
    address = address if address.isascii() else normalize("NFC", address[: MAX_ADDRESS + 1].lower())
    match = _ADDRESS.fullmatch(address) if len(address) <= MAX_ADDRESS else None
    domain = match[2].lower().rstrip(".") if match else ""
    if not match or not domain:
        return None
    unquoted = _UNNEEDED_QUOTES.match(match[1])
    local = (unquoted[1] if unquoted else match[1]).lower()
    return f"{local}@{domain if domain.isascii() else a_labels(domain) or domain}"


@lru_cache(maxsize=1024)
def a_labels(domain: str) -> str | None:
    """A domain -> lower-case A-labels by strict IDNA 2008, without the mappings of UTS 46; None when it has none.

    Only ASCII is lower-cased, so that full-width letters and the ideographic full stop are refused instead of mapped.
    """
    try:
        return idna.encode(re.sub(r"[A-Z]+", lambda m: m[0].lower(), domain), strict=True).decode("ascii")
    except UnicodeError:
        return None


def subaddress_stripped(key: str) -> str:
    """`anna+crm@acme.fi` -> `anna@acme.fi`; a key without a subaddress comes back as it is (RFC 5233)."""
    local, _, domain = key.rpartition("@")
    bare = local.partition("+")[0]
    return f"{bare}@{domain}" if bare and not local.startswith('"') else key


def parse_mailboxes(raw: bytes) -> list[Mailbox]:
    """The raw value of To, Cc, … -> every mailbox with a usable address, in order, leniently.

    An address is what stands in angle brackets, or a word that is an address where there are none; never part of a name
    beside brackets. Commas, semicolons and group syntax separate.
    """
    return list(_remembered(raw)) if len(raw) <= MAX_REMEMBERED else _parsed(raw)


@lru_cache(maxsize=512)
def _remembered(raw: bytes) -> tuple[Mailbox, ...]:
    """A message is asked for its recipients more than once, and people write to the same again."""
    return _plainly_written(raw) or tuple(_parsed(raw))


def _plainly_written(raw: bytes) -> tuple[Mailbox, ...]:
    """Names of plain words, and addresses, that nobody could read differently; empty where it is anything else."""
    found: list[Mailbox] = []
    for entry in unfolded(raw).split(b","):
        match = _PLAIN.fullmatch(entry)
        if not match:
            return ()
        address = (match["angle"] or match["bare"]).decode("ascii")
        name = " ".join((match["name"] or b"").decode("ascii").split())
        key = key_of(address)
        if not key or len(name) > MAX_NAME:
            return ()
        found.append(Mailbox(name=name, address=address, key=key))
    return tuple(found)


def _parsed(raw: bytes) -> list[Mailbox]:
    mailboxes: list[Mailbox] = []
    entry = _Entry()
    for token in islice(_tokens(decode(unfolded(raw), None)), MAX_TOKENS):
        if token.kind == ":":
            entry = _Entry()
        elif token.kind in (",", ";") or (entry.angle is not None and token.kind != "comment"):
            found = entry.mailboxes()
            mailboxes += found
            entry = _Entry(before="" if found or token.kind != "," else entry.phrase())
            if len(mailboxes) >= MAX_MAILBOXES:
                return mailboxes[:MAX_MAILBOXES]
        entry.take(token)
    return mailboxes + entry.mailboxes()


def addresses_in(raw: bytes) -> list[Mailbox]:
    """The raw value of Delivered-To, X-Original-To, Envelope-To, … -> mailboxes, also from `utf-8;…` (RFC 6533, 3)."""
    if b"\\x{" not in raw:
        return parse_mailboxes(raw)
    return parse_mailboxes(_UNITEXT.sub(lambda m: chr(int(m[1], 16)).encode("utf-8", "replace"), raw))


class _Token(NamedTuple):
    kind: str
    text: str
    glued: bool = False


@dataclass(slots=True, kw_only=True)
class _Entry:
    """What stands between two separators. `words` make the name; those of them that are not quoted may be addresses.

    `before` is a part of the name that ends with a comma, as in `Smith, Anna <anna@acme.fi>`.
    """

    before: str = ""
    words: list[str] = field(default_factory=list)
    quoted: set[int] = field(default_factory=set)
    comment: str = ""
    angle: str | None = None
    dotted: bool = False

    def take(self, token: _Token) -> None:
        if token.kind == "angle":
            self.angle = token.text
        elif token.kind == "comment":
            self.comment = token.text
        elif self.words and (token.glued or self.dotted or (token.text.startswith(".") and "@" in self.words[-1])):
            self.dotted = token.text == "." and "@" in self.words[-1]  # with obsolete blanks: a@acme . fi
            self.words[-1] = (self.words[-1] + token.text)[:MAX_WORD]
        else:
            if token.kind == "quoted":
                self.quoted.add(len(self.words))
            self.words.append(token.text[:MAX_WORD])

    def phrase(self) -> str:
        """What may be the first half of a name that has a comma in it; the second half makes up for the first."""
        words = " ".join(filter(None, self.words))
        return f"{words}," if words and not (self.before or self.comment or self.angle is not None) else ""

    def mailboxes(self) -> list[Mailbox]:
        if self.angle is not None:
            name = " ".join(filter(None, [self.before, *self.words])) or self.comment
            found = _mailbox(clean_name(name), _without_route(self.angle))
            return [found] if found else []
        at = [n for n, word in enumerate(self.words) if "@" in word and (n not in self.quoted or len(self.words) == 1)]
        name = " ".join(self.words[: at[0]]) if len(at) == 1 else ""
        shown = clean_name(name or self.comment) if at else ""
        bare = [found for n in at if (found := _mailbox(shown, self.words[n]))]
        if not at and "@" in self.comment:  # John Doe (john@acme.fi): name and address have changed places
            bare = [found for found in [_mailbox(clean_name(" ".join(self.words)), self.comment)] if found]
        is_spaced = at and not bare and not self.quoted
        spaced = _mailbox(clean_name(self.comment), "".join(self.words)) if is_spaced else None
        return [spaced] if spaced else bare


def _mailbox(name: str, address: str) -> Mailbox | None:
    address = address.rstrip(").").strip("'")
    key = key_of(address)
    return Mailbox(name=name, address=address, key=key) if key else None


def clean_name(phrase: str) -> str:
    """A display name as sent, without its quotes -> one line of text, without those that stand in its encoded words."""
    name = one_line(decoded_words(phrase))[:MAX_NAME].strip()
    while len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return name


def _without_route(angle: str) -> str:
    """What stands in angle brackets -> the address, without comments, blanks around `.` and `@`, `mailto:`, relays."""
    for _ in range(MAX_NESTED):
        angle = _COMMENT.sub(" ", angle) if "(" in angle else angle
    address = " ".join(angle.split())
    for mark in (".", "@"):
        address = address.replace(f" {mark}", mark).replace(f"{mark} ", mark)
    route, colon, rest = address.rpartition(":")
    return rest if colon and (route.startswith("@") or route.lower() in ("mailto", "smtp")) else address


def _tokens(text: str) -> Iterator[_Token]:
    """An unfolded field -> its tokens. A quote or parenthesis that never closes makes all later ones blanks."""
    position, glued = 0, False
    while match := _TOKEN.match(text, position):
        position, kind = match.end(), match.lastgroup
        if kind == "word":
            yield _Token("word", match[0], glued)
        elif kind == "separator":
            yield _Token(match[0], "")
        elif kind == "unquote" and not match["unquote"]:
            position = match.start()
            text = text[:position] + text[position:].replace('"', " ")
        elif kind == "unquote":
            yield _quoted(match["quoted"], glued=glued, address=text.startswith("@", position))
        elif kind == "close":
            angle = match["angle"] if match["close"] else _CUT.split(match["angle"].lstrip(), maxsplit=1)[0]
            position = position if match["close"] else text.index(angle, match.start() + 1) + len(angle)
            yield _Token("angle", angle)
        elif kind == "comment" and (end := _comment_end(text, position)):
            yield _Token("comment", text[position : end - 1])
            position = end
        elif kind == "comment":
            text = text[:position] + text[position:].replace("(", " ")
        glued = kind in ("word", "unquote")


def _quoted(content: str, *, glued: bool, address: bool) -> _Token:
    """A quoted string keeps its quotes where it is part of an address, as in `"a b"@acme.fi`."""
    if address:
        return _Token("word", f'"{content}"', glued)
    return _Token("quoted", re.sub(r"\\(.)", r"\1", content), glued)


def _comment_end(text: str, position: int) -> int | None:
    depth = 1
    for match in _PARENTHESIS.finditer(text, position):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    return None
