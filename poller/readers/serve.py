"""What a reader does: one message after the other, until the worker has no more or has ended."""

from __future__ import annotations

import gc
import logging
import os
import signal
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from socket import socket

from poller.child.expanding import ChildExpander
from poller.filing.first_look import Looking, Unread
from poller.memory import give_back_early
from poller.readers.frames import Asked, Failed, Seen, in_memory, receive_asked, receive_value, send_file, send_value
from poller.readers.spooling import with_spooled

READY = "ready"

ALONE_SECONDS = 120
"""For one message, after which nobody waits for it any more; the system ends whoever is at it still."""


def serve(numbers: Sequence[int]) -> None:
    """On sockets of those numbers, a process each: what was imported is there once for all of them."""
    logging.disable()  # whatever there is to say, the worker says
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(ending, signal.SIG_IGN)  # it ends with its connection
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
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
        looking, spool = receive_value(connection)
        looking = replace(looking, expander=expander)
        send_value(connection, READY)
        while True:
            asked = receive_asked(connection)
            with _in_time():
                seen = _seen(looking, asked, spool)
            _answer(connection, seen)


@contextmanager
def _in_time() -> Iterator[None]:
    signal.alarm(ALONE_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


def _seen(looking: Looking, asked: Asked, spool: Path) -> Seen:
    try:
        with asked.unread() as unread:
            look = _look(looking, unread)
            return look if isinstance(look, Failed) else with_spooled(look, spool)
    except OSError as error:
        why = f"{spool}: a message cannot be read, or its attachments stored here ({error.strerror}); free some space"
        return Failed(why=why, later=True)
    except Exception:  # noqa: BLE001 - whatever a bug raises
        return Failed(why=traceback.format_exc(), later=False)


def _look(looking: Looking, unread: Unread) -> Seen:
    """Where it is our own code that raises an OSError, the disk is none of it."""
    try:
        return looking.look(unread)
    except Exception:  # noqa: BLE001 - whatever a bug raises
        return Failed(why=traceback.format_exc(), later=False)


def _answer(connection: socket, seen: Seen) -> None:
    try:
        number = in_memory(seen)
    except OSError as error:
        number = in_memory(Failed(why=f"what was read has no room in memory ({error.strerror})", later=True))
    except Exception:  # noqa: BLE001 - whatever cannot be pickled
        number = in_memory(Failed(why=traceback.format_exc(), later=False))
    send_file(connection, number)


def _close(numbers: Sequence[int]) -> None:
    for number in numbers:
        os.close(number)
