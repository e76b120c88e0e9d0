"""Activities -> as they come to be, and the trail of that, in one transaction."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from models.activity import Activity, Participant
from models.base import database
from models.change import ActivityChange
from models.inbound import Lease
from models.organization import Organization
from poller.filing.match import MatchRules
from poller.filing.participants import Participant as Person
from poller.storage.database import database_errors
from poller.storage.parts import link
from poller.storage.rematching.judging import Judged, judge
from poller.storage.rows import Row, insert_all, tuples, update_all


def apply(
    organization_id: int, ids: Sequence[int], rules: MatchRules, is_wanted: Callable[[Judged], bool], now: datetime
) -> list[Judged]:
    """Judges the activities once more, now that nobody else can change them -> what was written, all or nothing."""
    with database_errors(), database.atomic():
        _keep_others_out(organization_id)
        judged = [one for one in judge(organization_id, ids, rules) if is_wanted(one)]
        for one in judged:
            _write(one)
        insert_all(ActivityChange, (row for one in judged for row in _trail(one, now)))
        return judged


def _keep_others_out(organization_id: int) -> None:
    """Imports and other rematches lock the organization, workers their leases: until the end of the transaction.

    To write a row, be it as it was, locks it in every database; reading it does not.
    """
    Organization.update(key=Organization.key).where(Organization.id == organization_id).execute()
    for (name,) in list(tuples(Lease.select(Lease.name).order_by(Lease.name))):
        Lease.update(fence=Lease.fence).where(Lease.name == name).execute()


def _write(one: Judged) -> None:
    stored, rejudged = one.stored, one.rejudged
    _write_participants(one)
    values = {
        "customer": rejudged.customer.id if rejudged.customer else None,
        "candidates": [asdict(candidate) for candidate in rejudged.candidates],
        "warnings": list(rejudged.warnings),
    }
    update_all(Activity, [(stored.id, values)])
    link(stored.id, rejudged.new_projects)


def _write_participants(one: Judged) -> None:
    """Their places stay without gaps: whoever adds some counts on that."""
    gone = [one.stored.participant_ids[place] for place in one.rejudged.gone]
    if gone:
        Participant.delete().where(Participant.id << gone).execute()
    # From the first to the last: each moves to a place that is free by then.
    update_all(Participant, _moved(one))


def _moved(one: Judged) -> Iterator[tuple[int, Row]]:
    position = 0
    rows = zip(one.stored.participant_ids, one.stored.standing.participants, one.rejudged.participants, strict=True)
    for place, (row_id, before, after) in enumerate(rows):
        if place in one.rejudged.gone:
            continue
        if before != after or position != place:
            yield row_id, _row(after, position)
        position += 1


def _row(person: Person, position: int) -> Row:
    return {
        "position": position,
        "kind": person.kind,
        "name": person.name,
        "address": person.address,
        "user": person.user_id,
        "contact": person.contact_id,
    }


def _trail(one: Judged, now: datetime) -> Iterator[Row]:
    return ({"activity": one.stored.id, "at": now, **asdict(change)} for change in one.changes)
