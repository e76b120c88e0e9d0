"""An activity as it is stored, and what the directory knows today -> what of it is to change.

Whoever was recognised stays who he is, and a customer who is linked stays; the directory may only add to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from poller.filing.facts import Customer, People, Project
from poller.filing.match import Candidate, MatchRules, candidates_of, without_author_contact
from poller.filing.participants import Correspondent, Kind, Participant, participant_of, person_identity, recognise
from poller.filing.warnings import other_customers, says_cut, unknown_number
from poller.mail.fields.address import subaddress_stripped
from poller.mail.message import Mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is stored of an activity that the directory has a say in; participants in their order."""

    owner_id: int
    customer: Customer | None
    candidates: tuple[Candidate, ...]
    participants: tuple[Participant, ...]
    projects: tuple[Project, ...]
    warnings: tuple[str, ...]

    @property
    def keys(self) -> set[str]:
        """The address keys to look up."""
        named = [one.key for one in self.participants]
        return {key for one in named for key in (one, subaddress_stripped(one))}

    @property
    def unknown_numbers(self) -> set[str]:
        """Project numbers that nobody knew when it was filed."""
        return {number for one in self.warnings if (number := unknown_number(one))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """What the activity comes to. `participants` stand in their places; those at `gone` are somebody who is there.

    `new_projects` are to be linked. `contested`: contacts of other customers than the linked one, which stays.
    `customer_ids`: whose contacts take part, by what is known today. `unknown`: candidates who are not known any more.
    """

    customer: Customer | None
    candidates: tuple[Candidate, ...]
    participants: tuple[Participant, ...]
    gone: frozenset[int]
    new_projects: tuple[Project, ...]
    warnings: tuple[str, ...]
    contested: tuple[Candidate, ...]
    customer_ids: frozenset[int]
    unknown: tuple[Candidate, ...]


def rejudge(
    standing: Standing, people: People, projects: Mapping[str, tuple[Project, ...]], rules: MatchRules
) -> Rejudged:
    """`people` own its keys, and `projects` are those that its unknown numbers mean, as when mail is filed."""
    everybody = [recognise(one.role, _mailbox(one), people) for one in standing.participants]
    everybody = [_still(one, person) for one, person in zip(everybody, standing.participants, strict=True)]
    if not rules.match_author_contact:
        everybody = without_author_contact(everybody)
    concern = _concern_of(standing, everybody)
    new_projects, warnings = _projects_and_warnings(standing, projects)
    if new_projects or concern.customer != standing.customer:
        mismatches = other_customers((*standing.projects, *new_projects), concern.customer)
        warnings = tuple(dict.fromkeys((*warnings, *mismatches)))
    participants = tuple(_participants(standing, everybody, concern))
    known = set(candidates_of(everybody))
    return Rejudged(
        customer=concern.customer,
        candidates=concern.candidates,
        participants=participants,
        gone=frozenset(_repeated(standing.owner_id, participants)),
        new_projects=new_projects,
        warnings=warnings,
        contested=concern.contested,
        customer_ids=frozenset(contact.customer.id for one in everybody for contact in one.contacts),
        unknown=tuple(one for one in concern.candidates if one not in known),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Concern:
    """The customer, or the candidates where there are several."""

    customer: Customer | None
    candidates: tuple[Candidate, ...] = ()
    contested: tuple[Candidate, ...] = ()


def _mailbox(person: Participant) -> Mailbox:
    return Mailbox(name=person.name, address=person.address, key=person.key)


def _still(today: Correspondent, person: Participant) -> Correspondent:
    """Who was recognised stays who he is; of a contact's address it counts whose else it is."""
    if person.kind is Kind.EXTERNAL:
        return today
    if person.kind is Kind.USER:
        return replace(today, user=today.user if today.user and today.user.id == person.user_id else None, contacts=())
    first = sorted(today.contacts, key=lambda one: one.id != person.contact_id)
    return replace(today, user=None, contacts=tuple(first))


def _concern_of(standing: Standing, everybody: Sequence[Correspondent]) -> _Concern:
    found = tuple(dict.fromkeys(candidates_of(everybody)))
    customers = {contact.customer.id: contact.customer for one in everybody for contact in one.contacts}
    if standing.customer:
        others = [one for one in everybody if _is_of_another(one, standing.customer)]
        return _Concern(customer=standing.customer, contested=tuple(dict.fromkeys(candidates_of(others))))
    if _stays_in_doubt(standing, everybody):
        return _Concern(customer=None, candidates=tuple(dict.fromkeys((*standing.candidates, *found))))
    if len(customers) == 1:
        return _Concern(customer=next(iter(customers.values())))
    # In another order they are the same; and that nobody is known any more settles no doubt.
    same = not found or set(found) == set(standing.candidates)
    return _Concern(customer=None, candidates=standing.candidates if same else found)


def _is_of_another(one: Correspondent, customer: Customer) -> bool:
    return any(contact.customer.id != customer.id for contact in one.contacts)


def _stays_in_doubt(standing: Standing, everybody: Sequence[Correspondent]) -> bool:
    """Whether somebody who caused the doubt is no longer known, or was never stored: who he was is not known today."""
    if not standing.candidates:
        return False
    unknown = (
        person.kind is Kind.EXTERNAL and person.contact_id is not None and not (today.user or today.contacts)
        for today, person in zip(everybody, standing.participants, strict=True)
    )
    return any(unknown) or any(map(says_cut, standing.warnings))


def _participants(standing: Standing, everybody: Sequence[Correspondent], concern: _Concern) -> Iterator[Participant]:
    for today, person in zip(everybody, standing.participants, strict=True):
        tells = _tells(today, person, concern.customer)
        yield participant_of(today, contacts_known=concern.customer is not None) if tells else person


def _tells(today: Correspondent, person: Participant, customer: Customer | None) -> bool:
    """Whether what is known today says more of somebody than is stored."""
    if today.user or not today.contacts:
        return today.user is not None
    if customer is None:
        return len(today.contacts) == 1
    is_same = person.kind is Kind.EXTERNAL or person.contact_id == today.contacts[0].id
    return is_same and not _is_of_another(today, customer)


def _repeated(owner_id: int, participants: Sequence[Participant]) -> Iterator[int]:
    """Places of those who are named before, or own the activity."""
    seen = {person_identity(owner_id, None, "")}
    for place, one in enumerate(participants):
        if one.identity in seen:
            yield place
        seen.add(one.identity)


def _projects_and_warnings(
    standing: Standing, projects: Mapping[str, tuple[Project, ...]]
) -> tuple[tuple[Project, ...], tuple[str, ...]]:
    """Projects to be linked, and the warnings that are still true."""
    meant: dict[int, Project] = {}
    warnings = []
    for warning in standing.warnings:
        found = projects.get(unknown_number(warning) or "", ())
        if len(found) == 1 and found[0].state != "archived":
            meant[found[0].id] = found[0]
        else:
            warnings.append(warning)
    linked = {one.id for one in standing.projects}
    return tuple(one for id_, one in meant.items() if id_ not in linked), tuple(warnings)
