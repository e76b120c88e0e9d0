"""What a reader does: one message after the other, until the worker has no more or has ended."""

from __future__ import annotations

import gc
import logging
import os
import signal
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from mmap import mmap
from pathlib import Path
from socket import socket

from poller.child.expanding import ChildExpander
from poller.filing.first_look import Looking, Unread
from poller.memory import give_back_early
from poller.readers.frames import Failed, Seen, receive_unread, receive_value, send_value
from poller.readers.spooling import with_spooled

READY = "ready"


def serve(numbers: Sequence[int]) -> None:
    """On sockets of those numbers, a process each: what was imported is there once for all of them."""
    logging.disable()  # whatever there is to say, the worker says
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(ending, signal.SIG_IGN)  # it ends with its connection
    give_back_early()
    gc.freeze()
    for number in numbers:
        if os.fork() == 0:
            try:
                _read_on(number, [other for other in numbers if other != number])
            finally:
                os._exit(0)
    _close(numbers)
    with suppress(ChildProcessError):
        while True:
            os.wait()


def _read_on(number: int, others: Sequence[int]) -> None:
    _close(others)  # or nobody would see that their reader has ended
    with socket(fileno=number) as connection, suppress(EOFError, OSError), ChildExpander() as expander:
        send_value(connection, READY)
        looking, spool = receive_value(connection)
        looking = replace(looking, expander=expander)
        while True:
            unread = receive_unread(connection)
            seen = _look(looking, unread, spool)
            if isinstance(unread.source, mmap):
                unread.source.close()
            send_value(connection, seen)


def _look(looking: Looking, unread: Unread, spool: Path) -> Seen:
    try:
        return with_spooled(looking.look(unread), spool)
    except OSError as error:
        return Failed(why=f"{spool}: attachments cannot be stored here ({error.strerror}); free some space", later=True)
    except Exception:  # noqa: BLE001 - whatever a bug raises
        return Failed(why=traceback.format_exc(), later=False)


def _close(numbers: Sequence[int]) -> None:
    for number in numbers:
        os.close(number)
