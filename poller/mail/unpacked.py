"""Containers among the attachments, such as winmail.dat, -> what is in them, by whoever can open them.

Who a message is does not depend on it: the container as sent counts for that, whatever a library makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from poller.mail.calendar import Calendar, CalendarFile, CalendarReader
from poller.mail.fields.words import clean_text, one_line
from poller.mail.message import Attachment
from poller.mail.parts.attachments import attachment_of, is_image, references_in
from poller.mail.parts.names import UniqueNames, safe_name
from poller.mail.texts.body import Body
from poller.mail.texts.html import html_to_text
from poller.mail.texts.quotes import quoted_from
from poller.mail.texts.signatures import signature_from

MAX_CONTAINERS = 2
"""Containers of one message that are opened; a message has one."""

MAX_REQUESTS = 2
"""Of one message, for containers and calendars together: each may take a second."""

_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
_DAT = re.compile(r"winmail.{0,10}\.dat$|att\d{0,9}\.dat$", re.IGNORECASE)
_SIGNATURE = b"\x78\x9f\x3e\x22"

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackedFile:
    """`name` and `content_type` as they were found, perhaps empty; `chunks()` yields its octets each time."""

    name: str
    content_type: str
    content_id: str
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """`text` and `html` are empty where there is none, or none was asked for. `damaged`: it was not read to its end."""

    files: tuple[UnpackedFile, ...]
    text: str
    html: str
    damaged: bool


class Expander(CalendarReader, Protocol):
    """Opens TNEF, and reads calendars. It may be hostile: whoever does this bounds time, memory and the answer."""

    def unpack(self, octets: Iterable[bytes], *, body: bool) -> Unpacked | str:
        """-> what is in it, with its texts if `body`; or why it cannot be opened, as half a sentence."""


class Limited:
    """One message's expander: it is asked `MAX_REQUESTS` times, and no more after it could not do it."""

    def __init__(self, expander: Expander) -> None:
        self._expander = expander
        self._left = MAX_REQUESTS

    def unpack(self, octets: Iterable[bytes], *, body: bool) -> Unpacked | str:
        return self._counted(lambda: self._expander.unpack(octets, body=body))

    def calendars(self, files: Sequence[CalendarFile]) -> tuple[Calendar, ...] | str:
        return self._counted(lambda: self._expander.calendars(files))

    def _counted(self, ask: Callable[[], _Answer | str]) -> _Answer | str:
        if self._left == 0:
            return "there is no time left for it"
        answer = ask()
        self._left = 0 if isinstance(answer, str) else self._left - 1
        return answer


def with_unpacked(files: tuple[Attachment, ...], body: Body, expander: Expander | None) -> tuple[Attachment, ...]:
    """Attachments -> attachments, with a container's files in its place; a message without text gets its text, too.

    What cannot be opened stays as it is, and `body` gets a defect; after the first that cannot, no more are tried.
    """
    containers = [file for file in files if _is_container(file)]
    if expander is None or not containers:
        return files
    found: dict[int, list[Attachment]] = {}
    for container in containers[:MAX_CONTAINERS]:
        unpacked = expander.unpack(container.chunks(), body=not body.text)
        if isinstance(unpacked, str):
            body.defects.append(f"{container.name} is kept as a file: {one_line(unpacked)}.")
            break
        _take_text(body, unpacked)
        found[id(container)] = _attachments(unpacked, body)
        if unpacked.damaged:
            body.defects.append(f"{container.name} is damaged: what could be read is beside it.")
            found[id(container)].append(container)
        elif not unpacked.files and not body.text:
            found[id(container)].append(container)  # nothing in it is known, so it may say all there is
    return _uniquely_named(inner for file in files for inner in found.get(id(file), [file]))


def _is_container(file: Attachment) -> bool:
    if file.content_type not in _TNEF and not _DAT.match(file.name):
        return False
    return next(file.chunks(), b"").startswith(_SIGNATURE)


def _take_text(body: Body, unpacked: Unpacked) -> None:
    if body.text or not (unpacked.text or unpacked.html):
        return
    html = clean_text(unpacked.html)
    body.text = clean_text(unpacked.text).strip("\n").rstrip() or clean_text(html_to_text(html))
    body.html = body.html or html or None
    body.quoted_from = quoted_from(body.text)
    body.signature_from = signature_from(body.text, body.quoted_from)


def _attachments(unpacked: Unpacked, body: Body) -> list[Attachment]:
    shown = references_in(body.html)
    return [
        attachment_of(
            safe_name(file.name, file.content_type),
            file.content_type,
            file.chunks,
            inline=file.content_id.lower() in shown and is_image(file.content_type, file.name),
        )
        for file in unpacked.files
    ]


def _uniquely_named(files: Iterable[Attachment]) -> tuple[Attachment, ...]:
    names = UniqueNames()
    return tuple(replace(file, name=names.take(file.name)) for file in files)
