"""Documents -> tables and cards for a person: as wide as the terminal, or as wide as needed into a pipe."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from poller.logs import printable
from poller.mail.calendar import when_in_words
from poller.progress import Above, Bar
from poller.wording import many

Document = dict[str, Any]
Report = Callable[[int, int], None]
"""Called with what is done and what there is to do."""

_PAGE = 200
_LONGEST_CELL = 1_000  # characters: the longest cell of a page makes all its lines as long
_UNBOUNDED = 100_000  # columns: what goes to a pipe is not cut off
_ALIGNED = 40  # columns: a cell that is wider moves what is behind it instead of widening every line
_GOOD, _BAD, _OPEN = "green", "red", "yellow"
_STYLES = {
    "filed": _GOOD,
    "duplicate": _GOOD,
    "rejected": _BAD,
    "quarantined": _BAD,
    "review": _OPEN,
    "deferred": _OPEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`fixed` columns are never cut while there are others to cut."""

    title: str
    key: str
    fixed: bool = False


ORGANIZATION = Column(title="Organization", key="organization")
ACTIVITIES = (
    Column(title="ID", key="id", fixed=True),
    Column(title="Date", key="date", fixed=True),
    Column(title="Projects", key="projects"),
    Column(title="Customer", key="customer"),
    Column(title="Owner", key="owner"),
    Column(title="Subject", key="subject"),
    Column(title="Files", key="files", fixed=True),
)
_FACTS = (
    "organization",
    "date",
    "type",
    "status",
    "owner",
    "customer",
    "projects",
    "inherited_from",
    "gate",
    "message_id",
    "source_sha256",
)
MESSAGES = (
    Column(title="ID", key="id", fixed=True),
    Column(title="Outcome", key="outcome", fixed=True),
    Column(title="Reason", key="reason", fixed=True),
    Column(title="Notice", key="notice", fixed=True),
    Column(title="Author", key="author"),
    Column(title="Subject", key="subject"),
    Column(title="Activity", key="activity", fixed=True),
    Column(title="Detail", key="detail"),
)

DIFFERENCES = (
    Column(title="Difference", key="difference", fixed=True),
    Column(title="Message", key="message", fixed=True),
    Column(title="Mailbox", key="mailbox"),
    Column(title="UID", key="uid", fixed=True),
    Column(title="Expected", key="expected"),
    Column(title="Found", key="found"),
)
CHANGES = (
    Column(title="Activity", key="activity", fixed=True),
    Column(title="What", key="what", fixed=True),
    Column(title="Before", key="before"),
    Column(title="After", key="after"),
    Column(title="Why", key="why"),
)


def console() -> Console:
    """Colours only on a terminal; elsewhere lines are as long as they need to be, unless COLUMNS says how long."""
    bounded = os.environ.get("COLUMNS") not in {None, "", "0"} or (sys.stdout is not None and sys.stdout.isatty())
    width = shutil.get_terminal_size().columns if bounded else _UNBOUNDED
    return Console(width=width, highlight=False, soft_wrap=not bounded)


def show_table(documents: Iterable[Document], columns: Sequence[Column]) -> None:
    """One line a document; long texts are cut on a terminal. Printed page by page, so that it begins at once."""
    out, rows = console(), iter(documents)
    page = list(islice(rows, _PAGE))
    if not page:
        out.print(Text("none", style="dim"))
    while page:
        _show_rows(out, page, columns)
        page = list(islice(rows, _PAGE))


def show_activity(activity: Document) -> None:
    """All there is to know about one activity, its text last and the signature and quoted history of that dimmed."""
    out = console()
    out.print(Text(printable(activity["subject"]), style="bold"))
    for name in _FACTS:
        _show_field(out, name, activity[name])
    evidence = activity["authentication"]["evidence"]
    _show_field(out, "author", "not verified" if activity["unverified"] else f"verified by {evidence}")
    for kind in ("warnings", "left_out", "candidates"):
        for value in activity[kind]:
            _show_field(out, kind, value)
    for person in activity["participants"]:
        _show_field(out, f"{person['role']} ({person['kind']})", person)
    for one in activity["forwarded"]:
        _show_field(out, f"forwarded ({one['kind']})", _forwarded_in_words(one))
    for event in activity["calendar"]:
        _show_field(out, f"calendar ({(event['method'] or 'event').lower()})", _event_in_words(event))
    for change in activity["changes"]:
        _show_field(out, f"changed {_in_words('date', change['at'])}", _change_in_words(change))
    _show_files(out, activity["files"])
    out.print()
    older = [activity[key] for key in ("signature_from", "quoted_from") if activity[key] is not None]
    text = Text("\n".join(printable(line.replace("\t", " ")) for line in activity["text"].split("\n")))
    if older:
        text.stylize("dim", min(older))
    out.print(text)


def show_card(card: Document, title: str, facts: Sequence[str]) -> None:
    """A project's or customer's card: its facts, its activities, its files."""
    out = console()
    out.print(Text(printable(title), style="bold"))
    for name in facts:
        for fact in card[name] if isinstance(card[name], list) else [card[name]]:
            _show_field(out, name, fact)
    out.print(Text(f"\nActivities: {len(card['activities'])}", style="bold"))
    if card["activities"]:
        _show_rows(out, card["activities"], ACTIVITIES)
    out.print(Text(f"\nFiles: {len(card['files'])}", style="bold"))
    _show_files(out, card["files"])


