"""winmail.dat opened by the child, whose answer is checked: it may be hostile by now. What `mail` takes as a value."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Self

from poller.child.process import Answer, Child, Scratch
from poller.mail.unpacked import Unpacked, UnpackedFile

MAX_FILES = 1_000
"""Files in one container."""

MAX_NAME = 1_000
"""Characters of a name or a type."""

MAX_BODY = 4_000_000
"""Octets of a text that are read."""


class ChildExpander:
    """Its process is started by the first container. It ends with the context."""

    def __init__(self, child: Child | None = None) -> None:
        self._child = child or Child()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._child.close()

    def unpack(self, octets: Iterable[bytes], *, body: bool) -> Unpacked | str:
        answer = self._child.ask("tnef", octets, {"body": body})
        if isinstance(answer, str):
            return answer
        try:
            return _checked(answer)
        except (KeyError, TypeError, ValueError):
            self._child.close()
            return "the process that reads it gave no sensible answer"


def _checked(answer: Answer) -> Unpacked:
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
    start, size = _place(document["place"], output)
    return UnpackedFile(
        name=_line(document["name"]),
        content_type=_line(document["type"]),
        content_id=_line(document["id"]),
        chunks=partial(output.chunks, start, size),
    )


def _body(place: object, output: Scratch) -> str:
    start, size = _place(place, output)
    return b"".join(output.chunks(start, min(size, MAX_BODY))).decode("utf-8", "replace")


def _place(place: object, output: Scratch) -> tuple[int, int]:
    match place:
        case [int(start), int(size)] if 0 <= start <= start + size <= output.size:
            return start, size
    raise ValueError


def _line(text: object) -> str:
    if not isinstance(text, str) or len(text) > MAX_NAME:
        raise ValueError
    return text
