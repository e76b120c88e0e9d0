"""A look at a message that a reader was asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from poller.errors import Transient
from poller.filing.first_look import FirstLook, Unread
from poller.readers.frames import Failed, Seen
from poller.readers.spooling import forget

# What a message costs beside its octets, in octets: a short one is a good millisecond, as much as 200 kB.
_FIXED_LOAD = 200_000


class Look:
    """`unread` is the message, `path` the file that has its octets, if one has; `name` is what a log calls it."""

    def __init__(self, name: str, unread: Unread, path: Path | None, wait: Callable[[Look], None]) -> None:
        self.name = name
        self.unread = unread
        self.path = path
        self.load = _FIXED_LOAD + len(unread.source)
        self.is_answered = False
        self._wait = wait
        self._seen: Seen | None = None

    def take(self, here: Callable[[], FirstLook | None]) -> FirstLook | None:
        """Waits for it; `here` is called where no reader can be had. None where the message got the better of either.

        Raises Transient: there is no room on the disk.
        """
        if not self.is_answered:
            self._wait(self)
        if not self.is_answered:
            self.answer(here())
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
