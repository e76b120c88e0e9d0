"""A further copy of a message that was filed -> what it adds to the activity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain

from models.activity import Activity, ActivityProject, Participant
from models.people import Customer as CustomerRow
from models.people import UserAddress
from poller.filing.activity import Draft
from poller.filing.facts import Customer
from poller.filing.inheriting import without_inherited
from poller.filing.match import Candidate, Gate, within
from poller.filing.participants import Kind, person_identity
from poller.filing.participants import Participant as Person
from poller.filing.warnings import cut_participants_of_copy, other_customers, says_other_customers
from poller.mail.fields.address import key_of, subaddress_stripped
from poller.mail.message import Role
from poller.storage.answered import linked_projects
from poller.storage.changes import keeps_customer
from poller.storage.parts import add_participants, link
from poller.storage.rows import tuples


def unite(activity: Activity, draft: Draft, max_participants: int) -> bool:
    """Adds the copy's projects, participants, customer and warnings -> whether it added a project.

    What one copy names beats what another inherited, in whatever order they come; one that is bare adds no project.
    """
    rows = list(Participant.select().where(Participant.activity == activity).order_by(Participant.position))
    concern = _concern_of(activity, draft, rows)
    if concern.candidates:
        contacts = (Participant.activity == activity) & (Participant.kind == Kind.CONTACT)
        Participant.update(kind=Kind.EXTERNAL).where(contacts).execute()
    new = [_within(concern, draft, person) for person in _new_people(activity, draft, rows)]
    kept = within(new, max(max_participants - len(rows), 0))
    add_participants(activity.id, kept, first_position=len(rows))
    activity.customer_id = concern.customer_id
    activity.candidates = list(concern.candidates)
    if not draft.bare:
        _drop_inherited(activity)
    is_added = _add_projects(activity, draft)
    activity.warnings = _warnings(activity, draft, cut=len(new) - len(kept))
    activity.save(only=activity.dirty_fields)
    return is_added


@dataclass(frozen=True, slots=True, kw_only=True)
class _Concern:
    """The one customer of all copies' contacts, or the candidates, as they are stored, where there are several."""

    customer_id: int | None
    candidates: Sequence[dict[str, str]]


def _concern_of(activity: Activity, draft: Draft, rows: Iterable[Participant]) -> _Concern:
    """As in one message: contacts of several customers link none. The order of the copies changes nothing.

    What a rematch decided about the customer stays: it was told to the administrator, who relies on it.
    """
    customers = {one for one in (activity.customer_id, draft.customer.id if draft.customer else None) if one}
    if len(customers) < 2 and not activity.candidates and not draft.candidates:  # noqa: PLR2004 - more than one
        return _Concern(customer_id=next(iter(customers), None), candidates=())
    if activity.customer_id and keeps_customer(activity.id):
        return _Concern(customer_id=activity.customer_id, candidates=())
    known = [one for one in rows if one.kind == Kind.CONTACT]
    named = CustomerRow.get_by_id(activity.customer_id).name if known else ""
    candidates = chain(
        activity.candidates,
        (asdict(Candidate(customer=named, name=one.name, address=one.address)) for one in known),
        (asdict(one) for one in draft.candidates),
        (
            asdict(Candidate(customer=draft.customer.name, name=one.name, address=one.address))
            for one in draft.participants
            if draft.customer and one.kind is Kind.CONTACT
        ),
    )
    return _Concern(customer_id=None, candidates=list({tuple(one.items()): one for one in candidates}.values()))


def _within(concern: _Concern, draft: Draft, person: Person) -> Person:
    is_linked = draft.customer is not None and draft.customer.id == concern.customer_id
    return person if is_linked or person.kind is not Kind.CONTACT else replace(person, kind=Kind.EXTERNAL)


def _new_people(activity: Activity, draft: Draft, rows: Iterable[Participant]) -> Iterator[Person]:
    """Whom the copy names and the activity does not, the copy's owner among them where another copy's came first."""
    owner = {person_identity(activity.owner_id, None, "")}
    identities = owner | {person_identity(row.user_id, row.contact_id, row.address_key) for row in rows}
    keys = {row.address_key for row in rows}
    everybody = draft.participants if draft.owner.id == activity.owner_id else (_owner(draft), *draft.participants)
    return (one for one in everybody if one.identity not in identities and one.key not in keys)


def _owner(draft: Draft) -> Person:
    """The copy's owner as a participant, in the first role that names one of his addresses."""
    owner, message = draft.owner, draft.message
    rows = UserAddress.select(UserAddress.address_key).where(UserAddress.user == owner.id)
    his = {key for (key,) in tuples(rows)}
    named = [(one.role, one.mailbox.key) for one in message.recipients]
    if draft.gate is Gate.AUTHOR and message.author:
        named.append((Role.AUTHOR, message.author.key))
    named.sort(key=lambda one: list(Role).index(one[0]))
    found = ((role, key) for role, key in named if his & {key, subaddress_stripped(key)})
    role, key = next(found, (Role.DELIVERED, key_of(owner.address) or ""))
    return Person(kind=Kind.USER, role=role, name=owner.name, address=owner.address, key=key, user_id=owner.id)


def _warnings(activity: Activity, draft: Draft, *, cut: int) -> list[str]:
    """Those of both, and what is to be said of the projects and the customer that the activity has now."""
    before = activity.warnings if draft.bare else without_inherited(activity.warnings)
    kept = [one for one in (*before, *draft.warnings) if not says_other_customers(one)]
    cut_off = [cut_participants_of_copy(cut)] if cut else []
    row = activity.customer
    customer = Customer(id=row.id, key=row.key, name=row.name) if row else None
    mismatches = other_customers(linked_projects([activity.id])[activity.id], customer)
    return list(dict.fromkeys([*kept, *cut_off, *mismatches]))


def _drop_inherited(activity: Activity) -> None:
    inherited = (ActivityProject.activity == activity) & ActivityProject.inherited_from.is_null(is_null=False)
    ActivityProject.delete().where(inherited).execute()


def _add_projects(activity: Activity, draft: Draft) -> bool:
    links = ActivityProject.select(ActivityProject.project).where(ActivityProject.activity == activity)
    linked = {row.project_id for row in links}
    added = [project for project in draft.projects if project.id not in linked]
    link(activity.id, added)
    return bool(added)
