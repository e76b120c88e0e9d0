"""What the child opens and reads for `mail`, as values. Its answer is checked: it may be hostile by now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from typing import Any, Self, TypeVar

from poller.child.calendar_answer import calendars_of
from poller.child.output import checked_place
from poller.child.process import Answer, Child, Scratch
from poller.mail.calendar import Calendar, CalendarFile
from poller.mail.unpacked import Unpacked, UnpackedFile

MAX_FILES = 1_000
"""Files in one container."""

MAX_NAME = 1_000
"""Characters of a name or a type."""

MAX_BODY = 4_000_000
"""Octets of a text that are read."""


_Read = TypeVar("_Read")


class ChildExpander:
    """Its process is started by the first container or calendar. It ends with the context."""

    def __init__(self, child: Child | None = None) -> None:
        self._child = child or Child()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._child.close()

    def unpack(self, octets: Iterable[bytes], *, body: bool) -> Unpacked | str:
        return self._checked(self._child.ask("tnef", octets, {"body": body}), _unpacked)

    def calendars(self, files: Sequence[CalendarFile]) -> tuple[Calendar, ...] | str:
        asked = {"files": [[file.size, file.charset] for file in files]}
        octets = chain.from_iterable(file.chunks() for file in files)
        return self._checked(self._child.ask("calendars", octets, asked), partial(calendars_of, count=len(files)))

    def _checked(self, answer: Answer | str, read: Callable[[Answer], _Read]) -> _Read | str:
        if isinstance(answer, str):
            return answer
        try:
            return read(answer)
        except (KeyError, TypeError, ValueError):
            self._child.close()
            return "the process that reads it gave no sensible answer"


def _unpacked(answer: Answer) -> Unpacked:
    """Raises KeyError, TypeError or ValueError for an answer that is none."""
    document, output = answer.document, answer.output
    files = document["files"]
    if not isinstance(files, list) or len(files) > MAX_FILES:
        raise ValueError
    return Unpacked(
        files=tuple(_file(file, output) for file in files),
        text=_body(document["text"], output),
        html=_body(document["html"], output),
        damaged=bool(document["damaged"]),
    )


def _file(document: Any, output: Scratch) -> UnpackedFile:  # noqa: ANN401 - whatever JSON may hold
    start, size = checked_place(document["place"], output.size)
    return UnpackedFile(
        name=_line(document["name"]),
        content_type=_line(document["type"]),
        content_id=_line(document["id"]),
        chunks=partial(output.chunks, start, size),
    )


def _body(place: object, output: Scratch) -> str:
    start, size = checked_place(place, output.size)
    return b"".join(output.chunks(start, min(size, MAX_BODY))).decode("utf-8", "replace")


def _line(text: object) -> str:
    if not isinstance(text, str) or len(text) > MAX_NAME:
        raise ValueError
    return text
