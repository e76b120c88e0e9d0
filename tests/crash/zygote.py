"""A process with one thread that has imported the program, and forks a child for each life it is asked for.

It answers each line on standard input, a spec, with a line: the child's exit status, or minus the signal that ended it.
Then a life costs as much as its work, and no child inherits a thread or a connection.
"""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from poller import deadline
from tests.crash.life import DONE, Spec, run, warm_up
from tests.patience import PATIENCE
from tests.workplace import eventually

REPOSITORY = Path(__file__).parents[2]
_PR_SET_CHILD_SUBREAPER = 36


class Zygote:
    """Its handle in another process."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.zygote"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=PATIENCE)

    def live(self, spec: Spec) -> int:
        """One life, to its end -> how it ended."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(spec.to_json() + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def main() -> None:
    # The first life is lived here: what it reads once and keeps, all others have from the start.
    warm_up(Spec.from_json(sys.stdin.readline()))
    gc.collect()
    eventually(_is_alone)
    gc.freeze()
    _adopt()
    print(DONE, flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            deadline._alarms = deadline._Alarms()  # whoever waits for the others stays behind
            run(Spec.from_json(line))
        _, status = os.waitpid(child, 0)
        _wait_for_all()
        print(os.waitstatus_to_exitcode(status), flush=True)


def _is_alone() -> bool:
    """Look-ups and files that nobody waits for any more end by themselves; deadlines are waited for for ever."""
    return {thread.name for thread in threading.enumerate()} <= {"MainThread", "deadlines"}


def _adopt() -> None:
    """What a life leaves behind is a child of this process then (prctl(2))."""
    assert ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def _wait_for_all() -> None:
    """Whatever a life has started ends with it: where it does not, whoever waits for an answer waits for ever."""
    with suppress(ChildProcessError):
        while True:
            os.wait()


if __name__ == "__main__":
    main()
