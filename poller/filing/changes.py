"""What an activity was and what it comes to -> the changes, in words that an administrator reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from poller.filing.match import Candidate
from poller.filing.participants import Kind, Participant
from poller.filing.rematch import Rejudged, Standing
from poller.filing.warnings import unknown_number

CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`what` is participant, customer, candidates, project, warning or conflict; None is nothing."""

    what: str
    before: str | None
    after: str | None
    why: str


def changes_of(
    standing: Standing, rejudged: Rejudged, who: Mapping[str, str], conflicts: Collection[str]
) -> list[Change]:
    """`who` names people with their keys, by their identity. `conflicts` that were told before, as `why`, are not new.

    Nothing but a conflict leaves the activity as it was.
    """
    return [
        *_participants(standing, rejudged, who),
        *_customer(standing, rejudged, who),
        *(
            Change(what="project", before=None, after=one.number, why=f"project {one.number}")
            for one in rejudged.new_projects
        ),
        *_warnings(standing, rejudged),
        *_conflict(rejudged, conflicts),
    ]


def concerned(standing: Standing, rejudged: Rejudged) -> Iterator[Participant]:
    """Those whom the changes are about."""
    for place, (before, after) in enumerate(zip(standing.participants, rejudged.participants, strict=True)):
        if before != after or place in rejudged.gone:
            yield after


def _participants(standing: Standing, rejudged: Rejudged, who: Mapping[str, str]) -> Iterator[Change]:
    for place, (before, after) in enumerate(zip(standing.participants, rejudged.participants, strict=True)):
        why = who.get(after.identity, "")
        if place in rejudged.gone:
            yield Change(what="participant", before=_person(before), after=None, why=f"{why}, who is there already")
        elif before != after:
            yield Change(what="participant", before=_person(before), after=_person(after), why=why)


def _customer(standing: Standing, rejudged: Rejudged, who: Mapping[str, str]) -> Iterator[Change]:
    customer = rejudged.customer
    contacts = [one for one in rejudged.participants if one.kind is Kind.CONTACT]
    people = "; ".join(dict.fromkeys(filter(None, (who.get(one.identity) for one in contacts))))
    if customer and standing.customer is None:
        yield Change(what="customer", before=None, after=customer.name, why=people)
    if set(standing.candidates) != set(rejudged.candidates):
        why = people if customer else "contacts of several customers"
        before, after = _candidates(standing.candidates), _candidates(rejudged.candidates)
        yield Change(what="candidates", before=before, after=after, why=why)


def _warnings(standing: Standing, rejudged: Rejudged) -> Iterator[Change]:
    for one in standing.warnings:
        if one not in rejudged.warnings:
            yield Change(what="warning", before=one, after=None, why=f"project {unknown_number(one)}")
    for one in rejudged.warnings:
        if one not in standing.warnings:
            why = f"customer {rejudged.customer.key}" if rejudged.customer else ""
            yield Change(what="warning", before=None, after=one, why=why)


def _conflict(rejudged: Rejudged, known: Collection[str]) -> Iterator[Change]:
    why = _candidates(rejudged.contested)
    if why and rejudged.customer and why not in known:
        yield Change(what=CONFLICT, before=rejudged.customer.name, after=rejudged.customer.name, why=why)


def _person(person: Participant) -> str:
    return f"{person.kind} {_named(person.name, person.address)}"


def _candidates(candidates: Iterable[Candidate]) -> str | None:
    return "; ".join(f"{_named(one.name, one.address)} of {one.customer}" for one in candidates) or None


def _named(name: str, address: str) -> str:
    return f"{name} <{address}>" if name else address
