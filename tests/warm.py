"""Programs as processes of their own that need not import first: each is forked from one that has done it.

`started` is `python -m MODULE WORD …`, for a fiftieth of the time. Where what is shown is the start itself, or depends
on the order of imports, start Python.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

REPOSITORY = Path(__file__).parents[1]
# Programs that tests start otherwise, and what only those import.
_LEFT_OUT = ("poller.__main__", "poller.demo")
_REQUEST_OCTETS = 1 << 17


class Started:
    """What `subprocess.Popen` is to its child; it has those of its methods that are asked for."""

    def __init__(self, told: int) -> None:
        """`told` is a pipe on which its keeper says its number, and how it ended."""
        self._told = os.fdopen(told, "r")
        self.pid = int(self._told.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self.returncode if self.returncode is not None else self._ended_within(0)

    def wait(self, timeout: float | None = None) -> int:
        ended = self.returncode if self.returncode is not None else self._ended_within(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return ended

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()

    def _ended_within(self, seconds: float | None) -> int | None:
        if not select.select([self._told], [], [], seconds)[0]:
            return None
        self.returncode = int(self._told.readline())
        self._told.close()
        return self.returncode


class _Request(NamedTuple):
    words: Sequence[str]
    folder: str
    environment: Mapping[str, str]


def started(
    module: str,
    *words: str,
    folder: Path = REPOSITORY,
    environment: Mapping[str, str],
    output: int,
    errors: int,
) -> Started:
    """`python -m module words` in a folder, with nothing on standard input."""
    told, telling = os.pipe()
    request = json.dumps(_Request([module, *words], str(folder), dict(environment)))
    try:
        socket.send_fds(_source(), [request.encode()], [output, errors, telling])
    finally:
        os.close(telling)
    return Started(told)


@functools.cache
def _source() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        theirs.set_inheritable(True)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _serve(asking: socket.socket) -> _Request:
    """Returns in each process that is to become a program; ends when nobody can ask any more."""
    while True:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:  # a keeper
                pass
        octets, fds, _, _ = socket.recv_fds(asking, _REQUEST_OCTETS, 3)
        if not octets:
            sys.exit()
        if not os.fork():
            asking.close()
            return _kept(_Request(*json.loads(octets)), *fds)
        for fd in fds:
            os.close(fd)


def _kept(request: _Request, output: int, errors: int, telling: int) -> _Request:
    """Returns in a child of this process, which waits for it and says how it ended."""
    child = os.fork()
    if not child:
        os.dup2(output, 1)
        os.dup2(errors, 2)
        os.closerange(3, max(output, errors, telling) + 1)
        return request
    os.write(telling, f"{child}\n".encode())
    for fd in (0, 1, 2, output, errors):
        os.close(fd)
    _, status = os.waitpid(child, 0)
    os.write(telling, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _import_all() -> None:
    package = importlib.import_module("poller")
    for module in pkgutil.walk_packages(package.__path__, "poller."):
        if not module.name.startswith(_LEFT_OUT):
            importlib.import_module(module.name)


def _open_streams() -> None:
    """As Python does when it starts: what they can do depends on what is behind them."""
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream = io.TextIOWrapper(
            open(number, "wb", 0 if unbuffered else -1, closefd=False),  # noqa: SIM115 - for good
            encoding=getattr(sys, name).encoding,
            errors=getattr(sys, name).errors,
            line_buffering=name == "stderr",
            write_through=unbuffered,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def main() -> None:
    asking = socket.socket(fileno=int(sys.argv[1]))
    _import_all()
    gc.collect()
    gc.freeze()
    (module, *words), folder, environment = _serve(asking)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    _open_streams()
    sys.argv = [module, *words]
    sys.orig_argv[1:] = ["-m", module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
