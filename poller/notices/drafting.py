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
from poller.mail.fields.address import a_labels
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
        told = (
            _Refusal(wanted=wanted, decision=decision, evidence=evidence, fetched=fetched, now=now)
            for wanted in wanted_notices(decision, evidence, rules)
        )
        return tuple(self._notice(refusal, projects) for refusal in told)

    def _notice(self, refusal: _Refusal, projects: OpenProjects) -> Notice:
        wanted, identity = refusal.wanted, refusal.evidence.screened.message.identity
        message_id = notice_id(self.key, identity, wanted.reason.slug, wanted.address, self.settings.hostname)
        return Notice(
            wanted=wanted,
            recipient=refusal.recipient,
            message_id=message_id,
            suppressed_by=partial(first_rule, self._asked(refusal)),
            compose=lambda: compose(self._facts(refusal, message_id, projects)),
        )

    def _asked(self, refusal: _Refusal) -> Asked:
        """What the rules look at."""
        screened = refusal.evidence.screened
        return Asked(
            message=screened.message,
            trace=screened.trace,
            authentication=refusal.evidence.authentication,
            arrived=refusal.fetched.internal_date,
            now=refusal.now,
            wanted=refusal.wanted,
            routing=self.routing,
            key=self.key,
        )

    def _facts(self, refusal: _Refusal, message_id: str, projects: OpenProjects) -> NoticeFacts:
        """What the text tells of."""
        screened, wanted = refusal.evidence.screened, refusal.wanted
        refused = _refused(wanted, refusal.evidence)
        return NoticeFacts(
            reason=wanted.reason,
            case=_told(refused.case, is_user=refusal.is_of_user) if refused else None,
            address=wanted.address,
            organization=screened.route.organization or self.routing.organizations[0],
            author=self.settings.author,
            recipient=_in_ascii(refusal.recipient or ""),
            message_id=message_id,
            hostname=self.settings.hostname,
            written=refusal.now,
            arrived=refusal.fetched.internal_date,
            header=screened.message.header,
            subject=screened.message.subject,
            size=refusal.fetched.size,
            limit=self.limit,
            filed=refusal.decision.outcome is Outcome.FILED,
            is_user=refusal.is_of_user,
            suggestion=_suggestion(refused, refusal.evidence.destination, projects) if refusal.is_of_user else None,
            texts=self.texts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """One notice that is wanted, and the message that it is about."""

    wanted: WantedNotice
    decision: Decision
    evidence: Evidence
    fetched: Fetched
    now: datetime

    @property
    def recipient(self) -> str | None:
        return self.evidence.screened.trace.mail_from or None

    @property
    def is_of_user(self) -> bool:
        """Proven to be a user of the organization: nobody else is told of its projects."""
        return self.evidence.match.gate is Gate.AUTHOR and not self.evidence.authentication.unverified


def _in_ascii(address: str) -> str:
    """With its domain in A-labels, as the envelope has it (RFC 6531, 3.7.4)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{a_labels(domain) or domain}"


def _refused(wanted: WantedNotice, evidence: Evidence) -> Refused | None:
    """What was wrong with the address that the notice is about."""
    if wanted.reason is not Reason.RECIPIENT_INVALID:
        return None
    return next((one for one in evidence.destination.refused if one.address == wanted.address), None)


def _told(case: Case | None, *, is_user: bool) -> Case | None:
    """To strangers, every number that takes no mail is unknown: else they could find out which projects there are."""
    about_projects = {Case.AMBIGUOUS_PROJECT, Case.ARCHIVED_PROJECT}
    return Case.UNKNOWN_PROJECT if case in about_projects and not is_user else case


def _suggestion(refused: Refused | None, destination: Destination, projects: OpenProjects) -> Project | None:
    """Nobody meant a project that the message went to anyhow."""
    if refused is None or refused.case is not Case.UNKNOWN_PROJECT or refused.number is None:
        return None
    named = {project.id for project in destination.projects}
    return suggest(refused.number, (project for project in projects() if project.id not in named))
