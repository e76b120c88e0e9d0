"""What a benchmark found: figures, each beside what it is to be at most or at least, as a table and as JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

import poller

_UNBOUNDED = 1_000  # columns: in a file or a pipe no line is broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`name` says what was measured, in that `unit`; `most` and `least` are what is aimed at."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def aim(self) -> str:
        if self.most is not None:
            return f"≤ {self.most:g}"
        return "" if self.least is None else f"≥ {self.least:g}"

    @property
    def verdict(self) -> str:
        if not self.aim:
            return ""
        low = float("-inf") if self.least is None else self.least
        high = float("inf") if self.most is None else self.most
        return "yes" if low <= self.value <= high else "NO"


def show(title: str, figures: Sequence[Figure]) -> None:
    rows = [(one.name, f"{one.value:,.2f}", one.unit, one.aim, one.verdict) for one in figures]
    table(title, ("", "measured", "", "aim", "met"), rows, left={0, 2})


def table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], *, left: set[int]) -> None:
    """`left` are the columns of words. In a terminal of 80 columns nothing is broken either, if words are few."""
    drawn = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        drawn.add_column(heading, justify="left" if number in left else "right", no_wrap=True)
    for row in rows:
        drawn.add_row(*row)
    Console(width=None if sys.stdout.isatty() else _UNBOUNDED).print(drawn)


def document(benchmark: str, workload: str, figures: Sequence[Figure] = ()) -> dict[str, object]:
    """For `scripts/bench compare`: what was measured, by which version, when, on how many processors."""
    return {
        "benchmark": benchmark,
        "version": poller.__version__,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "workload": workload,
        "figures": {one.name: {"value": one.value, "unit": one.unit, "aim": one.aim} for one in figures},
    }


def tell(benchmark: str, workload: str, figures: Sequence[Figure], file: Path | None) -> None:
    """The table, and the file if one is wanted."""
    show(f"{benchmark}: {workload}", figures)
    keep(benchmark, workload, figures, file)


def keep(benchmark: str, workload: str, figures: Sequence[Figure], file: Path | None) -> None:
    if file:
        file.write_text(json.dumps(document(benchmark, workload, figures), indent=1) + "\n")


def options(benchmark: str, description: str | None, *, rounds: int) -> argparse.ArgumentParser:
    """What every benchmark takes."""
    parser = argparse.ArgumentParser(prog=f"scripts/bench {benchmark}", description=description)
    parser.add_argument("--rounds", type=int, default=rounds, help=f"default: {rounds}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures are written to, for `compare`")
    return parser
