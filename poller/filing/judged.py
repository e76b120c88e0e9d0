"""A message on its way out of the pure stages: what was found, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass

from poller.filing.activity import Draft
from poller.filing.decide import Decision
from poller.filing.rules import Evidence, Screened
from poller.filing.settlement import WantedNotice
from poller.mail.message import Fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An outbox row to be; `suppressed_by` names the rule that forbids to send it."""

    wanted: WantedNotice
    suppressed_by: str | None


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
