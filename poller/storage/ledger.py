"""The write side: every message ever seen, and THE transaction that decides about it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import peewee

from models.base import database
from models.inbound import Delivery
from poller import events
from poller.authentication.verdict import Authentication
from poller.errors import ConfigurationError, Transient
from poller.filing.deferral import may_wait, next_attempt
from poller.filing.judged import Judged
from poller.filing.reasons import Outcome, Reason
from poller.mail.message import Fetched, MessageRef
from poller.storage.activities import Filed, Filing, Kind, file_all
from poller.storage.attempts import Attempts
from poller.storage.composed import Composed, Query, Values
from poller.storage.database import database_errors
from poller.storage.decided import Decided, Undecided, concluded, described, undecided
from poller.storage.deliveries import STAYING, Deliveries
from poller.storage.epochs import Epoch
from poller.storage.evidence import from_evidence
from poller.storage.lease import Lease
from poller.storage.notices import Refused, Written, rewrite_notices, write_notices
from poller.storage.rows import Row, insert_returning, update_all

MAX_ATTEMPTS = 3
"""A message during whose processing the worker died so often is poison."""

_log = logging.getLogger(__name__)
_FOUND = (
    *(Delivery.uid, Delivery.identity, Delivery.source_sha256, Delivery.attempts),
    *(Delivery.seen_at, Delivery.retried_at, Delivery.authentication),
)

# What a message may be to blame for, not the database.
_UNFIT = (peewee.IntegrityError, peewee.DataError, ValueError, OverflowError)

# Date and size are unknown while the server did not hand the message out. Octets that were kept before still are, be
# KEEP_SOURCE what it may now.
_COUNT_AGAIN = """
ON CONFLICT (epoch_id, uid) DO UPDATE SET
    internal_date = EXCLUDED.internal_date,
    size = EXCLUDED.size,
    source_sha256 = EXCLUDED.source_sha256,
    attempts = delivery.attempts + 1,
    source_kept = EXCLUDED.source_kept OR (delivery.source_kept AND delivery.source_sha256 = EXCLUDED.source_sha256)
"""


@Composed
def _known(epoch: int, uids: Values) -> Query:
    """Messages whose octets were seen."""
    columns = (Delivery.uid, Delivery.internal_date, Delivery.size, Delivery.source_sha256)
    seen = Delivery.source_sha256.is_null(is_null=False)
    return Delivery.select(*columns).where(Delivery.epoch == epoch, Delivery.uid << uids, seen)


@Composed
def _poisonous(sha256s: Values) -> Query:
    """Sources that have already killed a worker too often."""
    return Delivery.select(Delivery.source_sha256).where(
        Delivery.source_sha256 << sha256s, Delivery.reason == Reason.POISON.slug
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What is known of a message that an attempt is made at, the one that `attempts` counts last.

    `may_wait`: a temporary error may defer it still. `is_new`: it was never judged. `standing`: what proved the
    author's right when it was.
    """

    is_new: bool
    attempts: int
    poison: bool
    may_wait: bool
    standing: Authentication | None


class Rebuilt(Transient):
    """A UID means another message than it did: the mailbox was rebuilt. The text says what showed it."""


@database_errors()
def is_known(identity: str) -> bool:
    """Whether a message of this content was ever decided about, in whatever mailbox or epoch; held mail was not."""
    decided = Delivery.outcome.is_null(is_null=False) & (Delivery.outcome != Outcome.HELD)
    return Delivery.select().where(Delivery.identity == identity, decided).exists()


