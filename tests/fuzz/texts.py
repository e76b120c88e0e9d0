"""Text that was read: pages, quoted history, signatures, dates, names."""

from __future__ import annotations

from html.parser import HTMLParser

from poller.mail.fields.moments import moment_of
from poller.mail.fields.words import clean_text, one_line
from poller.mail.parts.names import MAX_NAME, UniqueNames, default_name, safe_name
from poller.mail.texts.clearsigned import without_signatures
from poller.mail.texts.flowed import unflowed
from poller.mail.texts.history import is_block, read_block, separator_of
from poller.mail.texts.html import MAX_INDENTATION, html_to_text
from poller.mail.texts.quotes import quoted_from
from poller.mail.texts.sanitize import sanitize
from poller.mail.texts.signatures import signature_from
from tests.fuzz.cleanness import is_file_name, is_line, is_text
from tests.fuzz.messages import GROWTH

_ACTIVE = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "meta",
    "link",
    "base",
    "svg",
    "math",
    "video",
}
_SCHEMES = ("javascript:", "data:", "vbscript:", "file:")


def check_html(octets: bytes) -> None:
    page = clean_text(octets.decode("utf-8", "replace"))
    text = html_to_text(page)
    assert len(text) <= GROWTH * len(page) + MAX_INDENTATION
    assert text == html_to_text(page)
    safe = sanitize(page)
    assert len(safe) <= 12 * len(page) + 100
    # What is shown as its own source text may be written in two ways, and is longer than it was.
    assert sanitize(safe) == safe or sanitize(safe).startswith("<pre>")
    _Safe().feed(safe)
    assert is_text(clean_text(text))


class _Safe(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in _ACTIVE, tag
        for name, value in attrs:
            said = "".join((value or "").split()).lower()
            assert not name.startswith("on"), name
            assert name != "style"
            assert not (name in {"href", "src"} and said.startswith(_SCHEMES)), value
            assert not (tag == "img" and name == "src" and not said.startswith("cid:")), value


def check_text(octets: bytes) -> None:
    text = clean_text(octets.decode("utf-8", "surrogateescape"))
    assert is_text(text)
    assert clean_text(text) == text.removeprefix("\ufeff")
    quoted = quoted_from(text)
    for start in (quoted, signature_from(text, quoted)):
        assert start is None or (0 <= start <= len(text) and text[:start][-1:] in {"", "\n"})
    signature = signature_from(text, quoted)
    assert signature is None or quoted is None or signature <= quoted
    for delete_space in (False, True):
        flowed = unflowed(text, delete_space=delete_space)
        assert len(flowed) <= 2 * len(text)
        assert flowed.count("\n") <= text.count("\n")
    assert len(without_signatures(text)) <= len(text)
    lines = text.split("\n")
    for number, line in enumerate(lines[:50]):
        separator_of(line)
        is_block(lines, number)
    assert sum(map(len, read_block(lines).values.values())) <= 2 * len(text)


def check_line(octets: bytes) -> None:
    line = one_line(octets.decode("utf-8", "surrogateescape"))
    assert is_line(line)
    assert one_line(line) == line
    moment = moment_of(line)
    assert moment is None or moment.utcoffset() is not None


def check_names(octets: bytes) -> None:
    """Lines: a content type and, behind a bar, a name."""
    unique = UniqueNames()
    taken = set()
    for line in octets.decode("utf-8", "surrogateescape").split("\n")[:200]:
        kind, _, name = line.partition("|")
        kind = one_line(kind).lower()
        safe = safe_name(name, kind)
        assert is_file_name(safe), safe
        assert len(safe.encode()) <= max(MAX_NAME, len(default_name(kind)))
        assert safe_name(safe, kind) == safe
        one = unique.take(safe)
        assert is_file_name(one), one
        assert one.casefold() not in taken
        taken.add(one.casefold())
