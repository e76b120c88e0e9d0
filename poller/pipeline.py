"""A batch of messages through the stages: what each is, where it goes, who it concerns, and the verdict."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from poller import events
from poller.authentication.authenticate import authenticate
from poller.authentication.content import BodyHashes
from poller.authentication.dns import Resolver
from poller.authentication.gather import Submission
from poller.authentication.verdict import Authentication
from poller.errors import ConfigurationError, Transient
from poller.filing.activity import Limits, draft_activity
from poller.filing.decide import Decision, decide
from poller.filing.destination import find_destination
from poller.filing.first_look import FirstLook, Looking, Unread
from poller.filing.judged import Judged, Notice
from poller.filing.match import MatchRules, keys_of, match_people
from poller.filing.reasons import Outcome, Reason
from poller.filing.route import Route
from poller.filing.rules import Evidence, Screened
from poller.mail.message import Fetched, Mailbox, Role
from poller.mail.unpacked import Expander
from poller.notices.drafting import Drafter
from poller.notices.texts import load_texts
from poller.proving import Proving
from poller.settings import Settings
from poller.storage.directory import Asked, Found, look_up, open_projects
from poller.storage.ledger import is_known
from poller.telling import tell_authenticated, tell_decided, tell_matched, tell_read

_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message to be judged. `may_wait`: a temporary error may defer it still.

    `hold_before`: where it is unknown and older than that it is held, because its mailbox was rebuilt. `standing` is
    what proved the author's right when it was judged before: it stands, and the DNS is not asked again.
    """

    fetched: Fetched
    source_sha256: str
    hold_before: datetime | None
    may_wait: bool
    standing: Authentication | None = None

    @property
    def unread(self) -> Unread:
        return Unread(source=self.fetched.source, size=self.fetched.size, oversized=self.fetched.oversized)


LookInto = Callable[[Sequence[Incoming]], None]
"""Called before a message is looked into, or several at once: whatever ends the worker then may be theirs."""


def _unseen(_batch: Sequence[Incoming]) -> None:
    """Nobody wants to know."""


