"""An answer that names no project, and the activity that it answers -> the projects that it takes from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from poller.filing.facts import Customer, Project
from poller.filing.warnings import other_customers
from poller.mail.message import Message

WARNING = "INHERIT_PROJECT: "
"""What warnings about inheriting begin with."""

_MAX_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An activity with the Message-ID that is answered. `message_id` is written as it is there."""

    activity_id: int
    message_id: str
    projects: tuple[Project, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """`projects` are those of `answered` that are taken, `warnings` what is to be said about all of them."""

    answered: Answered | None
    projects: tuple[Project, ...] = ()
    warnings: tuple[str, ...] = ()


def answered_ids(message: Message) -> tuple[str, ...]:
    """Message-IDs of what it may answer: In-Reply-To, then References from the last to the first (RFC 5322, 3.6.4).

    Nothing answers itself.
    """
    own = (message.message_id or "").lower()
    named = (*message.in_reply_to, *reversed(message.references))
    return tuple(dict.fromkeys(one for one in named if one.lower() != own))


def inherit(found: Sequence[Answered], customer: Customer | None) -> Inheritance:
    """`found` are all activities with the Message-ID that is answered, oldest first; `customer` is the answer's own.

    A Message-ID proves nothing: where several have it, they must agree. Archived projects take no more mail.
    """
    if not found:
        return Inheritance(answered=None)
    if len({frozenset(project.id for project in one.projects) for one in found}) > 1:
        return Inheritance(answered=None, warnings=(f"{WARNING}nothing was inherited: {_disagreeing(found)}",))
    answered = found[0]
    taken = tuple(one for one in answered.projects if one.state != "archived")
    archived = (
        f"{WARNING}project {one.number} of activity {answered.activity_id} is archived, and was not inherited"
        for one in answered.projects
        if one not in taken
    )
    return Inheritance(answered=answered, projects=taken, warnings=(*archived, *other_customers(taken, customer)))


def without_inherited(warnings: Iterable[str]) -> list[str]:
    """The warnings of an activity that no longer inherits."""
    return [one for one in warnings if not one.startswith(WARNING)]


def _disagreeing(found: Sequence[Answered]) -> str:
    numbers = ", ".join(str(one.activity_id) for one in islice(found, _MAX_NAMED))
    more = f" and {len(found) - _MAX_NAMED} more" if len(found) > _MAX_NAMED else ""
    return f"activities {numbers}{more} have the Message-ID that it answers, and are on different projects"
