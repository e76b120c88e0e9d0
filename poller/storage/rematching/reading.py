"""Activities -> what is stored of them that the directory has a say in; a page costs a few queries."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from models.activity import Activity, ActivityProject, Participant
from models.change import ActivityChange
from models.people import Customer
from models.project import Project
from poller.filing import facts
from poller.filing.changes import CONFLICT
from poller.filing.match import Candidate
from poller.filing.participants import Kind
from poller.filing.participants import Participant as Person
from poller.filing.rematch import Standing
from poller.mail.message import Role
from poller.storage.composed import Composed, Query, Values
from poller.storage.rows import tuples


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The activities of an organization, or those of them that are dated `since` then or later."""

    organization_id: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An activity with the ids of its participants' rows, and the conflicts that were told before."""

    id: int
    standing: Standing
    participant_ids: tuple[int, ...]
    conflicts: frozenset[str]


def find_customer(organization_id: int, key: str) -> facts.Customer | None:
    """A customer by the administrator's key."""
    row = Customer.get_or_none(organization=organization_id, key=key)
    return facts.Customer(id=row.id, key=row.key, name=row.name) if row else None


def find_ids(scope: Scope, behind: int, size: int) -> list[int]:
    """The next so many activities, in the order of filing."""
    rows = Activity.select(Activity.id).where(Activity.organization == scope.organization_id, Activity.id > behind)
    if scope.since:
        rows = rows.where(Activity.date >= scope.since)
    return [id_ for (id_,) in tuples(rows.order_by(Activity.id).limit(size))]


def last_id(scope: Scope) -> int:
    """The id of the organization's newest activity, 0 without any."""
    newest = Activity.select(peewee.fn.MAX(Activity.id)).where(Activity.organization == scope.organization_id)
    return newest.scalar() or 0


def read(ids: Sequence[int]) -> list[Stored]:
    """Those of them that exist, in the order of their ids."""
    participants, projects, conflicts = _by_activity(_participants, ids), _projects_of(ids), _by_activity(_told, ids)
    return [
        Stored(
            id=id_,
            standing=Standing(
                owner_id=owner_id,
                customer=_customer(*whose),
                candidates=tuple(Candidate(**one) for one in candidates),
                participants=tuple(_person(*values) for _, *values in participants[id_]),
                projects=projects[id_],
                warnings=tuple(warnings),
            ),
            participant_ids=tuple(row_id for row_id, *_ in participants[id_]),
            conflicts=frozenset(why for (why,) in conflicts[id_]),
        )
        for id_, owner_id, candidates, warnings, *whose in _activities.rows(list(ids))
    ]


@Composed
def _activities(ids: Values) -> Query:
    columns = (Activity.id, Activity.owner, Activity.candidates, Activity.warnings)
    rows = Activity.select(*columns, Customer.id, Customer.key, Customer.name).join(Customer, peewee.JOIN.LEFT_OUTER)
    return rows.where(Activity.id << ids).order_by(Activity.id)


@Composed
def _participants(ids: Values) -> Query:
    """Rows of (activity, id, *values of a person)."""
    named = (Participant.kind, Participant.role, Participant.name, Participant.address, Participant.address_key)
    columns = (Participant.activity, Participant.id, *named, Participant.user, Participant.contact)
    return Participant.select(*columns).where(Participant.activity << ids).order_by(Participant.position)


@Composed
def _linked(ids: Values) -> Query:
    """Rows of (activity, id, number, name, state, *customer)."""
    columns = (Project.id, Project.number, Project.name, Project.state, Customer.id, Customer.key, Customer.name)
    rows = ActivityProject.select(ActivityProject.activity, *columns).join(Project)
    rows = rows.join(Customer, peewee.JOIN.LEFT_OUTER)
    return rows.where(ActivityProject.activity << ids).order_by(ActivityProject.id)


@Composed
def _told(ids: Values) -> Query:
    conflicts = (ActivityChange.activity << ids) & (ActivityChange.what == CONFLICT)
    return ActivityChange.select(ActivityChange.activity, ActivityChange.why).where(conflicts)


def _by_activity(query: Composed, ids: Sequence[int]) -> defaultdict[int, list[list[Any]]]:
    found: defaultdict[int, list[list[Any]]] = defaultdict(list)
    for id_, *values in query.rows(list(ids)):
        found[id_].append(values)
    return found


def _projects_of(ids: Sequence[int]) -> defaultdict[int, tuple[facts.Project, ...]]:
    found: defaultdict[int, tuple[facts.Project, ...]] = defaultdict(tuple)
    for activity, id_, number, name, state, *whose in _linked.rows(list(ids)):
        project = facts.Project(id=id_, number=number, name=name, state=state, customer=_customer(*whose))
        found[activity] += (project,)
    return found


def _person(  # noqa: PLR0913, PLR0917 - as many as there are columns
    kind: str, role: str, name: str, address: str, key: str, user_id: int | None, contact_id: int | None
) -> Person:
    return Person(
        kind=Kind(kind), role=Role(role), name=name, address=address, key=key, user_id=user_id, contact_id=contact_id
    )


def _customer(id_: int | None, key: str, name: str) -> facts.Customer | None:
    return facts.Customer(id=id_, key=key, name=name) if id_ else None
