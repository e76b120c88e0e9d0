"""A message on its way out of the pure stages: what was found, and the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from poller.filing.activity import Draft
from poller.filing.decide import Decision
from poller.filing.rules import Evidence, Screened
from poller.filing.settlement import WantedNotice
from poller.mail.message import Fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Notices that the outbox has already, but for suppressed ones: what budgets are measured against.

    `alike` went to the same recipient for the same reason and address within 24 hours, `to_recipient` to it within two,
    `to_domain` and `to_anybody` within one. `exists`: there is a row for this identity, reason and address.
    """

    alike: int
    to_recipient: int
    to_domain: int
    to_anybody: int
    exists: bool


NOTHING_SPENT = Spent(alike=0, to_recipient=0, to_domain=0, to_anybody=0, exists=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An outbox row to be. `recipient` is the Return-Path, None where it is unknown or null.

    `suppressed_by` names the rule that forbids to send it, asked within the transaction; `compose` makes its octets.
    """

    wanted: WantedNotice
    recipient: str | None
    message_id: str
    suppressed_by: Callable[[Spent], str | None]
    compose: Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`screened` is None for poison, which is not read again; `evidence` where reading was enough to decide.

    `draft` is there when the message is to be filed.
    """

    fetched: Fetched
    source_sha256: str
    decision: Decision
    screened: Screened | None = None
    evidence: Evidence | None = None
    draft: Draft | None = None
    notices: tuple[Notice, ...] = ()