def show_finding(subject: str, sentence: str, remedy: str, *, ok: bool) -> None:
    """`✓ mailbox: …`; with a remedy it is `!`, and the remedy is on a line of its own."""
    mark, style = ("✗", _BAD) if not ok else ("!", _OPEN) if remedy else ("✓", _GOOD)
    out = console()
    out.print(Text.assemble((mark, style), f" {subject}: {printable(sentence)}"), soft_wrap=True)
    if remedy:
        out.print(Text(f"  → {printable(remedy)}", style="bold"), soft_wrap=True)


@contextmanager
def progress_bar(label: str) -> Iterator[Report]:
    """A bar on standard error while there is something to do, and that is a terminal; nothing elsewhere.

    What is written to standard error meanwhile appears above it, in lines as long as they are.
    """
    stream = sys.stderr
    if stream is None or not stream.isatty():
        yield lambda _done, _total: None
        return
    bar = Bar(label, stream)
    sys.stderr = Above(bar.console, stream)
    try:
        yield bar.report
    finally:
        bar.hide()
        sys.stderr = stream


def _show_rows(out: Console, documents: Sequence[Document], columns: Sequence[Column]) -> None:
    if not out.soft_wrap:
        out.print(_table(documents, columns))
        return
    titles = [column.title for column in columns]
    rows = [titles, *([_in_words(column.key, document[column.key]) for column in columns] for document in documents)]
    widths = [min(max(map(cell_len, cells)), _ALIGNED) for cells in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        out.file.write("  ".join(cells).rstrip() + "\n")


def _table(documents: Iterable[Document], columns: Sequence[Column]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(Text(column.title, no_wrap=True, overflow="ellipsis"), no_wrap=column.fixed)
    for document in documents:
        table.add_row(*(_cell(column.key, document[column.key]) for column in columns))
    return table


def _cell(key: str, value: object) -> Text:
    text = _in_words(key, value)[:_LONGEST_CELL]
    style = _STYLES.get(text, "") if key == "outcome" else ""
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def _show_files(out: Console, files: Iterable[Document]) -> None:
    """Two lines each: what `mailfiler file` wants is 64 digits long."""
    for file in files:
        about = (
            f"  {many(file['size'], 'octet')}, {_in_words('', file['content_type'])}\n  {_in_words('', file['sha256'])}"
        )
        out.print(Text.assemble(_in_words("", file["name"]), (about, "dim")))


def _show_field(out: Console, name: str, value: object) -> None:
    if value not in (None, [], ""):
        out.print(Text.assemble((f"{printable(name.replace('_', ' '))}: ", "dim"), _in_words(name, value)))


def _in_words(key: str, value: object) -> str:
    """Any value of a document on one line."""
    if value is None or (key == "notice" and value == "none"):
        return ""
    if key == "files":
        return str(len(value)) if value else ""  # type: ignore[arg-type]  # files are lists
    if key == "date":
        return str(value)[:16].replace("T", " ")
    if isinstance(value, list):
        return ", ".join(_in_words("", one) for one in value)
    return _document_in_words(value) if isinstance(value, dict) else printable(str(value))


def _forwarded_in_words(forwarded: Document) -> str:
    """`Cara <cara@globex.com> to Anna <anna@acme.fi>: Offer, 2026-03-02 10:00`; the caller makes it printable."""
    unknown = {"name": "unknown", "address": None}
    author, *recipients = map(_name_and_address, (forwarded["author"] or unknown, *forwarded["to"], *forwarded["cc"]))
    about = f"{author} to {', '.join(recipients)}" if recipients else author
    return f"{about}: {', '.join(filter(None, (forwarded['subject'], _in_words('date', forwarded['date']))))}"


def _name_and_address(person: Document) -> str:
    return " ".join(filter(None, (person["name"], f"<{person['address']}>" if person["address"] else "")))


def _event_in_words(event: Document) -> str:
    """`Planning, 2026-03-02 10:00 to 11:00 +02:00, Room 1; Anna <anna@acme.fi> with Cara <c@globex.com> (accepted)`."""
    when = when_in_words(event["start"] or "", event["end"] or "", event["zone"] or "")
    about = (event["summary"], when, event["recurrence"], event["location"], (event["status"] or "").lower())
    attendees = ", ".join(
        _name_and_address(one) + (f" ({one['response'].lower()})" if one["response"] else "")
        for one in event["attendees"]
    )
    people = [_name_and_address(event["organizer"])] if event["organizer"] else []
    people += [attendees] if attendees else []
    return "; ".join(filter(None, (", ".join(filter(None, about)), " with ".join(people))))


def _change_in_words(change: Document) -> str:
    """`participant: external carl@globex.com → contact Carl <carl@globex.com> (contact carl of customer globex)`."""
    if change["what"] == "conflict":
        return f"conflict: {change['after']} stays ({change['why']})"
    return f"{change['what']}: {change['before'] or 'none'} → {change['after'] or 'none'} ({change['why']})"


def _document_in_words(document: Document) -> str:
    """A person, a project, or whatever else stands in a card."""
    if "number" in document:
        return printable("{number} {name} ({kind}, {state})".format_map(document))
    addresses = document.get("addresses") or [document.get("address")]
    if addresses == [None]:
        return ", ".join(f"{name} {_in_words('', one)}" for name, one in document.items())
    person = f"{document['name']} <{', '.join(addresses)}>" if document["name"] else ", ".join(addresses)
    rest = [document["customer"]] if "customer" in document else []
    return printable(", ".join([person, *rest, *([] if document.get("active", True) else ["inactive"])]))
