"""Warnings about an activity that outlive its filing, in words, and what can be read from these words again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from poller.filing.facts import Customer, Project
from poller.wording import many

_UNKNOWN = re.compile(r"there is no project (.+): stored without it \(UNKNOWN_PROJECT\)")
_CUT = re.compile(r"[\d,]+ .*participants? .*(?:were|was) not stored \(MAX_PARTICIPANTS\)")
_OTHER = re.compile(r"project .+ belongs to .+, the contacts to .+")


def unknown_project(number: str) -> str:
    return f"there is no project {number}: stored without it (UNKNOWN_PROJECT)"


def unknown_number(warning: str) -> str | None:
    """The number of an `unknown_project`; None for any other warning."""
    found = _UNKNOWN.fullmatch(warning)
    return found[1] if found else None


def cut_participants(left_out: int, number: int) -> str:
    return f"{left_out} of {number} participants were not stored (MAX_PARTICIPANTS)"


def cut_participants_of_copy(left_out: int) -> str:
    verb = "was" if left_out == 1 else "were"
    return f"{many(left_out, 'participant')} of a further copy {verb} not stored (MAX_PARTICIPANTS)"


def says_cut(warning: str) -> bool:
    """Whether there were participants who are not stored."""
    return bool(_CUT.fullmatch(warning))


def other_customers(projects: Iterable[Project], customer: Customer | None) -> Iterator[str]:
    """Projects that are another customer's than the contacts are."""
    for project in projects:
        if customer and project.customer and project.customer.id != customer.id:
            yield f"project {project.number} belongs to {project.customer.name}, the contacts to {customer.name}"


def says_other_customers(warning: str) -> bool:
    """Whether it is one of `other_customers`."""
    return bool(_OTHER.fullmatch(warning))
