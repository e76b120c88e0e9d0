"""A message -> what reading it came to: how long it took, what broke, and what in it would not be clean text."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

from poller.authentication.trace import read_trace
from poller.filing.decide import screen
from poller.filing.route import find_route
from poller.filing.rules import Screened
from poller.mail.message import Mailbox, Message
from poller.mail.reader import read_message
from poller.mail.unpacked import Expander
from poller.settings import Settings
from tests.corpora.collection import Sample

MAX_SECONDS = 1.0
"""Of CPU time, for a message that somebody once really sent."""

_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_LINE = re.compile(rf"{_NOT_IN_TEXT.pattern}|[\t\n\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`unclean` names the strings with something in them that no string should have."""

    sample: Sample
    seconds: float
    message: Message | None = None
    broke: str = ""
    unclean: tuple[str, ...] = ()

    @property
    def is_fault(self) -> bool:
        return bool(self.broke or self.unclean) or self.seconds > MAX_SECONDS


def judge(sample: Sample, settings: Settings, expander: Expander | None) -> Finding:
    """Reads it as the worker does, up to what needs neither DNS nor people."""
    began = time.process_time()
    try:
        message = _opened(sample.octets, settings, expander)
    except Exception:  # noqa: BLE001 - whatever breaks is what is looked for
        return Finding(sample=sample, seconds=time.process_time() - began, broke=traceback.format_exc())
    seconds = time.process_time() - began
    return Finding(sample=sample, seconds=seconds, message=message, unclean=tuple(_unclean(message)))


def _opened(octets: bytes, settings: Settings, expander: Expander | None) -> Message:
    message = read_message(octets, expander=expander)
    trace = read_trace(message.header, settings.auth)
    route = find_route(message.header, trace, settings.routing)
    screen(Screened(message=message, trace=trace, route=route, oversized=False))
    return message


def _unclean(message: Message) -> Iterator[str]:
    texts = {"text": message.text, "html": message.html or ""}
    yield from (name for name, text in texts.items() if _NOT_IN_TEXT.search(text))
    yield from sorted({name for name, line in _lines(message) if _NOT_IN_LINE.search(line)})


def _lines(message: Message) -> Iterator[tuple[str, str]]:
    yield "subject", message.subject
    yield "Message-ID", message.message_id or ""
    yield from (("references", one) for one in (*message.in_reply_to, *message.references))
    people = [recipient.mailbox for recipient in message.recipients] + ([message.author] if message.author else [])
    yield from _of_people(people)
    for attachment in message.attachments:
        yield "attachment", attachment.name
        yield "content type", attachment.content_type
    for inner in message.forwarded:
        yield "forwarded", f"{inner.subject}{inner.message_id or ''}"
        inside = [recipient.mailbox for recipient in inner.recipients] + ([inner.author] if inner.author else [])
        yield from _of_people(inside)
    yield from (("defects", one) for one in (*message.defects, message.malformed or ""))


def _of_people(people: list[Mailbox]) -> Iterator[tuple[str, str]]:
    for mailbox in people:
        yield "name", mailbox.name
        yield "address", f"{mailbox.address}{mailbox.key}"
