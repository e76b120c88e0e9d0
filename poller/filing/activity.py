"""Evidence -> what is stored of a message that is filed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from poller.authentication.verdict import Authentication
from poller.filing.facts import Customer, Project, User
from poller.filing.match import Candidate, Gate, within
from poller.filing.participants import Participant
from poller.filing.rules import Evidence
from poller.filing.warnings import cut_participants, other_customers, unknown_project
from poller.mail.message import Attachment, Fetched, Message

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Octets of an attachment, number of participants."""

    max_attachment_size: int
    max_participants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An attachment that was too large to keep; `size` in octets."""

    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An activity before it is stored. `date_source` is "date" or "internaldate".

    `bare`: the message names nothing but the bare address, so that it may inherit the projects of what it answers.
    """

    message: Message
    authentication: Authentication
    owner: User
    gate: Gate
    date: datetime
    date_source: str
    delivered_at: datetime
    customer: Customer | None
    projects: tuple[Project, ...]
    bare: bool
    participants: tuple[Participant, ...]
    candidates: tuple[Candidate, ...]
    files: tuple[Attachment, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]


def draft_activity(evidence: Evidence, fetched: Fetched, limits: Limits) -> Draft:
    """Only for evidence that was decided to be filed: somebody owns it."""
    message, match = evidence.screened.message, evidence.match
    if match.owner is None or match.gate is None:
        raise ValueError("nobody owns this message: it cannot have been decided to be filed")
    date, date_source = _date_of(message.date, fetched.internal_date)
    return Draft(
        message=message,
        authentication=evidence.authentication,
        owner=match.owner,
        gate=match.gate,
        date=date,
        date_source=date_source,
        delivered_at=fetched.internal_date,
        customer=match.customer,
        projects=evidence.destination.projects,
        bare=evidence.destination.bare,
        participants=within(match.participants, limits.max_participants),
        candidates=match.candidates,
        files=tuple(one for one in message.attachments if one.size <= limits.max_attachment_size),
        left_out=tuple(
            LeftOut(name=one.name, size=one.size)
            for one in message.attachments
            if one.size > limits.max_attachment_size
        ),
        warnings=tuple(_warnings(evidence, limits)),
    )


def _date_of(date: datetime | None, internal_date: datetime) -> tuple[datetime, str]:
    """The author's clock is believed between 1990 and two days after the message arrived."""
    if date and date >= _EARLIEST and date - internal_date <= _AHEAD:
        return date, "date"
    return internal_date.astimezone(UTC), "internaldate"


def _warnings(evidence: Evidence, limits: Limits) -> Iterator[str]:
    match, destination = evidence.match, evidence.destination
    excess = len(match.participants) - limits.max_participants
    if excess > 0:
        yield cut_participants(excess, len(match.participants))
    yield from other_customers(destination.projects, match.customer)
    yield from map(unknown_project, destination.unknown)
    for defect in evidence.screened.message.defects:
        yield f"in the message: {defect}"
