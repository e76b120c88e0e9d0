"""SIGTERM and SIGINT -> an end within 20 s, whatever is under way: asked for, then forced."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from poller.logs import log_briefly
from poller.notifying import tell

LAST_SECONDS = 18
"""After a stop, the process is ended by force: a kill at any moment is harmless."""

_log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stop_on_signals(status: int = 0) -> Iterator[threading.Event]:
    """SIGTERM and SIGINT set the event while the context lasts; where that does not end it, the process ends so.

    `status` is what it exits with then.
    """
    stop, over = threading.Event(), threading.Event()
    listening, told = socket.socketpair()
    told.settimeout(0)
    # Python runs handlers in the main thread, between two steps of its own: not while that waits for the database.
    handlers = {number: signal.signal(number, lambda _number, _frame: None) for number in _SIGNALS}
    written_to = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    listener = threading.Thread(target=_listen, args=(listening, stop, over, status), name="signals", daemon=True)
    listener.start()
    try:
        yield stop
    finally:
        over.set()
        signal.set_wakeup_fd(written_to)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        told.close()
        listener.join()
        listening.close()


def _listen(listening: socket.socket, stop: threading.Event, over: threading.Event, status: int) -> None:
    while octet := _next(listening):
        if octet[0] not in _SIGNALS:
            continue
        stop.set()
        tell("STOPPING=1", "STATUS=ending after what is under way")
        log_briefly(_log, logging.INFO, f"{signal.Signals(octet[0]).name}: ending after what is under way")
        if not over.wait(LAST_SECONDS):
            log_briefly(
                _log, logging.CRITICAL, f"still at work after {LAST_SECONDS} s: ended by force; nothing is lost"
            )
            os._exit(status)
        return


def _next(listening: socket.socket) -> bytes:
    with suppress(OSError):
        return listening.recv(1)
    return b""
