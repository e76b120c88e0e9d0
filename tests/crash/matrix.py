"""Which histories there are: a fault at each point that an undisturbed history passes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random

from tests.crash.faults import Fault, Kind
from tests.crash.history import Story, play
from tests.crash.place import Site
from tests.crash.seams import Moment

# What changes nothing, so that a kill before it is one before the next thing that does.
_READING = re.compile(r"sql (SELECT|PRAGMA|SAVEPOINT|RELEASE|ROLLBACK|CONNECT|BEGIN)|file (fsync|mkdir)")
# In a transaction a kill at one of them is as one at any other; and so it is at one question after another.
_ALIKE = re.compile(r"sql (INSERT|UPDATE|DELETE)|file open|imap (?!UID (MOVE|COPY|STORE|EXPUNGE|FETCH))")
# What can be done with nobody reading the answer; and what cannot be taken back when it was done.
_COMMAND = re.compile(r"imap (UID (FETCH|MOVE|COPY|STORE|EXPUNGE)|CREATE)|smtp (MAIL|RCPT|DATA|\.) ")
_DONE = re.compile(r"sql COMMIT|file rename|imap UID (MOVE|COPY|STORE|EXPUNGE)|smtp \. ")

FEW = ("offer", "copy", "unknown", "large", "other copy", "late")
"""Of the letters, those that the histories of the suite are about, for its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """What an undisturbed history passes, in its first life and in the one in which deferred mail is due."""

    first: tuple[str, ...]
    late: tuple[str, ...]


def points_of(site: Site, only: Collection[str] = (), mutant: str = "", *, readers: bool = False) -> Points:
    ended = play(site, Story(late=True, only=only, mutant=mutant, readers=readers))
    assert not ended.spoilt, "\n".join([*ended.wrong, ended.log])
    first, late = ([name for name in names if not name.startswith("(")] for names in ended.names)
    return Points(first=tuple(first), late=tuple(late))


def faults(names: Iterable[str], kind: Kind) -> Iterator[Fault]:
    """Every fault of that kind that there can be."""
    times = 1 if kind is Kind.KILL else 4
    for name in names:
        if not kind.concerns(name):
            continue
        yield Fault(kind=kind, point=name, times=times)
        if kind is Kind.DISK:
            continue
        if _COMMAND.match(name):
            yield Fault(kind=kind, point=name, moment=Moment.SENT, times=times)
        if _DONE.match(name):
            yield Fault(kind=kind, point=name, moment=Moment.AFTER, times=times)


def essential(found: Iterable[Fault]) -> list[Fault]:
    """Without those that come to the same as another one, as far as kills go."""
    kept, known = [], set()
    for fault in found:
        label = fault.point.rpartition(" ")[0]
        if _READING.match(fault.point) or (_ALIKE.match(label) and (label, fault.moment) in known):
            continue
        known.add((label, fault.moment))
        kept.append(fault)
    return kept


def stories(points: Points, kind: Kind, only: Collection[str] = ()) -> list[Story]:
    """One fault each."""
    early = [Story(faults=(fault,), only=only) for fault in faults(points.first, kind)]
    return early + [Story(faults=(fault,), only=only, late=True) for fault in faults(points.late, kind)]


def pairs(points: Points, random: Random, count: int, only: Collection[str] = ()) -> list[Story]:
    """Histories of two kills, the second one in the life after the first."""
    kills = essential(faults(points.first, Kind.KILL))
    return [Story(faults=tuple(random.choices(kills, k=2)), only=only) for _ in range(count)]


def by_readers(histories: Iterable[Story]) -> list[Story]:
    """The same, but that the mail is read by readers."""
    return [replace(story, readers=True) for story in histories]


def wrong(site: Site, histories: Iterable[Story]) -> list[str]:
    """Plays them -> what went wrong, by history."""
    return [f"{ended.story}: {one}" for ended in (play(site, story) for story in histories) for one in ended.wrong]
