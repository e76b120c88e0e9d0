"""Evidence -> Decision: the verdict on a message. The only place that judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from poller.filing.destination import MAX_NAMED
from poller.filing.reasons import Outcome, Reason
from poller.filing.rules import DECIDING, SCREENING, Evidence, Screened
from poller.wording import many


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`reason` decided, `hits` are all that held; a filed message has one where some of its addresses lead nowhere.

    `detail` says in words what was wrong, for the administrator; `sentences` are its parts, by what they speak of.
    """

    outcome: Outcome
    reason: Reason | None
    hits: tuple[Reason, ...]
    detail: str | None
    sentences: Mapping[Reason, str] = field(default_factory=dict)


def screen(screened: Screened) -> Decision | None:
    """Settles what needs neither DNS nor people; None lets the message go on."""
    hits = tuple(reason for rule in SCREENING if (reason := rule(screened)))
    if not hits:
        return None
    sentences = _SENTENCES | {Reason.MALFORMED: (screened.message.malformed or "").rstrip(".")}
    detail = _in_words(hits, sentences)
    return Decision(outcome=hits[0].outcome, reason=hits[0], hits=hits, detail=detail, sentences=sentences)


def decide(evidence: Evidence, *, may_wait: bool) -> Decision:
    """Asks every rule; the first in their order that holds decides, unless a temporary error defers the message.

    `may_wait`: it may be deferred still. Then refusals wait too: whoever is told of one must be authenticated first.
    """
    hits = tuple(reason for rule in DECIDING if (reason := rule(evidence)))
    refused = {refused.reason for refused in evidence.destination.refused}
    sentences = _SENTENCES | _proof(evidence) | {reason: _refusals(evidence, reason) for reason in refused}
    if may_wait and _DEFERRING in hits:
        words = _in_words((_DEFERRING, *(hit for hit in hits if hit is not _DEFERRING)), sentences)
        return Decision(outcome=Outcome.DEFERRED, reason=_DEFERRING, hits=hits, detail=words, sentences=sentences)
    outcome = hits[0].outcome if hits else Outcome.FILED
    # What is filed all the same has the reasons of the addresses that lead nowhere.
    hits = hits or tuple(reason for reason in Reason if reason in refused)
    detail = _in_words(hits, sentences) if hits else None
    reason = hits[0] if hits else None
    return Decision(outcome=outcome, reason=reason, hits=hits, detail=detail, sentences=sentences)


_DEFERRING = Reason.AUTHENTICATION_UNAVAILABLE
_SENTENCES = {
    Reason.IGNORED: "an automatic reply, a report or a notice of our own",
    Reason.NO_FILING_ADDRESS: "no filing address in any header field; see RECIPIENT_HEADERS",
    Reason.MESSAGE_TOO_LARGE: "larger than MAX_MESSAGE_SIZE; only its header was read",
    Reason.NO_USER: "neither the author nor a recipient is a user who may file",
    Reason.NO_SUBJECT: "the subject is missing or blank",
}


def _in_words(hits: tuple[Reason, ...], sentences: Mapping[Reason, str]) -> str:
    """What decided, and what else was wrong."""
    first, *others = hits
    return "; ".join([sentences[first], *(f"also {reason.slug}: {sentences[reason]}" for reason in others)])


def _proof(evidence: Evidence) -> dict[Reason, str]:
    """What was missing, and how the author's domain can mend it, in authentication's own words."""
    reasons = (Reason.AUTHENTICATION_FAILED, Reason.AUTHENTICATION_UNAVAILABLE)
    return dict.fromkeys(reasons, evidence.authentication.why)


def _refusals(evidence: Evidence, reason: Reason) -> str:
    said = [refused.detail for refused in evidence.destination.refused if refused.reason is reason]
    more = [many(len(said) - MAX_NAMED, "more address", "more addresses")] if len(said) > MAX_NAMED else []
    return "; ".join([*said[:MAX_NAMED], *more])
