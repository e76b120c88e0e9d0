"""Evidence -> Decision: the verdict on a message. The only place that judges."""

from __future__ import annotations

from dataclasses import dataclass

from poller.filing.reasons import Outcome, Reason
from poller.filing.rules import DECIDING, SCREENING, Evidence, Screened


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`reason` decided, `hits` are all that held; a filed message has one where some of its addresses lead nowhere.

    `detail` says in words what was wrong, for the administrator.
    """

    outcome: Outcome
    reason: Reason | None
    hits: tuple[Reason, ...]
    detail: str | None


def screen(screened: Screened) -> Decision | None:
    """Settles what needs neither DNS nor people; None lets the message go on."""
    hits = tuple(reason for rule in SCREENING if (reason := rule(screened)))
    if not hits:
        return None
    detail = screened.message.malformed if hits[0] is Reason.MALFORMED else _SENTENCES.get(hits[0])
    return Decision(outcome=hits[0].outcome, reason=hits[0], hits=hits, detail=detail)


def decide(evidence: Evidence) -> Decision:
    """Asks every rule; the first in their order that holds decides."""
    hits = tuple(reason for rule in DECIDING if (reason := rule(evidence)))
    if hits:
        return Decision(outcome=hits[0].outcome, reason=hits[0], hits=hits, detail=_detail(hits[0], evidence))
    refused = sorted({one.reason for one in evidence.destination.refused}, key=list(Reason).index)
    reason = refused[0] if refused else None
    detail = _refusals(evidence) if refused else None
    return Decision(outcome=Outcome.FILED, reason=reason, hits=tuple(refused), detail=detail)


_SENTENCES = {
    Reason.IGNORED: "an automatic reply, a report or a notice of our own",
    Reason.NO_FILING_ADDRESS: "no filing address in any header field; see RECIPIENT_HEADERS",
    Reason.MESSAGE_TOO_LARGE: "larger than MAX_MESSAGE_SIZE; only its header was read",
    Reason.AUTHENTICATION_FAILED: "nothing proves that the author may use the From address",
    Reason.NO_USER: "neither the author nor a recipient is a user who may file",
    Reason.NO_SUBJECT: "the subject is missing or blank",
}


def _detail(reason: Reason, evidence: Evidence) -> str | None:
    return _SENTENCES.get(reason) or _refusals(evidence)


def _refusals(evidence: Evidence) -> str:
    return "; ".join(refused.detail for refused in evidence.destination.refused)
