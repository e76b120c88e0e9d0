"""Drafts -> the rows of their activities, or what a further copy adds to one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import peewee

from models.activity import Activity
from poller.filing.activity import Draft
from poller.filing.inheriting import Inheritance
from poller.filing.reasons import Outcome
from poller.storage.answered import hash_message_id, inheritance_of
from poller.storage.composed import Composed, Query, Values
from poller.storage.copies import unite
from poller.storage.documents import event_document, forwarded_document
from poller.storage.parts import add_parts, link
from poller.storage.rows import Row, insert_returning

COPIES_WITHIN = timedelta(days=7)
"""Copies of one delivery may take their time; what comes later was sent again by somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an organization's activities are: whose, of which type and status, with at most so many participants.

    `inherit_project`: an answer to the bare address takes the projects of the activity that it answers.
    """

    organization_id: int
    type_id: int
    status: str
    max_participants: int
    inherit_project: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """`note` says what is special about it."""

    activity_id: int
    outcome: Outcome
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A draft, what kind of activity it becomes, and the SHA-256 of the message as it came."""

    draft: Draft
    kind: Kind
    source_sha256: str

    @property
    def may_inherit(self) -> bool:
        message = self.draft.message
        return self.kind.inherit_project and self.draft.bare and bool(message.in_reply_to or message.references)


def file_all(filings: Sequence[Filing], now: datetime) -> list[Filed]:
    """Inside a transaction, in their order -> what each came to.

    There is one activity for each organization and identity, whatever the number of copies.
    """
    # What may inherit begins a run of its own: what it answers may be just before it.
    starts = [0, *(place for place, one in enumerate(filings) if place and one.may_inherit), len(filings)]
    return [filed for start, end in pairwise(starts) for filed in _file_run(filings[start:end], now)]


def _file_run(filings: Sequence[Filing], now: datetime) -> list[Filed]:
    """What is new at once, then what may be a copy."""
    new = _new(filings)
    created = dict(zip(new, _create([filings[place] for place in new], now), strict=True))
    return [created.get(place) or _file_one(one, now) for place, one in enumerate(filings)]


def _new(filings: Sequence[Filing]) -> list[int]:
    """Places of those that nothing stored or before them has the identity of, nor anything before them the Message-ID.

    Of the others, what they come to depends on what was stored just before.
    """
    known: set[tuple[int, str | None]] = set()
    for kind in {one.kind for one in filings}:
        known.update(_stored(kind, filings))
    new: list[int] = []
    for place, one in enumerate(filings):
        keys = {(one.kind.organization_id, one.draft.message.identity), _message_key(one)}
        if known.isdisjoint(keys):
            new.append(place)
        known |= {key for key in keys if key[1]}
    return new


def _stored(kind: Kind, filings: Sequence[Filing]) -> list[tuple[int, str]]:
    return _same_content.rows(kind.organization_id, [one.draft.message.identity for one in filings if one.kind == kind])


@Composed
def _same_content(organization: int, identities: Values) -> Query:
    same = (Activity.organization == organization) & (Activity.identity << identities)
    return Activity.select(Activity.organization, Activity.identity).where(same)


def _file_one(one: Filing, now: datetime) -> Filed:
    draft = one.draft
    activity = Activity.get_or_none(organization=one.kind.organization_id, identity=draft.message.identity)
    if activity is None:
        return _create([one], now)[0]
    if replay := replay_of(activity, draft):
        Activity.update(replayed=True).where(Activity.id == activity.id).execute()
        return replay
    if unite(activity, draft, one.kind.max_participants):
        return Filed(activity_id=activity.id, outcome=Outcome.FILED)
    return Filed(activity_id=activity.id, outcome=Outcome.DUPLICATE, note=f"a copy of activity {activity.id}")


