"""What the child may use. It sets its own limits: code between fork and exec would be unsafe beside threads."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

CPU_SECONDS = 1.0
"""For one request. A message may need two of them, and is to take no more than 2 s."""

MEMORY = 300 << 20
"""Octets of address space, of the process as a whole; warm it has 40 MiB."""

OUTPUT = 256 << 20
"""Octets of the file that an answer is written to."""

_OPEN_FILES = 32
_FORBIDDEN = (
    *("socket.bind", "socket.connect", "socket.get", "socket.send", "ctypes."),
    *("subprocess.", "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.kill"),
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown"),
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def limit_process() -> None:
    """For good. It ends with its connection, or killed: signals to the whole group are the worker's affair."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, OUTPUT)
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _lower(resource.RLIMIT_NPROC, 0)
    _lower(resource.RLIMIT_AS, MEMORY)
    # The system lets root start processes whatever the limit, and lets everybody connect.
    sys.addaudithook(_refuse)


def _refuse(event: str, details: tuple[object, ...]) -> None:
    """No network, no processes, no files but what is open and what is only read. Raises PermissionError."""
    flags = details[2] if event == "open" else 0
    if event.startswith(_FORBIDDEN) or (isinstance(flags, int) and flags & _WRITING):
        raise PermissionError(f"{event} is not for this process")


@contextmanager
def limited_cpu() -> Iterator[None]:
    """After `CPU_SECONDS` of CPU, in Python or in a library, the system ends the process by SIGPROF.

    RLIMIT_CPU would count whole seconds, from the start of the process.
    """
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _lower(kind: int, limit: int) -> None:
    hard = resource.getrlimit(kind)[1]
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (limit, limit))
