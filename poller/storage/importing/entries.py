"""Records -> entries: the values checked as far as that is possible without the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from poller.mail.fields.address import key_of
from poller.storage.directory import integer_key, number_key
from poller.storage.importing.records import Record
from poller.storage.importing.report import ImportKind, Problems

# With four octets a character, the longest key of an index stays below what PostgreSQL takes (2.7 kB).
MAX_KEY: Final = 200
MAX_NAME: Final = 500
MAX_NUMBER: Final = 100
MAX_ADDRESS: Final = 320
_KINDS: Final = ("project", "sales-case")
_STATES: Final = ("open", "closed", "archived")
_BOOLEANS: Final = {"": True, "true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    text: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record of any kind. `key` is unique in a kind (of a project the number's), `customer` a customer's key."""

    line: int
    key: str
    name: str
    active: bool = True
    addresses: tuple[Address, ...] = ()
    customer: str | None = None
    number: str = ""
    kind: str = ""
    state: str = ""

    @property
    def integer_key(self) -> str | None:
        return integer_key(self.number)


def read_entries(kind: ImportKind, records: list[Record], problems: Problems) -> list[Entry]:
    """Records -> entries. With problems the entries only serve to find more of them."""
    reader = {
        ImportKind.USERS: _user,
        ImportKind.CUSTOMERS: _customer,
        ImportKind.CONTACTS: _contact,
        ImportKind.PROJECTS: _project,
    }[kind]
    entries = [reader(_Cells(record, problems)) for record in records]
    _refuse_repeated_keys(kind, entries, problems)
    if kind is ImportKind.USERS:
        _refuse_shared_addresses(entries, problems)
    return entries


def _user(cells: _Cells) -> Entry:
    return Entry(
        line=cells.line,
        key=cells.text("key", MAX_KEY),
        name=cells.text("name", MAX_NAME),
        addresses=cells.addresses(),
        active=cells.active(),
    )


def _customer(cells: _Cells) -> Entry:
    return Entry(line=cells.line, key=cells.text("key", MAX_KEY), name=cells.text("name", MAX_NAME))


def _contact(cells: _Cells) -> Entry:
    return Entry(
        line=cells.line,
        key=cells.text("key", MAX_KEY),
        customer=cells.text("customer", MAX_KEY),
        name=cells.text("name", MAX_NAME),
        addresses=cells.addresses(),
        active=cells.active(),
    )


def _project(cells: _Cells) -> Entry:
    number = cells.number()
    return Entry(
        line=cells.line,
        key=number_key(number),
        number=number,
        name=cells.text("name", MAX_NAME),
        kind=cells.one_of("kind", _KINDS),
        customer=cells.record["customer"] or None,
        state=cells.one_of("state", _STATES),
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """Reads the cells of a record, and reports what is wrong with them."""

    record: Record
    problems: Problems

    @property
    def line(self) -> int:
        return self.record.line

    def text(self, column: str, longest: int) -> str:
        value = self.record[column]
        if not value:
            self._fail(column, "is empty")
        if len(value) > longest:
            self._fail(column, f"is longer than {longest} characters")
        return value

    def one_of(self, column: str, choices: Collection[str]) -> str:
        value = self.record[column].lower()
        if value not in choices:
            self._fail(column, f"{self.record[column]!r} is none of {', '.join(choices)}")
        return value

    def active(self) -> bool:
        value = _BOOLEANS.get(self.record["active"].lower())
        if value is None:
            self._fail("active", f"{self.record['active']!r} is neither true nor false")
        return bool(value)

    def addresses(self) -> tuple[Address, ...]:
        """Each address once, in the order written."""
        written = self.record["addresses"].split()
        if not written:
            self._fail("addresses", "is empty")
        found: dict[str, Address] = {}
        for text in written:
            key = address_key(text)
            if key is None:
                self._fail("addresses", f"{text[:MAX_ADDRESS]!r} is not an address (several are separated by blanks)")
            else:
                found.setdefault(key, Address(text=text, key=key))
        return tuple(found.values())

    def number(self) -> str:
        value = self.text("number", MAX_NUMBER)
        if value and not is_addressable(value):
            self._fail("number", f"{value!r} cannot stand in an address")
        return value

    def _fail(self, column: str, message: str) -> None:
        self.problems.add(self.line, f"{column}: {message}")


def address_key(text: str) -> str | None:
    """An administrator's address -> its key; None unless it is one, with every label of its domain filled."""
    key = key_of(text) if len(text) <= MAX_ADDRESS else None
    return key if key and all(key.rpartition("@")[2].split(".")) else None


def is_addressable(number: str) -> bool:
    """True when `number.prefix@domain` and `prefix+number@domain` can both be written and both mean the number."""
    parts = number.split(".")
    return (
        all(parts)
        and "+" not in number
        and key_of(f"{number}@in.example.com") == f"{number_key(number)}@in.example.com"
    )


def _refuse_repeated_keys(kind: ImportKind, entries: list[Entry], problems: Problems) -> None:
    column = "number" if kind is ImportKind.PROJECTS else "key"
    first: dict[str, int] = {}
    for entry in entries:
        if entry.key and first.setdefault(entry.key, entry.line) != entry.line:
            problems.add(entry.line, f"{column}: {entry.number or entry.key!r} is in line {first[entry.key]} already")


def _refuse_shared_addresses(entries: list[Entry], problems: Problems) -> None:
    first: dict[str, int] = {}
    for entry in entries:
        for address in entry.addresses:
            if first.setdefault(address.key, entry.line) != entry.line:
                message = f"{address.text} is the address of the user in line {first[address.key]} already"
                problems.add(entry.line, f"addresses: {message}")
