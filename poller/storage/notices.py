"""The notices that a refusal wants -> rows of the outbox, in the refusal's own transaction."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import peewee

from models.notice import COUNTED
from models.notice import Notice as Row
from poller.authentication.suffixes import registrable
from poller.errors import ConfigurationError, Transient
from poller.filing.judged import Notice, Spent
from poller.mail.fields.address import key_of, subaddress_stripped
from poller.mail.fields.words import one_line
from poller.storage.outbox import notice_of, states_of

_log = logging.getLogger(__name__)

_NO_RECIPIENT: Final = "Q2"  # the rule that there must be an address to send it to
_BUDGET: Final = "Q17"  # the rule of budgets
_EXISTS: Final = "Q18"  # the rule that there is a row for this identity, reason and address already


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`notice` is what `messages` shows of the delivery. `halted`: what all notices may spend together is spent."""

    notice: str
    halted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The message that notices are of: its delivery, whose it is, and what it is."""

    id: int
    organization_id: int | None
    identity: str | None


def write_notices(refused: Refused, notices: Iterable[Notice], now: datetime) -> Written:
    """Inside the transaction. Never two rows for one identity, reason and address, whatever the number of copies."""
    written = [_write(refused, notice, now) for notice in notices]
    return Written(notice=notice_of(one.notice for one in written), halted=any(one.halted for one in written))


def rewrite_notices(refused: Refused, notices: Iterable[Notice], now: datetime) -> Written:
    """The same for a message that was judged before: what was to be told of that and has not left yet is withdrawn."""
    wanted = list(notices)
    pending = (Row.delivery == refused.id) & (Row.state == "pending")
    for row in list(Row.select(Row.id, Row.reason, Row.address_sha256).where(pending)):
        if not any(_is_of(one, row) for one in wanted):
            Row.delete().where(pending, Row.id == row.id).execute()
    written = write_notices(refused, wanted, now)
    states = states_of(refused.id)
    return Written(notice=notice_of(states) if states else written.notice, halted=written.halted)


def _is_of(notice: Notice, row: Row) -> bool:
    wanted = notice.wanted
    return (wanted.reason.slug, Row.hash_address(wanted.address)) == (row.reason, row.address_sha256)


def _write(refused: Refused, notice: Notice, now: datetime) -> Written:
    row = _row(refused, notice, now)
    spent = _spent(row, now)
    try:
        row.rule = notice.suppressed_by(spent) or (None if row.recipient_sha256 else _NO_RECIPIENT)
        halted = row.rule == _BUDGET and notice.suppressed_by(replace(spent, to_anybody=0)) != _BUDGET
        is_wanted = not row.rule and not spent.exists
        row.message = notice.compose() if is_wanted else None
        row.next_attempt_at = now if is_wanted else None
        row.state = "suppressed" if row.rule else "pending"
    except (Transient, ConfigurationError, peewee.PeeweeException):
        raise  # a text may name what the database knows
    except Exception:  # noqa: BLE001 - a bug in a rule or a text fails the notice, and keeps no mail from being filed
        _log.exception("the notice %s could not be written", notice.message_id)
        row.state, row.error, halted = "failed", "it could not be written", False
    is_new = not spent.exists and Row.insert(row.__data__).on_conflict_ignore().as_rowcount().execute()
    rule = row.rule if is_new else row.rule or _EXISTS
    return Written(notice=f"suppressed:{rule}" if rule else row.state, halted=halted)


def _row(refused: Refused, notice: Notice, now: datetime) -> Row:
    key = key_of(notice.recipient or "")
    return Row(
        delivery=refused.id,
        organization=refused.organization_id,
        identity=refused.identity,
        reason=notice.wanted.reason.slug,
        address=notice.wanted.address,
        address_sha256=Row.hash_address(notice.wanted.address),
        recipient=one_line(notice.recipient) if notice.recipient else None,
        recipient_sha256=Row.hash_address(subaddress_stripped(key)) if key else None,
        domain_sha256=Row.hash_address(_owned(key.rpartition("@")[2])) if key else None,
        message_id=notice.message_id,
        created_at=now,
        updated_at=now,
    )


def _owned(domain: str) -> str:
    """Whoever owns a domain has as many hosts in it as they like: they share one budget."""
    return registrable(domain) or domain


def _spent(row: Row, now: datetime) -> Spent:
    """What other rows have spent: a copy of the same message must find that it was told, not that it is too much."""
    same = (Row.identity == row.identity) & (Row.reason == row.reason) & (Row.address_sha256 == row.address_sha256)
    found = Row.select(Row.id).where(same).first()
    others = Row.select(peewee.fn.COUNT(Row.id)).where(COUNTED, Row.id != (found.id if found else 0))

    def count(hours: int, *conditions: Any) -> int:  # noqa: ANN401 - peewee's expressions
        return int(others.where(Row.created_at > now - timedelta(hours=hours), *conditions).scalar())

    to_recipient = Row.recipient_sha256 == (row.recipient_sha256 or "")
    alike = (Row.reason == row.reason) & (Row.address_sha256 == row.address_sha256)
    return Spent(
        alike=count(24, to_recipient, alike),
        to_recipient=count(2, to_recipient),
        to_domain=count(1, Row.domain_sha256 == (row.domain_sha256 or "")),
        to_anybody=count(1),
        exists=found is not None,
    )
