"""What can be imported, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SHOWN: Final = 100
"""Problems that a report names one by one; it counts the others."""


class ImportKind(StrEnum):
    USERS = "users"
    CUSTOMERS = "customers"
    CONTACTS = "contacts"
    PROJECTS = "projects"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProblem:
    """What is wrong in a file; `line` is the first physical line of the record, or None for the file as a whole."""

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """How many records were created, updated, or left because nothing differed: of a dry run, how many would be.

    With problems nothing was written: the first of them are in `problems`, `problem_count` is the number of all.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: tuple[ImportProblem, ...] = ()
    problem_count: int = 0


class Problems:
    """Collects what is wrong in one file, to be reported in the order of its lines."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: list[ImportProblem] = []

    def add(self, line: int | None, message: str) -> None:
        self._found.append(ImportProblem(file=self._file, line=line, message=message))

    def __bool__(self) -> bool:
        return bool(self._found)

    def report(self) -> ImportReport:
        in_order = sorted(self._found, key=lambda problem: problem.line or 0)
        return ImportReport(problems=tuple(in_order[:SHOWN]), problem_count=len(in_order))
