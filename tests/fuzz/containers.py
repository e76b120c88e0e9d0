"""What the child reads, without the child: TNEF and calendars with their libraries, RTF, and answers that are none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from poller.child.expanding import ChildExpander
from poller.child.output import Output
from poller.child.process import Answer, Scratch
from poller.child.rtf import rtf_text
from poller.child.serve import TASKS
from poller.mail.fields.words import clean_text
from poller.mail.reader import read_message
from tests.fuzz.cleanness import is_line, is_text
from tests.fuzz.messages import check_read

MOST_FILES = 1_000
_INVITATION = b"From: a@acme.fi\r\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\r\n\r\n"


class Here:
    """In place of `Child`: the same tasks, in this process."""

    def ask(self, task: str, octets: Iterable[bytes], document: dict[str, Any] | None = None) -> Answer | str:
        output = Scratch()
        try:
            found = TASKS[task](b"".join(octets), {**(document or {}), "task": task}, Output(output.number))
        except Exception as error:  # noqa: BLE001 - as the child has it: whatever a library raises about hostile octets
            return f"{type(error).__name__}: {error}"[:200]
        return Answer(document=json.loads(json.dumps(found)), output=output)

    def close(self) -> None:
        raise AssertionError("The answer was not sensible.")


class Said(Here):
    """Answers what it is told."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._answer = Answer(document=document, output=Scratch.of([b"some octets"]))

    def ask(self, task: str, octets: Iterable[bytes], document: dict[str, Any] | None = None) -> Answer | str:
        return self._answer

    def close(self) -> None:
        pass


def check_tnef(octets: bytes) -> None:
    unpacked = ChildExpander(Here()).unpack([octets], body=True)
    if isinstance(unpacked, str):
        return
    assert len(unpacked.files) <= MOST_FILES
    for file in unpacked.files:
        assert is_line(file.name + file.content_type + file.content_id)
        inner = b"".join(file.chunks())
        assert len(inner) <= 20 * len(octets) + 10_000
        if file.content_type == "message/rfc822":
            message = read_message(inner)
            assert message.malformed is None or "From" in message.malformed
            assert not message.defects
    assert is_text(clean_text(unpacked.text + unpacked.html))


def check_calendar(octets: bytes) -> None:
    check_read(_INVITATION + octets, ChildExpander(Here()))


def check_rtf(octets: bytes) -> None:
    text = rtf_text(octets)
    assert text is None or isinstance(text, str)
    assert len(text or "") <= 20 * len(octets) + 1_000


def check_answer(octets: bytes) -> None:
    """JSON that a process wrote which hostile octets may have got the better of."""
    try:
        document = json.loads(octets)
    except (ValueError, RecursionError):
        return
    if not isinstance(document, dict):
        return
    expander = ChildExpander(Said(document))
    unpacked = expander.unpack([b""], body=True)
    for file in () if isinstance(unpacked, str) else unpacked.files:
        assert sum(map(len, file.chunks())) <= len(b"some octets")
    check_read(_INVITATION, expander)
