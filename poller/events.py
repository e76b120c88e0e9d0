"""What happens at each stage, as it happens: told to the log, and to whoever counts.

A log for machines has every event; people read of a message in one line, and of its stages with LOG_LEVEL=debug.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Final

from poller.logs import STAGES
from poller.mail.message import MessageRef

Facts = Mapping[str, Any]
"""Words and numbers; what is not known is None."""

Listener = Callable[[str, Facts], None]
"""Called with each event and its facts, in the thread in which it happens."""

_LONGEST: Final = 1_000  # characters of a text of strangers

_log = logging.getLogger(__name__)
_stages = logging.getLogger(STAGES)
_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """The listener is told of everything while the context lasts."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextmanager
def untold() -> Iterator[None]:
    """What only is tried out is no stage of any message: no log has it while the context lasts."""
    _stages.disabled = True
    try:
        yield
    finally:
        _stages.disabled = False


def counted(event: str, **facts: object) -> None:
    """Told to listeners alone: what happens too often, or says too little, for a log."""
    for listener in tuple(_listeners):
        try:
            listener(event, facts)
        except Exception:  # noqa: BLE001 - whatever a bug raises: who counts keeps no mail from being filed
            _log.exception("%s could not be counted", event)


def happened(event: str, ref: MessageRef | None = None, **facts: object) -> None:
    """A stage that people need not read of."""
    counted(event, **facts)
    if _stages.isEnabledFor(logging.INFO):
        known = _known(facts)
        words = ": ".join(filter(None, (str(ref) if ref else "", event, _in_words(known))))
        _stages.info("%s", words, extra=noted(event, ref, known))


def said(
    log: logging.Logger, level: int, line: str, event: str, ref: MessageRef | None = None, **facts: object
) -> None:
    """A line for people, which is an event at the same time."""
    counted(event, **facts)
    log.log(level, "%s", line, extra=noted(event, ref, _known(facts)))


def noted(event: str, ref: MessageRef | None = None, facts: Facts = {}) -> dict[str, Any]:  # noqa: B006 - only read
    """What a logging call takes as `extra`, so that a log for machines has these as keys of their own."""
    place = {"mailbox": ref.mailbox, "uidvalidity": ref.uidvalidity, "uid": ref.uid} if ref else {}
    return {"facts": {"event": event, **place, **facts}}


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """How long a stage takes for a batch of messages."""
    began = perf_counter()
    try:
        yield
    finally:
        counted("stage", stage=stage, seconds=perf_counter() - began)


def _known(facts: Facts) -> Facts:
    return {name: _brief(fact) for name, fact in facts.items() if fact is not None}


def _brief(fact: object) -> object:
    if isinstance(fact, float):
        return round(fact, 3)
    return fact[:_LONGEST] if isinstance(fact, str) else fact


def _in_words(facts: Facts) -> str:
    return ", ".join(f"{name} {fact}" for name, fact in facts.items())
