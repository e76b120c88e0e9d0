"""One message through the stages: what it is, where it goes, who it concerns, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from poller.authentication.trace import read_trace
from poller.authentication.verdict import authenticate
from poller.filing.activity import Limits, draft_activity
from poller.filing.decide import Decision, decide, screen
from poller.filing.destination import find_destination
from poller.filing.judged import Judged, Notice
from poller.filing.match import MatchRules, correspondents_of, keys_of, match_people
from poller.filing.reasons import Outcome, Reason
from poller.filing.route import find_route
from poller.filing.rules import Evidence, Screened
from poller.filing.settlement import NoticeRules, wanted_notices
from poller.mail.message import Fetched
from poller.mail.reader import read_message
from poller.notices.suppression import suppressed_by
from poller.settings import Settings
from poller.storage.directory import find_people, find_projects
from poller.storage.ledger import is_known


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The stages with what they need to know. `organization_ids` by the organization's key."""

    settings: Settings
    organization_ids: Mapping[str, int]

    def judge(self, fetched: Fetched, source_sha256: str, hold_before: datetime | None) -> Judged:
        """Gathers, decides, drafts; stores nothing.

        `hold_before`: unknown mail that is older is held, because its mailbox was rebuilt.
        """
        settings = self.settings
        message = read_message(fetched.source, oversized=fetched.oversized, size=fetched.size)
        trace = read_trace(message.header, settings.auth)
        route = find_route(message.header, trace, settings.routing)
        screened = Screened(message=message, route=route, oversized=fetched.oversized)
        decision = _held(screened, fetched, hold_before) or screen(screened)
        if decision:
            return Judged(
                fetched=fetched,
                source_sha256=source_sha256,
                screened=screened,
                decision=decision,
                draft=None,
                notices=(),
            )
        evidence = self._gather(screened)
        decision = decide(evidence)
        filed = decision.outcome is Outcome.FILED
        return Judged(
            fetched=fetched,
            source_sha256=source_sha256,
            screened=screened,
            decision=decision,
            draft=draft_activity(evidence, fetched, self._limits) if filed else None,
            notices=self._notices(decision, evidence),
        )

    def _gather(self, screened: Screened) -> Evidence:
        """Who may have sent it, where it goes, and whom it concerns."""
        settings, message, route = self.settings, screened.message, screened.route
        organization = self.organization_ids[route.organization.key] if route.organization else 0
        numbers = {routed.target.number for routed in route.targets if routed.target.number}
        named = correspondents_of(message, route, settings.routing)
        rules = MatchRules(
            require_user_author=settings.require_user_author, match_author_contact=settings.match_author_contact
        )
        return Evidence(
            screened=screened,
            authentication=authenticate(),
            destination=find_destination(route.targets, find_projects(organization, numbers), settings.unknown_project),
            match=match_people(named, find_people(organization, keys_of(named)), rules),
        )

    def _notices(self, decision: Decision, evidence: Evidence) -> tuple[Notice, ...]:
        settings = self.settings
        rules = NoticeRules(reject_action=settings.reject_action, notify_no_user=settings.notify_no_user)
        rule = suppressed_by(evidence.authentication)
        return tuple(Notice(wanted=wanted, suppressed_by=rule) for wanted in wanted_notices(decision, evidence, rules))

    @property
    def _limits(self) -> Limits:
        return Limits(
            max_attachment_size=self.settings.max_attachment_size, max_participants=self.settings.max_participants
        )


def poisoned(fetched: Fetched, source_sha256: str) -> Judged:
    """A message at which the worker keeps failing: nothing looks into it any more."""
    detail = "processing this message failed, or ended the worker, three times"
    decision = Decision(outcome=Reason.POISON.outcome, reason=Reason.POISON, hits=(Reason.POISON,), detail=detail)
    return Judged(
        fetched=fetched, source_sha256=source_sha256, screened=None, decision=decision, draft=None, notices=()
    )


def _held(screened: Screened, fetched: Fetched, hold_before: datetime | None) -> Decision | None:
    is_recent = hold_before is None or fetched.internal_date >= hold_before
    if is_recent or is_known(screened.message.identity):
        return None
    detail = "the mailbox was rebuilt, and this message is older than that and was never seen before"
    return Decision(outcome=Outcome.HELD, reason=None, hits=(), detail=detail)