def _create(filings: Sequence[Filing], now: datetime) -> list[Filed]:
    """New activities, all with different identities, and everything that hangs on them."""
    collisions = _collisions(filings)
    notes = [collisions.get(_message_key(one)) for one in filings]
    inherited = [_inheritance(one) for one in filings]
    rows = (
        _row(one, now, [*what.warnings, *([note] if note else [])])
        for one, what, note in zip(filings, inherited, notes, strict=True)
    )
    columns = (Activity.organization, Activity.identity, Activity.id)
    ids = {(organization, identity): id_ for organization, identity, id_ in insert_returning(Activity, rows, columns)}
    created = [ids[one.kind.organization_id, one.draft.message.identity] for one in filings]
    add_parts(list(zip(created, (one.draft for one in filings), strict=True)), now)
    for id_, what in zip(created, inherited, strict=True):
        link(id_, what.projects, inherited_from=what.answered.activity_id if what.answered else None)
    return [Filed(activity_id=id_, outcome=Outcome.FILED, note=note) for id_, note in zip(created, notes, strict=True)]


def _inheritance(one: Filing) -> Inheritance:
    return inheritance_of(one.kind.organization_id, one.draft) if one.may_inherit else Inheritance(answered=None)


def replay_of(activity: Activity, draft: Draft) -> Filed | None:
    """What a copy comes to that was delivered too late to be one."""
    if abs(draft.delivered_at - activity.delivered_at) <= COPIES_WITHIN:
        return None
    note = f"replay: activity {activity.id} is the same message, delivered more than {COPIES_WITHIN.days} days apart"
    return Filed(activity_id=activity.id, outcome=Outcome.DUPLICATE, note=note)


def _collisions(filings: Iterable[Filing]) -> dict[tuple[int, str | None], str]:
    """A sentence for each Message-ID that another message has: both are kept, so that nobody suppresses mail by it."""
    wanted: defaultdict[int, set[str]] = defaultdict(set)
    for organization, hashed in map(_message_key, filings):
        if hashed:
            wanted[organization].add(hashed)
    found = {
        (organization, hashed): other
        for organization, these in wanted.items()
        for hashed, other in _same_message_id.rows(organization, these)
    }
    return {
        key: f"its Message-ID is also that of activity {id_}, which is another message" for key, id_ in found.items()
    }


@Composed
def _same_message_id(organization: int, hashes: Values) -> Query:
    return (
        Activity.select(Activity.message_id_sha256, peewee.fn.MIN(Activity.id))
        .where(Activity.organization == organization, Activity.message_id_sha256 << hashes)
        .group_by(Activity.message_id_sha256)
    )


def _message_key(one: Filing) -> tuple[int, str | None]:
    return one.kind.organization_id, hash_message_id(one.draft.message.message_id)


def _row(one: Filing, now: datetime, warnings: Iterable[str]) -> Row:
    draft, message, authentication = one.draft, one.draft.message, one.draft.authentication
    return {
        "organization": one.kind.organization_id,
        "identity": message.identity,
        "type": one.kind.type_id,
        "status": one.kind.status,
        "date": draft.date,
        "date_source": draft.date_source,
        "owner": draft.owner.id,
        "customer": draft.customer.id if draft.customer else None,
        "gate": draft.gate,
        "evidence": authentication.evidence,
        "spf": authentication.spf,
        "dkim": authentication.dkim,
        "dmarc": authentication.dmarc,
        "domain": authentication.domain,
        "selector": authentication.selector,
        "unverified": authentication.unverified,
        "source_sha256": one.source_sha256,
        "message_id_sha256": hash_message_id(message.message_id),
        "delivered_at": draft.delivered_at,
        "created_at": now,
        "subject": message.subject,
        "message_id": message.message_id,
        "in_reply_to": list(message.in_reply_to),
        "references": list(message.references),
        "candidates": [asdict(candidate) for candidate in draft.candidates],
        "warnings": [*draft.warnings, *warnings],
        "left_out": [asdict(file) for file in draft.left_out],
        "text": message.text,
        "quoted_from": message.quoted_from,
        "signature_from": message.signature_from,
        "forwarded": [forwarded_document(other) for other in message.forwarded],
        "calendar": [event_document(event) for event in message.calendar],
        "html": message.html,
    }