def _each(batch: Sequence[Incoming], look_into: LookInto) -> Iterator[Incoming]:
    for one in batch:
        look_into([one])
        yield one


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The stages with what they need to know. `organization_ids` by the organization's key.

    `now` is what the age of a message is measured by. Without an `expander` winmail.dat and calendars are files, and
    no more.
    """

    settings: Settings
    organization_ids: Mapping[str, int]
    proving: Proving
    drafter: Drafter
    now: Callable[[], datetime]
    expander: Expander | None = None

    def judge_all(
        self,
        batch: Sequence[Incoming],
        look_into: LookInto = _unseen,
        looks: Iterable[FirstLook | None] | None = None,
    ) -> list[Judged | None]:
        """Gathers, decides, drafts; stores nothing. None for a message that our own code failed on.

        `looks` is what somebody else saw in each message; else it is looked into here.
        """
        seen = self.look_all(batch, look_into) if looks is None else looks
        opened = [_guarded(self._open, one, look) for one, look in zip(batch, seen, strict=True)]
        look_into([one for one, known in zip(batch, opened, strict=True) if known and not known.decision])
        with events.timed("authenticate"):
            proven = self._prove_all(batch, opened)
        with events.timed("decide"):
            found = self._look_up(opened)
            return [
                _guarded(self._conclude, one, known, authentication, found)
                for one, known, authentication in zip(_each(batch, look_into), opened, proven, strict=True)
            ]

    def look_all(self, batch: Sequence[Incoming], look_into: LookInto) -> list[FirstLook | None]:
        """None for a message that our own code failed on."""
        with events.timed("read"):
            return [_guarded(self._look, one) for one in _each(batch, look_into)]

    def _look(self, incoming: Incoming) -> FirstLook:
        return self.looking.look(incoming.unread)

    def _open(self, incoming: Incoming, look: FirstLook | None) -> _Opened | None:
        """What needs no DNS, and of people only whom to ask for."""
        if look is None:
            return None
        tell_read(incoming.fetched.ref, look)
        return _Opened(
            screened=look.screened,
            decision=_held(look.screened, incoming) or look.decision,
            named=look.named,
            body=look.body,
            asked=self._asked(look.screened.route, look.named),
        )

    def _prove_all(self, batch: Sequence[Incoming], opened: Sequence[_Opened | None]) -> list[Authentication | None]:
        """None where it was not asked for, or our own code failed."""
        proven = [incoming.standing for incoming in batch]
        judges = {
            at: partial(self._authenticate, batch[at], known)
            for at, known in enumerate(opened)
            if known and not known.decision and not proven[at]
        }
        for at, answer in zip(judges, self.proving.prove_all(list(judges.values())), strict=True):
            if isinstance(answer, Exception):
                _tell_bug(batch[at], answer)
            else:
                proven[at] = answer
        return proven

    def _authenticate(self, incoming: Incoming, opened: _Opened, resolver: Resolver) -> Authentication:
        submission = Submission(
            message=opened.screened.message,
            source=opened.body,
            trace=opened.screened.trace,
            arrived=incoming.fetched.internal_date,
        )
        return authenticate(submission, self.settings.auth, resolver)

    def _conclude(
        self,
        incoming: Incoming,
        opened: _Opened | None,
        authentication: Authentication | None,
        found: Mapping[int, Found],
    ) -> Judged | None:
        if opened is None:
            return None
        if opened.decision:
            tell_decided(incoming.fetched.ref, opened.decision)
            return Judged(
                fetched=incoming.fetched,
                source_sha256=incoming.source_sha256,
                screened=opened.screened,
                decision=opened.decision,
            )
        if authentication is None:
            return None
        tell_authenticated(incoming.fetched.ref, authentication, standing=incoming.standing is not None)
        evidence = self._gather(opened, authentication, found)
        tell_matched(incoming.fetched.ref, evidence)
        decision = decide(evidence, may_wait=incoming.may_wait)
        tell_decided(incoming.fetched.ref, decision)
        filed = decision.outcome is Outcome.FILED
        return Judged(
            fetched=incoming.fetched,
            source_sha256=incoming.source_sha256,
            screened=opened.screened,
            evidence=evidence,
            decision=decision,
            draft=draft_activity(evidence, incoming.fetched, self._limits) if filed else None,
            notices=self._notices(decision, evidence, incoming.fetched),
        )

    def _look_up(self, opened: Iterable[_Opened | None]) -> Mapping[int, Found]:
        """What the directory knows of all of them; empty where a message keeps that from being asked."""
        try:
            return look_up(one.asked for one in opened if one and not one.decision)
        except (Transient, ConfigurationError):
            raise
        except Exception:  # noqa: BLE001 - whatever a bug raises
            _log.exception("the directory could not be asked for a batch; it is asked for each message")
            return {}

    def _asked(self, route: Route, named: Sequence[tuple[Role, Mailbox]]) -> Asked:
        return Asked(
            organization_id=self.organization_ids[route.organization.key] if route.organization else 0,
            keys=keys_of(named),
            numbers={routed.target.number for routed in route.targets if routed.target.number},
        )

    def _gather(self, opened: _Opened, authentication: Authentication, found: Mapping[int, Found]) -> Evidence:
        """Where it goes, and whom it concerns."""
        settings, screened = self.settings, opened.screened
        answer = (found or look_up([opened.asked]))[opened.asked.organization_id]
        rules = MatchRules(
            require_user_author=settings.require_user_author, match_author_contact=settings.match_author_contact
        )
        return Evidence(
            screened=screened,
            authentication=authentication,
            destination=find_destination(screened.route.targets, answer.projects, settings.unknown_project),
            match=match_people(opened.named, answer.people, rules),
        )

    def _notices(self, decision: Decision, evidence: Evidence, fetched: Fetched) -> tuple[Notice, ...]:
        organization = evidence.screened.route.organization
        whose = self.organization_ids[organization.key] if organization else 0
        return self.drafter.draft(decision, evidence, fetched, self.now(), partial(open_projects, whose))

    @property
    def looking(self) -> Looking:
        """What whoever looks into messages has to know."""
        return Looking(auth=self.settings.auth, routing=self.settings.routing, expander=self.expander)

    @property
    def _limits(self) -> Limits:
        return Limits(
            max_attachment_size=self.settings.max_attachment_size, max_participants=self.settings.max_participants
        )


def drafter_of(settings: Settings, key: bytes) -> Drafter:
    """Raises ConfigurationError where a text of the company's own cannot be used."""
    return Drafter(
        settings=settings.notices,
        routing=settings.routing,
        limit=settings.max_message_size,
        texts=load_texts(settings.notices.templates),
        key=key,
    )


def poisoned(fetched: Fetched, source_sha256: str) -> Judged:
    """A message at which the worker keeps failing: nothing looks into it any more."""
    detail = "processing this message failed, or ended the worker, three times"
    decision = Decision(outcome=Reason.POISON.outcome, reason=Reason.POISON, hits=(Reason.POISON,), detail=detail)
    return Judged(fetched=fetched, source_sha256=source_sha256, decision=decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A message that was read, and the decision where that was enough for one; else whom it names and what it asks."""

    screened: Screened
    decision: Decision | None
    named: Sequence[tuple[Role, Mailbox]]
    body: BodyHashes | None
    asked: Asked


def _guarded(stage: Callable[..., T], incoming: Incoming, *known: object) -> T | None:
    """A bug fails the message it shows itself in, and no other. What cannot be reached now is not the message's."""
    try:
        return stage(incoming, *known)
    except (Transient, ConfigurationError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a bug raises
        _tell_bug(incoming, error)
        return None


def _tell_bug(incoming: Incoming, error: Exception) -> None:
    """The attempt stays counted, so that the message is quarantined rather than tried for ever."""
    ref = incoming.fetched.ref
    events.counted("failed")
    _log.error("%s: could not be judged; it is tried again", ref, exc_info=error, extra=events.noted("failed", ref))


def _held(screened: Screened, incoming: Incoming) -> Decision | None:
    hold_before = incoming.hold_before
    is_recent = hold_before is None or incoming.fetched.internal_date >= hold_before
    if is_recent or is_known(screened.message.identity):
        return None
    detail = "the mailbox was rebuilt, and this message is older than that and was never seen before"
    return Decision(outcome=Outcome.HELD, reason=None, hits=(), detail=detail)
