"""A CSV file's octets -> its records by column name, each with the line that it starts on (RFC 4180, UTF-8)."""

from __future__ import annotations

import csv
import io
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from poller.storage.importing.report import ImportKind, Problems
from poller.wording import many

REQUIRED: Final[Mapping[ImportKind, tuple[str, ...]]] = {
    ImportKind.USERS: ("key", "name", "addresses"),
    ImportKind.CUSTOMERS: ("key", "name"),
    ImportKind.CONTACTS: ("key", "customer", "name", "addresses"),
    ImportKind.PROJECTS: ("number", "name", "kind", "customer", "state"),
}
OPTIONAL: Final[Mapping[ImportKind, tuple[str, ...]]] = {
    ImportKind.USERS: ("active",),
    ImportKind.CUSTOMERS: (),
    ImportKind.CONTACTS: ("active",),
    ImportKind.PROJECTS: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Cells by column, white space folded. A column that the file does not have is "", as an empty cell is."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def read_records(kind: ImportKind, content: bytes, problems: Problems) -> list[Record]:
    """Octets -> records. What is wrong goes to `problems`; without a usable header line there are no records."""
    text = _decode(content, problems)
    rows = _rows(text, problems) if text is not None else iter(())
    header = next(rows, None)
    if header is None:
        if not problems:
            problems.add(None, "is empty; its first line names the columns")
        return []
    columns = [name.lower() for name in header.cells]
    if not _has_columns(kind, columns, header.line, problems):
        return []
    return [record for row in rows if (record := _record(columns, row, problems))]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: list[str]


def _decode(content: bytes, problems: Problems) -> str | None:
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        problems.add(None, "is UTF-16; save it as CSV in UTF-8")
        return None
    content = content.removeprefix(BOM_UTF8)
    try:
        return content.decode()
    except UnicodeDecodeError:
        for line, octets in enumerate(content.split(b"\n"), start=1):
            if not _is_utf8(octets):
                problems.add(line, "is not UTF-8; save the file as CSV in UTF-8")
        return None


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _rows(text: str, problems: Problems) -> Iterator[_Row]:
    """Every record that is not blank. After a syntax error the reader goes on with the next line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [" ".join(cell.split()) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            problems.add(line, f"is not CSV: {error}")
            continue
        if any(cells):
            yield _Row(line, cells)


def _has_columns(kind: ImportKind, columns: list[str], line: int, problems: Problems) -> bool:
    known = REQUIRED[kind] + OPTIONAL[kind]
    found = [
        *(f"lacks the column {name}" for name in REQUIRED[kind] if name not in columns),
        *(f"has an unknown column {name!r}; {kind}.csv has {','.join(known)}" for name in columns if name not in known),
        *(f"has the column {name} twice" for name in known if columns.count(name) > 1),
    ]
    if len(columns) == 1 and any(separator in columns[0] for separator in ";\t"):
        found = ["separates its columns by something else than commas"]
    for message in found:
        problems.add(line, f"the header line {message}")
    return not found


def _record(columns: list[str], row: _Row, problems: Problems) -> Record | None:
    if len(row.cells) != len(columns):
        problems.add(row.line, f"has {many(len(row.cells), 'cell')}, the header line has {len(columns)}")
        return None
    for column, cell in zip(columns, row.cells, strict=True):
        control = next((c for c in cell if unicodedata.category(c) == "Cc"), None) if not cell.isprintable() else None
        if control:
            problems.add(row.line, f"{column}: has a control character (U+{ord(control):04X})")
            return None
    return Record(line=row.line, cells=dict(zip(columns, row.cells, strict=True)))
