"""Activities, and the directory as it is now -> what of them is to change."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.people import Contact, Customer, User
from poller.filing import facts
from poller.filing.changes import Change, changes_of, concerned
from poller.filing.match import MatchRules
from poller.filing.participants import Participant, person_identity
from poller.filing.rematch import Rejudged, rejudge
from poller.storage.directory import find_people, find_projects
from poller.storage.rematching.reading import Stored, read
from poller.storage.rows import batched, tuples


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An activity of which something is to be told, and what that is."""

    stored: Stored
    rejudged: Rejudged
    changes: tuple[Change, ...]

    @property
    def project_ids(self) -> set[int]:
        """Of the projects that it is linked to, those included that it is to be linked to."""
        return {one.id for one in (*self.stored.standing.projects, *self.rejudged.new_projects)}

    def concerns(self, customer: facts.Customer) -> bool:
        """Whether it is linked to the customer, or would be if no other one were recognised."""
        linked = {self.rejudged.customer.id} if self.rejudged.customer else set()
        # Of a candidate who is not known any more nothing is stored but the customer's name.
        unknown = {one.customer for one in self.rejudged.unknown}
        return customer.id in linked | self.rejudged.customer_ids or customer.name in unknown


def judge(organization_id: int, ids: Sequence[int], rules: MatchRules) -> list[Judged]:
    """Activities of the organization -> those of them of which something is to be told."""
    all_stored = read(ids)
    people = find_people(organization_id, {key for one in all_stored for key in one.standing.keys})
    numbers = {number for one in all_stored for number in one.standing.unknown_numbers}
    projects = find_projects(organization_id, numbers) if numbers else {}
    rejudged = [(one, rejudge(one.standing, people, projects, rules)) for one in all_stored]
    who = _who(person for one, other in rejudged for person in concerned(one.standing, other))
    judged = [
        Judged(stored=one, rejudged=other, changes=tuple(changes_of(one.standing, other, who, one.conflicts)))
        for one, other in rejudged
    ]
    return [one for one in judged if one.changes]


def _who(people: Iterable[Participant]) -> dict[str, str]:
    """By the identity of each who was recognised: `user anna`, `contact carl of customer globex`."""
    everybody = list(people)
    users = {one.user_id for one in everybody if one.user_id is not None}
    contacts = {one.contact_id for one in everybody if one.contact_id is not None}
    found: dict[str, str] = {}
    for chunk in batched(users):
        for id_, key in tuples(User.select(User.id, User.key).where(User.id << chunk)):
            found[person_identity(id_, None, "")] = f"user {key}"
    for chunk in batched(contacts):
        rows = Contact.select(Contact.id, Contact.key, Customer.key).join(Customer).where(Contact.id << chunk)
        for id_, key, customer in tuples(rows):
            found[person_identity(None, id_, "")] = f"contact {key} of customer {customer}"
    return found
