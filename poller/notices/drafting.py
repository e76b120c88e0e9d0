"""A decision and its evidence -> the notices that its sender may get, each with its text and what forbids it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from poller.filing.decide import Decision
from poller.filing.destination import Case, Destination, Refused
from poller.filing.facts import Project
from poller.filing.judged import Notice
from poller.filing.match import Gate
from poller.filing.reasons import Outcome, Reason
from poller.filing.rules import Evidence
from poller.filing.settlement import NoticeRules, WantedNotice, wanted_notices
from poller.mail.address import a_labels
from poller.mail.message import Fetched
from poller.notices.compose import NoticeFacts, compose
from poller.notices.message_id import notice_id
from poller.notices.suggestion import suggest
from poller.notices.suppression import Asked, first_rule
from poller.notices.texts import Texts
from poller.settings.model import NoticeSettings, RoutingSettings

OpenProjects = Callable[[], Iterable[Project]]
"""The open projects of the message's organization; called only where one of them may be suggested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafter:
    """What all notices have in common. `limit` is MAX_MESSAGE_SIZE, `key` the one of their Message-IDs."""

    settings: NoticeSettings
    routing: RoutingSettings
    limit: int
    texts: Texts
    key: bytes

    def draft(
        self, decision: Decision, evidence: Evidence, fetched: Fetched, now: datetime, projects: OpenProjects
    ) -> tuple[Notice, ...]:
        """Nothing is composed yet: whether it may be sent is known only where it is stored."""
        rules = NoticeRules(reject_action=self.settings.reject_action, notify_no_user=self.settings.notify_no_user)
        return tuple(
            self._notice(wanted, decision, evidence, fetched, now, projects)
            for wanted in wanted_notices(decision, evidence, rules)
        )

    def _notice(
        self,
        wanted: WantedNotice,
        decision: Decision,
        evidence: Evidence,
        fetched: Fetched,
        now: datetime,
        projects: OpenProjects,
    ) -> Notice:
        screened = evidence.screened
        asked = Asked(
            message=screened.message,
            trace=screened.trace,
            authentication=evidence.authentication,
            arrived=fetched.internal_date,
            now=now,
            wanted=wanted,
            routing=self.routing,
            key=self.key,
        )
        identity = screened.message.identity
        message_id = notice_id(self.key, identity, wanted.reason.slug, wanted.address, self.settings.hostname)
        recipient = screened.trace.mail_from or None

        def composed() -> bytes:
            refused = _refused(wanted, evidence)
            is_user = evidence.match.gate is Gate.AUTHOR and not evidence.authentication.unverified
            return compose(
                NoticeFacts(
                    reason=wanted.reason,
                    case=refused.case if refused else None,
                    address=wanted.address,
                    organization=screened.route.organization or self.routing.organizations[0],
                    author=self.settings.author,
                    recipient=_in_ascii(recipient or ""),
                    message_id=message_id,
                    hostname=self.settings.hostname,
                    written=now,
                    arrived=fetched.internal_date,
                    header=screened.message.header,
                    subject=screened.message.subject,
                    size=fetched.size,
                    limit=self.limit,
                    filed=decision.outcome is Outcome.FILED,
                    is_user=is_user,
                    suggestion=_suggestion(refused, evidence.destination, projects) if is_user else None,
                    texts=self.texts,
                )
            )

        return Notice(
            wanted=wanted,
            recipient=recipient,
            message_id=message_id,
            suppressed_by=partial(first_rule, asked),
            compose=composed,
        )


def _in_ascii(address: str) -> str:
    """With its domain in A-labels, as the envelope has it (RFC 6531, 3.7.4)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{a_labels(domain) or domain}"


def _refused(wanted: WantedNotice, evidence: Evidence) -> Refused | None:
    """What was wrong with the address that the notice is about."""
    if wanted.reason is not Reason.RECIPIENT_INVALID:
        return None
    return next((one for one in evidence.destination.refused if one.address == wanted.address), None)


def _suggestion(refused: Refused | None, destination: Destination, projects: OpenProjects) -> Project | None:
    """Nobody meant a project that the message went to anyhow."""
    if refused is None or refused.case is not Case.UNKNOWN_PROJECT or refused.number is None:
        return None
    named = {project.id for project in destination.projects}
    return suggest(refused.number, (project for project in projects() if project.id not in named))
