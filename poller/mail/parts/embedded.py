"""Files within a text: uuencode (POSIX) and yEnc (1.3), as old and odd mailers send them. What is text stays text."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from poller.mail.coding.charsets import decode
from poller.mail.coding.octets import find, release
from poller.mail.coding.transfer import MAX_CODED, decoded_chunks
from poller.mail.fields.words import one_line
from poller.mail.message import Attachment, Octets
from poller.mail.parts.attachments import attachment_of
from poller.mail.parts.names import UniqueNames, safe_name

MAX_FILES = 100
"""Files in a text; a further one stays text."""

MAX_TRIES = 10_000
"""Lines that look like a beginning."""

MAX_SHORT_LINES = 20_000
"""Lines of the uuencoded files of a message that are not of the usual length; a file has one, at its end."""

_OCTETS = "application/octet-stream"
_UU_BEGIN = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n")
_UU_FULL_LINES = re.compile(rb"(?:M[ -`]{60,62}\r?\n){1,1000}")
_UU_LINE = re.compile(rb"([ -`]{1,87})(?:\r?\n|\Z)")
_UU_END = re.compile(rb"(?:[ `]*\r?\n)?end[ \t]*(?:\r?\n|\Z)")
_BASE64_BEGIN = re.compile(rb"begin-base64 [0-7]{3,4} ([^\r\n]{1,255})\r?\n")
_BASE64_LINES = re.compile(rb"(?:[A-Za-z0-9+/]{1,100}={0,2}[ \t]{0,9}\r?\n){1,1000}")
_BASE64_END = re.compile(rb"====[ \t]*(?:\r?\n|\Z)")
_Y_BEGIN = re.compile(rb"=ybegin (?=[^\r\n]{0,200}line=\d)[^\r\n]{0,200}size=(\d{1,18}) name=([^\r\n]{1,500})\r?\n")
_Y_PART = re.compile(rb"=ypart begin=(\d{1,18}) end=(\d{1,18})[^\r\n]{0,200}\r?\n")
_Y_END = re.compile(rb"=yend[ \t]([^\r\n]{0,500})(?:\r?\n|\Z)")
_Y_SIZE = re.compile(rb"size=(\d{1,18})")
_Y_CHECKSUM = re.compile(rb"(?<![a-z])(p?)crc32=([0-9a-fA-F]{1,16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A file lies from `start` to `end` of `holder`, its code from `first` to `last`.

    `size` and `checksum` are what it says of itself; `whole`: its end was found, and it is no part of a larger file.
    """

    holder: Octets
    start: int
    end: int
    first: int
    last: int
    name: bytes
    encoding: str
    whole: bool
    short_lines: int = 0
    size: int | None = None
    checksum: int | None = None


def embedded_in(holder: Octets, start: int, end: int, before: Iterable[Embedded] = ()) -> list[Embedded]:
    """The octets of a text, and the files in those before it, -> the files in it, in order."""
    if find(holder, b"begin", start, end) < 0:
        return []
    room = MAX_FILES - len(before := tuple(before))
    short_lines = MAX_SHORT_LINES - sum(block.short_lines for block in before)
    found: list[Embedded] = []
    ahead = {mark: _next(holder, mark, start, start, end) for mark in _READERS}
    for _ in range(MAX_TRIES):
        position, mark = min((where, mark) for mark, where in ahead.items())
        if position == end or len(found) >= room:
            break
        block = _READERS[mark](holder, position, end, short_lines)
        short_lines -= block.short_lines if block else 0
        release(holder)
        after = block.end if block else position + 1
        found += [block] if block else []
        ahead = {
            mark: where if where >= after else _next(holder, mark, after, start, end) for mark, where in ahead.items()
        }
    return found


def _next(holder: Octets, mark: bytes, position: int, start: int, end: int) -> int:
    """Where the next line starts that starts with the mark, from this position on; `end` where none does."""
    if position == start and holder[start : start + len(mark)] == mark:
        return start
    where = find(holder, b"\n" + mark, max(position - 1, start), end)
    return where + 1 if where >= 0 else end


def gaps(holder: Octets, start: int, end: int, blocks: Iterable[Embedded], limit: int) -> bytes:
    """What stands between the files, up to a limit of octets."""
    octets = bytearray()
    for block in blocks:
        octets += holder[start : min(block.start, start + limit - len(octets))]
        start = block.end
    return bytes((octets + holder[start : min(end, start + limit - len(octets))])[:limit])


