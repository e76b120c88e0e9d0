"""Folders -> the messages in them: single files, mboxes and Maildirs, each message once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

MAX_FILE = 200_000_000
"""Octets; what is larger is no collection that anybody keeps in a test suite."""

_SUFFIXES = (".eml", ".mbox", ".mbx")
_TELLING = {b"delivered-to", b"from", b"message-id", b"mime-version", b"received", b"return-path", b"subject", b"to"}
_FEWEST = 2  # fields of those that make a message of a file whose name says nothing
_HEAD = 20_000
_FIELDS = re.compile(rb"(?:[!-9;-~]+[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_NAME = re.compile(rb"^([!-9;-~]+)[ \t]*:", re.MULTILINE)
_MBOX_LINE = re.compile(rb"From [^\n]{0,300}\d\d:\d\d[^\n]{0,100}\n")
_MBOX_LINES = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))" + _MBOX_LINE.pattern + rb"(?=[!-9;-~]+[ \t]*:)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A message, and where it lies: a file, and within an mbox its number."""

    place: str
    octets: bytes


def samples_in(folders: Iterable[Path]) -> Iterator[Sample]:
    """Every message below the folders, or in the files; the same octets come once."""
    seen: set[bytes] = set()
    for folder in folders:
        for path in [folder] if folder.is_file() else sorted(folder.rglob("*")):
            for sample in _samples_of(path):
                digest = sha256(sample.octets).digest()
                if digest not in seen:
                    seen.add(digest)
                    yield sample


def messages_of(octets: bytes) -> list[bytes]:
    """A file that may be an mbox -> its messages without the lines between them; any other file -> itself."""
    if not _MBOX_LINE.match(octets):
        return [octets]
    lines = list(_MBOX_LINES.finditer(octets))
    ends = [line.start() for line in lines[1:]] + [len(octets)]
    return [octets[line.end() : end] for line, end in zip(lines, ends, strict=True)] or [octets]


def is_message(octets: bytes) -> bool:
    """Whether octets start with a header that mail has, perhaps after an mbox's line."""
    line = _MBOX_LINE.match(octets)
    fields = _FIELDS.match(octets[:_HEAD], line.end() if line else 0)
    names = {name.lower() for name in _NAME.findall(fields[0])} if fields else set()
    return len(names & _TELLING) >= _FEWEST


def _samples_of(path: Path) -> Iterator[Sample]:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_FILE:
        return
    named = path.suffix.lower() in _SUFFIXES
    with path.open("rb") as file:
        octets = file.read(_HEAD)
        if not named and not is_message(octets):
            return
        octets += file.read()
    found = messages_of(octets)
    for number, message in enumerate(found, 1):
        yield Sample(place=f"{path}:{number}" if len(found) > 1 else str(path), octets=message)
