"""A bar at the foot of a terminal, and standard error above it."""

from __future__ import annotations

import io
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text


class Bar:
    """On the terminal from the first report that leaves something to do until one that leaves nothing."""

    def __init__(self, label: str, stream: TextIO) -> None:
        self.console = Console(file=stream, highlight=False)
        self._label = label
        self._shown: Progress | None = None

    def report(self, done: int, total: int) -> None:
        if done >= total:
            self.hide()
            return
        if self._shown is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._shown = Progress(*columns, console=self.console, transient=True, redirect_stderr=False)
            self._shown.add_task(self._label, completed=done, total=total)
            self._shown.start()
        self._shown.update(self._shown.task_ids[0], completed=done, total=total)

    def hide(self) -> None:
        if self._shown:
            self._shown.stop()
        self._shown = None


class Above(io.TextIOBase):
    """Standard error while there may be a bar. Half a line waits for its other half."""

    def __init__(self, console: Console, stream: TextIO) -> None:
        self._console = console
        self._stream = stream
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._console.print(Text(line), soft_wrap=True)
        return len(text)

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()
