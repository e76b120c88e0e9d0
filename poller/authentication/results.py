"""The value of an Authentication-Results field -> what one server says it checked (RFC 8601, 2.2).

Text that does not parse from its first octet to its last says nothing: what a lenient reader skips is where a MAIL FROM
or a signature's i= that was written there unquoted would speak for the server. Wider than the grammar is only what
servers are known to write and what cannot be read in two ways: Microsoft leaves out the server's id and the type of
`action=none`, several leave `/`, `:` and `=` in a value unquoted, and several end with a semicolon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from poller.mail.header import unfolded

MAX_VALUE = 16_000
"""Octets. The longest seen, with a dozen signatures, had 4,000."""

MAX_DEPTH = 10
"""Comments within comments; Microsoft and rspamd write none."""

_FOREIGN = re.compile(r"[^\t -~]")
_BLANKS = re.compile(r"[ \t]*+")
_COMMENT = re.compile(r'[^()\\"]++|\\.|[()"]')
_KEYWORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*+")
_TOKEN = re.compile(r"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]++")
_LOOSE = re.compile(r'[^ \t();"\\]++')
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*)"')
_AT_DOMAIN = re.compile(r'@[^ \t();"\\@]++')
_HOST = re.compile(r"[0-9A-Za-z-]++(?:\.[0-9A-Za-z-]++)+(?=[ \t(;])")
_VERSION = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """`name` is "smtp.mailfrom", or "action" where the type is left out, in lower case.

    `value` is without the quotes around the whole of it; quotes around a local part stay.
    """

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResult:
    """`method` ("dkim", "dmarc/2" for a version that is not ours) and `result` are in lower case."""

    method: str
    result: str
    properties: tuple[Property, ...]

    def all(self, name: str) -> list[str]:
        return [item.value for item in self.properties if item.name == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationResults:
    """`authserv_id` is in lower case, None in Microsoft's form. No results: the server says that it checked nothing."""

    authserv_id: str | None
    results: tuple[MethodResult, ...]


class _Unreadable(Exception):  # noqa: N818 - ends the parsing, and does not leave this module
    pass


def parse_results(value: bytes) -> AuthenticationResults | None:
    """The raw value of the field -> what it says; None when any of it does not parse.

    The same for ARC-Authentication-Results (RFC 8617, 4.1.1) once `i=1;` is taken off.
    """
    text = unfolded(value).decode("latin-1")
    if len(text) > MAX_VALUE or _FOREIGN.search(text):
        return None
    try:
        return _Parser(text).payload()
    except _Unreadable:
        return None


def authserv_id_of(value: bytes) -> str | None:
    """The raw value -> the id it starts with, in lower case, whatever stands behind it; None where there is none."""
    parser = _Parser(unfolded(value)[:MAX_VALUE].decode("latin-1"))
    try:
        parser.cfws()
        name = parser.authserv_id()
    except _Unreadable:
        return None
    return name if name and not _FOREIGN.search(name) else None


class _Parser:
    """Recursive descent: each method reads one production at `at` and leaves `at` behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def payload(self) -> AuthenticationResults:
        self.cfws()
        authserv_id = self.authserv_id()
        results: list[MethodResult] = []
        if authserv_id is None:
            results.append(self.result())
        elif not self.taken(";"):
            raise _Unreadable
        elif self.nothing():
            return AuthenticationResults(authserv_id=authserv_id, results=())
        else:
            results.append(self.result())
        while self.taken(";") and self.at < len(self.text):
            if authserv_id is None and self.recipient_domain():
                continue
            results.append(self.result())
        if self.at < len(self.text):
            raise _Unreadable
        return AuthenticationResults(authserv_id=authserv_id, results=tuple(results))

    def authserv_id(self) -> str | None:
        """The id with its version, or None, nothing read, where what comes first is a method."""
        start = self.at
        name = self.quoted() if self.text.startswith('"', self.at) else self.take(_TOKEN)
        gap = self.cfws()
        if self.text.startswith(("=", "/"), self.at):
            self.at = start
            return None
        if gap and not self.text.startswith(";", self.at):
            self.take(_VERSION)
            self.cfws()
        if not name or self.text[self.at : self.at + 1] not in {";", ""}:
            raise _Unreadable
        return name.lower()

    def nothing(self) -> bool:
        """`; none`, and nothing after it."""
        start = self.at
        if self.take(_KEYWORD).lower() == "none":
            self.cfws()
            if self.at == len(self.text):
                return True
        self.at = start
        return False

    def recipient_domain(self) -> bool:
        """Microsoft used to write the recipient's domain between two results: `; contoso.com; dkim=…`."""
        start = self.at
        host = _HOST.match(self.text, self.at)
        if host:
            self.at = host.end()
            self.cfws()
            if self.text.startswith(";", self.at):
                return True
        self.at = start
        return False

    def result(self) -> MethodResult:
        method = self.take(_KEYWORD).lower()
        self.cfws()
        if self.taken("/"):
            version = int(self.take(_VERSION))
            method = method if version == 1 else f"{method}/{version}"
            self.cfws()
        self.equals()
        result = self.take(_KEYWORD).lower()
        found: list[Property] = []
        while self.cfws() and self.at < len(self.text) and self.text[self.at] != ";":
            found.append(self.property())
        return MethodResult(method=method, result=result, properties=tuple(found))

    def property(self) -> Property:
        """`reason="…"`, `header.d=acme.fi`, `action=none`."""
        name = self.take(_KEYWORD)
        self.cfws()
        if self.taken("."):
            name += "." + self.take(_KEYWORD)
            self.cfws()
        self.equals()
        return Property(name=name.lower(), value=self.value())

    def value(self) -> str:
        start = self.at
        if self.text.startswith(";", start):
            return ""  # some write `smtp.mailfrom=;` for the null sender
        if not self.text.startswith('"', start):
            return self.take(_LOOSE)
        value = self.quoted()
        if not self.text.startswith("@", self.at):
            return value
        self.take(_AT_DOMAIN)
        return self.text[start : self.at]

    def quoted(self) -> str:
        match = _QUOTED.match(self.text, self.at)
        if not match:
            raise _Unreadable
        self.at = match.end()
        return re.sub(r"\\(.)", r"\1", match[1])

    def equals(self) -> None:
        if not self.taken("="):
            raise _Unreadable

    def taken(self, mark: str) -> bool:
        """Whether the mark stands here; then it is read, with what may follow it."""
        if not self.text.startswith(mark, self.at):
            return False
        self.at += 1
        self.cfws()
        return True

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if not match:
            raise _Unreadable
        self.at = match.end()
        return match[0]

    def cfws(self) -> bool:
        """Blanks and comments (RFC 5322, 3.2.2); whether there were any."""
        start = self.at
        self.take(_BLANKS)
        while self.text.startswith("(", self.at):
            self.comment()
            self.take(_BLANKS)
        return self.at > start

    def comment(self) -> None:
        """Quotes mean nothing in a comment. But where they do not pair, an address was cut in two by a `)` in it."""
        depth = quotes = 0
        while True:
            mark = self.take(_COMMENT)
            quotes += mark == '"'
            depth += (mark == "(") - (mark == ")")
            if depth > MAX_DEPTH or (quotes % 2 and depth == 0):
                raise _Unreadable
            if depth == 0:
                return
