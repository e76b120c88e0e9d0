"""A project number that does not exist -> the one project that was probably meant, or none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from poller.filing.facts import Project

SHORTEST, LONGEST = 4, 32
"""Characters of a number near which others are sought: everything is near a shorter one, and no number is longer."""

_DIGITS = "0123456789"
_SEPARATORS = ".-/_ "
_ALIKE = ("0o", "1il")
_READ = str.maketrans("oil", "011", _SEPARATORS)
_LEADING_ZEROS = re.compile(r"(?<![0-9])[0o]+(?=[0-9])")


def suggest(number: str, projects: Iterable[Project]) -> Project | None:
    """The open project whose number reads the same but for dots, blanks, zeros and look-alikes, else is a slip away.

    A slip is a wrong, missing or superfluous digit, two neighbours transposed, or a leading part left out, as in 014
    for 2026.014. Where several projects fit equally well, nobody can know which one was meant.
    """
    asked = number.lower()
    if not SHORTEST - 1 <= len(asked) <= LONGEST:
        return None
    readings = set(_readings(asked))
    endings = tuple(f"{separator}{asked}" for separator in _SEPARATORS)
    tails = {tail for reading in readings for tail in _tails(reading)}
    slips = _slips(asked) if len(asked) >= SHORTEST else frozenset()
    same, near = [], []
    for project in projects:
        known = project.number.lower()
        if known in slips:
            near.append(project)
        # Reading is slow, and few numbers end like this one.
        if known[-2:] in tails:
            if not readings.isdisjoint(_readings(known)):
                same.append(project)
            elif known.endswith(endings):
                near.append(project)
    found = [project for project in same or near if project.state == "open"]
    return found[0] if len(found) == 1 else None


def _readings(number: str) -> tuple[str, str]:
    """A number without its separators: with all its zeros, and without those that lead a part of it."""
    return number.translate(_READ), _LEADING_ZEROS.sub("", number).translate(_READ)


def _tails(reading: str) -> Iterator[str]:
    """The last two characters of every number that can be read so."""
    for last in _alike(reading[-1:]):
        yield last
        yield from (f"{before}{last}" for before in f"{_alike(reading[-2:-1])}0o{_SEPARATORS}")


def _alike(char: str) -> str:
    return next((alike for alike in _ALIKE if char and char in alike), char)


def _slips(number: str) -> frozenset[str]:
    found = set()
    for at, char in enumerate(number):
        before, after = number[:at], number[at + 1 :]
        found |= {f"{before}{digit}{char}{after}" for digit in _DIGITS}
        if char in _DIGITS:
            found |= {before + after, *(f"{before}{digit}{after}" for digit in _DIGITS)}
        found.add(f"{before}{after[:1]}{char}{after[1:]}")
    found |= {f"{number}{digit}" for digit in _DIGITS}
    return frozenset(found - {number})
