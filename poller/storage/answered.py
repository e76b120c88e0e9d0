"""A message -> the activities that it answers, with their projects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import peewee

from models.activity import Activity, ActivityProject
from models.people import Customer as CustomerRow
from models.project import Project as ProjectRow
from poller.filing.activity import Draft
from poller.filing.facts import Customer, Project
from poller.filing.inheriting import Answered, Inheritance, answered_ids, inherit
from poller.storage.composed import Composed, Query, Values
from poller.storage.rows import batched

_PROJECT: Final = (ProjectRow.id, ProjectRow.number, ProjectRow.name, ProjectRow.state)
_CUSTOMER: Final = (CustomerRow.id, CustomerRow.key, CustomerRow.name)


@lru_cache(maxsize=256)  # it is asked for more than once while a batch is filed
def hash_message_id(message_id: str | None) -> str | None:
    """Message-IDs that differ in the case of their letters alone count as one, as they do in a message's identity."""
    return sha256(message_id.lower().encode("utf-8", "surrogatepass")).hexdigest() if message_id else None


def inheritance_of(organization_id: int, draft: Draft) -> Inheritance:
    """What the draft takes from the first of the messages it answers that the organization has an activity of."""
    hashes = [hash_message_id(one) for one in answered_ids(draft.message)]
    there = defaultdict[str | None, list[tuple[int, str]]](list)
    for hashed, activity_id, message_id in _with_message_ids.rows(organization_id, hashes):
        there[hashed].append((activity_id, message_id))
    first = next((there[hashed] for hashed in hashes if hashed in there), [])
    return inherit(_answered(first), draft.customer)


def recorded_inheritance(activity_id: int) -> Inheritance:
    """What an activity was given when it was filed."""
    given = list(_given.rows(activity_id))
    if not given:
        return Inheritance(answered=None)
    projects = tuple(_project(*project) for _, _, *project in given)
    answered = Answered(activity_id=given[0][0], message_id=given[0][1], projects=projects)
    return Inheritance(answered=answered, projects=projects)


def linked_projects(activities: Iterable[int]) -> Mapping[int, list[Project]]:
    """By activity, in the order of their linking; none where there are none."""
    projects = defaultdict[int, list[Project]](list)
    for chunk in batched(activities):
        for activity, *project in _projects_of.rows(chunk):
            projects[activity].append(_project(*project))
    return projects


def _answered(activities: Sequence[tuple[int, str]]) -> list[Answered]:
    projects = linked_projects(activity for activity, _ in activities)
    return [
        Answered(activity_id=activity, message_id=message_id, projects=tuple(projects[activity]))
        for activity, message_id in activities
    ]


def _project(project_id: int, number: str, name: str, state: str, *whose: Any) -> Project:  # noqa: ANN401 - all null, or none
    customer = Customer(**dict(zip(("id", "key", "name"), whose, strict=True))) if whose[0] else None
    return Project(id=project_id, number=number, name=name, state=state, customer=customer)


@Composed
def _with_message_ids(organization: int, hashes: Values) -> Query:
    """Rows of (hash, id, Message-ID), oldest first."""
    columns = (Activity.message_id_sha256, Activity.id, Activity.message_id)
    same = (Activity.organization == organization) & (Activity.message_id_sha256 << hashes)
    return Activity.select(*columns).where(same).order_by(Activity.id)


@Composed
def _projects_of(activities: Values) -> Query:
    """Rows of (activity, *project, *customer), in the order of their linking."""
    links = ActivityProject.select(ActivityProject.activity, *_PROJECT, *_CUSTOMER)
    return _joined(links).where(ActivityProject.activity << activities).order_by(ActivityProject.id)


@Composed
def _given(activity: int) -> Query:
    """Rows of (answered activity, its Message-ID, *project, *customer)."""
    answered = Activity.alias()
    links = ActivityProject.select(answered.id, answered.message_id, *_PROJECT, *_CUSTOMER)
    links = _joined(links).join_from(ActivityProject, answered, on=answered.id == ActivityProject.inherited_from)
    return links.where(ActivityProject.activity == activity).order_by(ActivityProject.id)


def _joined(links: Query) -> Query:
    return links.join(ProjectRow).join(CustomerRow, peewee.JOIN.LEFT_OUTER)