def with_embedded(
    files: tuple[Attachment, ...], blocks: Iterable[Embedded], defects: list[str]
) -> tuple[Attachment, ...]:
    """Attachments and the files found in the text -> attachments; what is wrong with the latter is a defect."""
    names = UniqueNames()
    for file in files:
        names.take(file.name)
    found: list[Attachment] = []
    for block in blocks:
        name = names.take(safe_name(one_line(decode(block.name.strip(b' "\t'), None)), _OCTETS))
        chunks = partial(decoded_chunks, block.holder, block.first, block.last, block.encoding)
        summed = _Summed()
        file = attachment_of(name, _OCTETS, lambda: summed.of(chunks()), inline=False)  # noqa: B023 - called at once
        found.append(replace(file, chunks=chunks))
        defects += [f"{name} in the text is not whole, or damaged."] if _is_damaged(block, file, summed) else []
    return (*files, *found)


@dataclass(slots=True, kw_only=True)
class _Summed:
    """A checksum taken while the octets are hashed: to decode them costs more than both."""

    checksum: int = 0

    def of(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.checksum = zlib.crc32(chunk, self.checksum)
            yield chunk


def _is_damaged(block: Embedded, file: Attachment, summed: _Summed) -> bool:
    if not block.whole or (block.size is not None and block.size != file.size):
        return True
    return block.checksum is not None and summed.checksum != block.checksum


def _uuencoded(holder: Octets, start: int, end: int, short_lines: int) -> Embedded | None:
    begin = _UU_BEGIN.match(holder, start, end)
    if not begin:
        return None
    position = begin.end()
    short = 0
    while short < short_lines and position - start <= MAX_CODED:
        if full := _UU_FULL_LINES.match(holder, position, end):
            position = full.end()
        elif (line := _UU_LINE.match(holder, position, end)) and _is_uu(line[1]):
            position = line.end()
            short += 1
        else:
            break
    closing = _UU_END.match(holder, position, end)
    if (position == begin.end() and not closing) or position - start > MAX_CODED:
        return None
    return Embedded(
        holder=holder,
        start=start,
        end=closing.end() if closing else position,
        first=start,
        last=position,
        name=begin[1],
        encoding="x-uuencode",
        whole=closing is not None,
        short_lines=short,
    )


def _is_uu(line: bytes) -> bool:
    """Whether a line is as long as it says; blanks at its end may have been lost, or a checksum added."""
    coded = (line[0] - 32) % 64
    need = (coded + 2) // 3 * 4
    return coded > 0 and need - 8 <= len(line) - 1 <= need + 2 and len(line) > 1


def _base64_coded(holder: Octets, start: int, end: int, _short_lines: int) -> Embedded | None:
    """What `uuencode -m` makes; without its end it stays text."""
    begin = _BASE64_BEGIN.match(holder, start, end)
    position = begin.end() if begin else start
    while begin and position - start <= MAX_CODED and (lines := _BASE64_LINES.match(holder, position, end)):
        position = lines.end()
    closing = _BASE64_END.match(holder, position, end) if begin else None
    if not begin or not closing:
        return None
    return Embedded(
        holder=holder,
        start=start,
        end=closing.end(),
        first=begin.end(),
        last=position,
        name=begin[1],
        encoding="base64",
        whole=True,
    )


def _yencoded(holder: Octets, start: int, end: int, _short_lines: int) -> Embedded | None:
    begin = _Y_BEGIN.match(holder, start, end)
    if not begin:
        return None
    part = _Y_PART.match(holder, begin.end(), end)
    first = part.end() if part else begin.end()
    next_line = find(holder, b"\n=y", first - 1, end)
    last = next_line + 1 if next_line >= 0 else end
    if last - first > MAX_CODED:
        return None
    closing = _Y_END.match(holder, last, end)
    size = int(begin[1])
    is_all = part is None or (int(part[1]) == 1 and int(part[2]) == size)
    said = closing[1] if closing else b""
    checksums = {match[1]: int(match[2], 16) for match in _Y_CHECKSUM.finditer(said)}
    sized = _Y_SIZE.search(said)
    return Embedded(
        holder=holder,
        start=start,
        end=closing.end() if closing else last,
        first=first,
        last=last,
        name=begin[2],
        encoding="x-yenc",
        whole=closing is not None and is_all and (not part or sized is None or int(sized[1]) == size),
        size=size if is_all else None,
        checksum=checksums.get(b"p", checksums.get(b"")) if is_all else checksums.get(b"p"),
    )


_READERS = {b"begin ": _uuencoded, b"begin-base64 ": _base64_coded, b"=ybegin ": _yencoded}
