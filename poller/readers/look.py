"""A look at a message that a reader was asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from poller.errors import Transient
from poller.filing.first_look import FirstLook, Unread
from poller.readers.frames import Failed, Seen
from poller.readers.spooling import forget


class Look:
    """`unread` is the message, `path` the file that has its octets, if one has."""

    def __init__(self, unread: Unread, path: Path | None, wait: Callable[[Look], None]) -> None:
        self.unread = unread
        self.path = path
        self.is_answered = False
        self._wait = wait
        self._seen: Seen | None = None

    def take(self) -> FirstLook | None:
        """Waits for it. None where the message got the better of the reader. Raises Transient: no room on the disk."""
        if not self.is_answered:
            self._wait(self)
        if isinstance(self._seen, Failed):
            raise Transient(self._seen.why)
        return self._seen

    def answer(self, seen: Seen | None) -> None:
        self.is_answered = True
        self._seen = seen

    def forget(self) -> None:
        """What was not taken over of its attachments is removed; if it is not answered yet, with the readers' end."""
        if isinstance(self._seen, FirstLook):
            forget(self._seen.screened.message.attachments)