class Ledger(Deliveries):
    """The deliveries of one epoch, written by the worker that holds the lease. `kinds` by the organization's key.

    `defer_max_age` is how long after its first attempt a message may be deferred. `attempts` outlive the epoch.
    """

    def __init__(
        self,
        epoch: Epoch,
        lease: Lease,
        kinds: Mapping[str, Kind],
        *,
        defer_max_age: timedelta,
        attempts: Attempts | None = None,
    ) -> None:
        super().__init__(epoch, lease)
        self._kinds = kinds
        self._defer_max_age = defer_max_age
        self._attempts = attempts or Attempts(lease)

    def begin(
        self, batch: Sequence[tuple[Fetched, str]], now: datetime, *, sources_kept: bool = False
    ) -> dict[int, Begun]:
        """Counts an attempt for each message, before anything looks into it -> what is known of each, by UID.

        `sources_kept`: the octets are in the file store. Raises Rebuilt when a UID means another message than it did.
        """
        begun: dict[int, Begun] = {}
        try:
            with self.lease.transaction():
                self._prove_same(batch)
                begun = self._count(batch, now, sources_kept=sources_kept)
        except (Transient, ConfigurationError):
            self.give_back(begun)  # it may have been committed all the same: only the answer is missing
            raise
        return begun

    def give_back(self, begun: Mapping[int, Begun]) -> None:
        """The infrastructure failed, not the messages: the attempts do not count, as soon as that can be recorded."""
        self._attempts.give_back(self.epoch.id, {uid: one.attempts for uid, one in begun.items()})

    def commit(self, batch: Iterable[Judged], now: datetime) -> list[Decided]:
        """THE transaction: activities, participants, files, links, outcomes and outbox rows of the batch, or nothing.

        A message that the database cannot take is left undecided, and the others are not.
        """
        refused: list[tuple[MessageRef, Exception]] = []
        with self.lease.transaction():
            decided = self._decide(list(batch), now, refused)
        # Outside the transaction: whoever reads the log may be slow.
        for ref, why in refused:
            events.counted("failed")
            _log.error("%s: cannot be stored; it is tried again", ref, exc_info=why, extra=events.noted("failed", ref))
        return decided

    def _prove_same(self, batch: Sequence[tuple[Fetched, str]]) -> None:
        """RFC822.SIZE is a hint: where it alone is another, the octets tell."""
        by_uid = {fetched.ref.uid: (fetched, sha256) for fetched, sha256 in batch}
        for uid, internal_date, size, known_sha256 in _known.rows(self.epoch.id, list(by_uid)):
            fetched, sha256 = by_uid[uid]
            if internal_date != fetched.internal_date or (size != fetched.size and known_sha256 != sha256):
                raise Rebuilt(f"UID {uid} is another message than it was")

    def _count(self, batch: Sequence[tuple[Fetched, str]], now: datetime, *, sources_kept: bool) -> dict[int, Begun]:
        rows = [self._row(fetched, sha256, now, sources_kept=sources_kept) for fetched, sha256 in batch]
        counted = insert_returning(Delivery, rows, _FOUND, _COUNT_AGAIN)
        poisonous = {sha256 for (sha256,) in _poisonous.rows({sha256 for _, sha256 in batch})}
        return {
            uid: Begun(
                is_new=identity is None and retried_at is None,
                attempts=attempts,
                # Whoever asks for it again wants it tried, whatever it did before.
                poison=attempts > MAX_ATTEMPTS or (sha256 in poisonous and retried_at is None),
                may_wait=may_wait(retried_at or seen_at, now, self._defer_max_age),
                standing=from_evidence(evidence) if evidence else None,
            )
            for uid, identity, sha256, attempts, seen_at, retried_at, evidence in counted
        }

    def _row(self, fetched: Fetched, sha256: str, now: datetime, *, sources_kept: bool) -> dict[str, object]:
        return {
            "epoch": self.epoch.id,
            "uid": fetched.ref.uid,
            "internal_date": fetched.internal_date,
            "size": fetched.size,
            "source_sha256": sha256,
            "source_kept": sources_kept and not fetched.oversized,  # of that one there is only a header
            "attempts": 1,
            "seen_at": now,
        }

    def _decide(
        self, batch: Sequence[Judged], now: datetime, refused: list[tuple[MessageRef, Exception]]
    ) -> list[Decided]:
        """All at once; where the database cannot take that, one by one, and those that it cannot take are `refused`."""
        try:
            with database.atomic():
                return self._decide_all(batch, now)
        except _UNFIT as error:
            if len(batch) > 1:
                return [decided for judged in batch for decided in self._decide([judged], now, refused)]
            refused.append((batch[0].fetched.ref, error))
            return []

    def _decide_all(self, batch: Sequence[Judged], now: datetime) -> list[Decided]:
        filed = self._file(batch, now)
        known = undecided(self.epoch.id, [judged.fetched.ref.uid for judged in batch])
        all_concluded = [self._conclude(known[one.fetched.ref.uid], one, filed, now) for one in batch]
        update_all(Delivery, ((one.id, one.changes) for one in all_concluded))
        return [one.decided for one in all_concluded]

    def _file(self, batch: Sequence[Judged], now: datetime) -> dict[int, Filed]:
        """What each of those with a draft came to, by UID."""
        filings = {
            judged.fetched.ref.uid: Filing(
                draft=judged.draft, kind=self._kind_of(judged), source_sha256=judged.source_sha256
            )
            for judged in batch
            if judged.draft
        }
        return dict(zip(filings, file_all(list(filings.values()), now), strict=True))

    def _conclude(self, one: Undecided, judged: Judged, all_filed: Mapping[int, Filed], now: datetime) -> _Concluded:
        """What the message came to, and what that changes of its delivery."""
        filed = all_filed.get(one.uid)
        outcome = filed.outcome if filed else judged.decision.outcome
        details = (judged.decision.detail, filed.note if filed else None)
        description = self._described(judged)
        told = _tell(one, judged, outcome, description, now)
        decided = Decided(
            id=one.id,
            ref=judged.fetched.ref,
            outcome=outcome,
            reason=judged.decision.reason,
            detail="; ".join(detail for detail in details if detail) or None,
            activity_id=filed.activity_id if filed else None,
            next_attempt_at=next_attempt(one.first_attempt_at, now, self._defer_max_age)
            if outcome is Outcome.DEFERRED
            else None,
            notice=told.notice,
            notices_halted=told.halted,
        )
        changes = {**description, **concluded(one, judged, decided, now)}
        return _Concluded(id=one.id, decided=decided, changes=changes)

    def _described(self, judged: Judged) -> Row:
        if judged.screened is None:
            return {}
        organization = judged.screened.route.addressee
        return described(judged.screened, self._kinds[organization.key].organization_id if organization else None)

    def _kind_of(self, judged: Judged) -> Kind:
        organization = judged.screened.route.organization if judged.screened else None
        if organization is None:
            raise ValueError("a message without an organization cannot be filed")
        return self._kinds[organization.key]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Concluded:
    """What a message came to, and what that changes in the row of its delivery."""

    id: int
    decided: Decided
    changes: Row


def _tell(one: Undecided, judged: Judged, outcome: Outcome, description: Row, now: datetime) -> Written:
    if outcome in STAYING:
        return Written(notice=one.notice, halted=False)
    refused = Refused(id=one.id, organization_id=description.get("organization"), identity=description.get("identity"))
    write = rewrite_notices if one.retried_at else write_notices
    return write(refused, judged.notices, now)
