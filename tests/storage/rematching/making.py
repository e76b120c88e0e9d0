"""A directory that grows, mail that is filed by it as the pipeline does, and what became of both."""

from __future__ import annotations

from dataclasses import dataclass

from models import people as tables
from models.activity import Activity, ActivityProject, Participant
from models.change import ActivityChange
from models.project import Project
from poller.filing.activity import Draft
from poller.filing.address import Target
from poller.filing.destination import find_destination
from poller.filing.match import MatchRules, keys_of, match_people
from poller.filing.route import Provenance, Routed
from poller.filing.warnings import unknown_project
from poller.mail.message import Role
from poller.rematching import Wanted, rematch
from poller.settings.model import UnknownProject
from poller.storage.activities import Kind
from poller.storage.directory import find_people, find_projects
from poller.storage.rematching import Scope
from tests.filing.making import mailbox
from tests.storage.making import NOW, contact, draft, file_draft, message, project, sha, user

RULES = MatchRules(require_user_author=False, match_author_contact=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """An organization, and its filing. `kind` says how many participants are kept."""

    kind: Kind
    rules: MatchRules = RULES

    @property
    def id(self) -> int:
        return self.kind.organization_id

    def contact(self, company: str, *addresses: str) -> int:
        row, _ = tables.Customer.get_or_create(organization=self.id, key=company, defaults={"name": company.title()})
        return contact(self.id, row, *addresses).contact_id

    def user(self, *addresses: str) -> int:
        return user(self.id, *addresses).id

    def project(self, number: str, company: str | None = None, state: str = "open") -> int:
        row = tables.Customer.get_or_none(organization=self.id, key=company)
        made = project(self.id, number, row)
        Project.update(state=state).where(Project.id == made.id).execute()
        return made.id

    def file(self, *named: str, numbers: tuple[str, ...] = (), name: str = "offer", **fields: object) -> int:
        """`author …`, `to …`, `cc …`: a message that was sent to them, filed as the directory is now."""
        return file_draft(
            self.draft(*named, numbers=numbers, name=name, **fields), self.kind, sha(name), NOW
        ).activity_id

    def draft(self, *named: str, numbers: tuple[str, ...] = (), name: str = "offer", **fields: object) -> Draft:
        correspondents = [(Role(role), mailbox(address)) for role, address in (one.split() for one in named)]
        match = match_people(correspondents, find_people(self.id, keys_of(correspondents)), self.rules)
        asked = [
            Target(address=f"{number}.mycompany@in.example.com", organization=None, number=number) for number in numbers
        ]
        targets = [Routed(target=one, provenance=Provenance("x-original-to", 0, trusted=True)) for one in asked]
        destination = find_destination(targets, find_projects(self.id, set(numbers)), UnknownProject.STORE)
        return draft(
            match.owner,
            *destination.projects,
            read=message(name),
            gate=match.gate,
            customer=match.customer,
            participants=match.participants,
            candidates=match.candidates,
            **{"warnings": tuple(map(unknown_project, destination.unknown))} | fields,
        )

    def rematch(self, *, dry_run: bool = False, **wanted: object) -> list[tuple[str, str | None, str | None, str]]:
        scopes = (Scope(organization_id=self.id),)
        pages = rematch(Wanted(**{"scopes": scopes} | wanted), self.rules, lambda: NOW, dry_run=dry_run)
        return [tuple(one.values())[1:] for page in pages for one in page.documents()]


def people_of(activity: int) -> list[str]:
    """`contact to Carl <carl@globex.com>`, in their order, whose places have no gaps."""
    rows = list(Participant.select().where(Participant.activity == activity).order_by(Participant.position))
    assert [row.position for row in rows] == list(range(len(rows)))
    return [f"{row.kind} {row.role} {row.name} <{row.address}>" for row in rows]


def customer_of(activity: int) -> str | None:
    row = Activity.get_by_id(activity)
    return row.customer.name if row.customer else None


def candidates_of(activity: int) -> set[str]:
    return {f"{one['name']} of {one['customer']}" for one in Activity.get_by_id(activity).candidates}


def projects_of(activity: int) -> set[str]:
    rows = ActivityProject.select().where(ActivityProject.activity == activity)
    return {row.project.number for row in rows}


def trail_of(activity: int) -> list[tuple[str, str | None, str | None, str]]:
    rows = ActivityChange.select().where(ActivityChange.activity == activity).order_by(ActivityChange.id)
    return [(row.what, row.before, row.after, row.why) for row in rows]


def everything() -> list[list[tuple[object, ...]]]:
    """All rows that a rematch might touch."""
    return [
        sorted(model.select().tuples(), key=repr) for model in (Activity, ActivityProject, Participant, ActivityChange)
    ]
