"""Documents -> tables and cards for a person: as wide as the terminal, or as wide as needed into a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from poller.logs import printable
from poller.poll import Progress as Report

Document = dict[str, Any]

_PAGE = 200
_UNBOUNDED = 100_000  # columns: what goes to a pipe is not cut off
_GOOD, _BAD = "green", "red"
_STYLES = {"filed": _GOOD, "duplicate": _GOOD, "rejected": _BAD, "quarantined": _BAD, "review": "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`wide` columns share what the others leave of the line."""

    title: str
    key: str
    wide: bool = False


ACTIVITIES = (
    Column(title="ID", key="id"),
    Column(title="Date", key="date"),
    Column(title="Projects", key="projects"),
    Column(title="Customer", key="customer"),
    Column(title="Owner", key="owner"),
    Column(title="Subject", key="subject", wide=True),
    Column(title="Files", key="files"),
)
MESSAGES = (
    Column(title="ID", key="id"),
    Column(title="Outcome", key="outcome"),
    Column(title="Reason", key="reason"),
    Column(title="Author", key="author"),
    Column(title="Subject", key="subject", wide=True),
    Column(title="Activity", key="activity"),
    Column(title="Detail", key="detail", wide=True),
)
FILES = (
    Column(title="Name", key="name", wide=True),
    Column(title="Size", key="size"),
    Column(title="Type", key="content_type"),
    Column(title="SHA-256", key="sha256"),
)


def console() -> Console:
    """Colours only on a terminal; elsewhere lines are as long as they need to be."""
    is_terminal = sys.stdout.isatty()
    return Console(width=None if is_terminal else _UNBOUNDED, highlight=False, soft_wrap=not is_terminal)


def show_table(documents: Iterable[Document], columns: Sequence[Column]) -> None:
    """One line a document; long texts are cut on a terminal. Printed page by page, so that it begins at once."""
    out, rows = console(), iter(documents)
    while page := list(islice(rows, _PAGE)):
        out.print(_table(page, columns))


def show_activity(activity: Document) -> None:
    """All there is to know about one activity, its text last and the quoted history of that dimmed."""
    out = console()
    out.print(Text(printable(activity["subject"]), style="bold"))
    for name in ("date", "type", "status", "owner", "customer", "projects", "gate", "message_id", "source_sha256"):
        _show_field(out, name, activity[name])
    evidence = activity["authentication"]["evidence"]
    _show_field(out, "author", "not verified" if activity["unverified"] else f"verified by {evidence}")
    for kind in ("warnings", "left_out", "candidates"):
        for value in activity[kind]:
            _show_field(out, kind, value)
    for person in activity["participants"]:
        _show_field(out, f"{person['role']} ({person['kind']})", person)
    if activity["files"]:
        out.print(_table(activity["files"], FILES))
    out.print()
    quoted_from = activity["quoted_from"]
    text = Text("\n".join(printable(line) for line in activity["text"].split("\n")))
    if quoted_from is not None:
        text.stylize("dim", quoted_from)
    out.print(text)


def show_card(card: Document, title: str, facts: Sequence[str]) -> None:
    """A project's or customer's card: its facts, its activities, its files."""
    out = console()
    out.print(Text(printable(title), style="bold"))
    for name in facts:
        _show_field(out, name, card[name])
    for heading, key, columns in (("Activities", "activities", ACTIVITIES), ("Files", "files", FILES)):
        out.print(Text(f"\n{heading}: {len(card[key])}", style="bold"))
        if card[key]:
            out.print(_table(card[key], columns))


@contextmanager
def progress_bar(label: str) -> Iterator[Report]:
    """A bar on standard error where that is a terminal, nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _table(documents: Iterable[Document], columns: Sequence[Column]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column.title, no_wrap=True, overflow="ellipsis", ratio=1 if column.wide else None)
    for document in documents:
        table.add_row(*(_cell(column.key, document[column.key]) for column in columns))
    return table


def _cell(key: str, value: object) -> Text:
    text = _in_words(key, value)
    return Text(text, style=_STYLES.get(text, "") if key == "outcome" else "")


def _show_field(out: Console, name: str, value: object) -> None:
    if value not in (None, [], ""):
        out.print(Text.assemble((f"{name.replace('_', ' ')}: ", "dim"), _in_words(name, value)))


def _in_words(key: str, value: object) -> str:
    """Any value of a document on one line."""
    if value is None:
        return ""
    if key == "files":
        return str(len(value)) if value else ""  # type: ignore[arg-type]  # files are lists
    if key == "date":
        return str(value)[:16].replace("T", " ")
    if isinstance(value, list):
        return ", ".join(_in_words("", one) for one in value)
    if isinstance(value, dict):
        return (
            _person(value)
            if "address" in value
            else ", ".join(f"{name} {_in_words('', one)}" for name, one in value.items())
        )
    return printable(str(value))


def _person(person: Document) -> str:
    customer = f", {person['customer']}" if "customer" in person else ""
    return printable(f"{person['name']} <{person['address']}>{customer}" if person["name"] else person["address"])
