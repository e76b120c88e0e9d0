"""Outcome -> what happens to the message in the mailbox, decision -> which notices its sender may get."""

from __future__ import annotations

from dataclasses import dataclass

from poller.filing.decide import Decision
from poller.filing.destination import MAX_NAMED
from poller.filing.match import Gate
from poller.filing.reasons import Outcome, Reason
from poller.filing.rules import Evidence
from poller.settings.model import Folders, RejectAction


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedNotice:
    """A refusal that the sender would be told of where that is safe; `address` is the filing address it is about."""

    reason: Reason
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRules:
    reject_action: RejectAction
    notify_no_user: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    r"""Where the message is moved, whether it is \Flagged for people, and the keyword where it cannot be moved."""

    folder: str
    flagged: bool
    keyword: str


def settlement_of(outcome: Outcome, folders: Folders) -> Settlement | None:
    """None: the message stays in the inbox as it is."""
    match outcome:
        case Outcome.FILED | Outcome.DUPLICATE:
            return Settlement(folder=folders.filed, flagged=False, keyword="$MailfilerFiled")
        case Outcome.REJECTED:
            return Settlement(folder=folders.rejected, flagged=True, keyword="$MailfilerRejected")
        case Outcome.QUARANTINED:
            return Settlement(folder=folders.quarantine, flagged=True, keyword="$MailfilerQuarantined")
        case Outcome.REVIEW:
            return Settlement(folder=folders.review, flagged=True, keyword="$MailfilerReview")
        case Outcome.IGNORED:
            return Settlement(folder=folders.ignored, flagged=False, keyword="$MailfilerIgnored")
        case Outcome.DEFERRED | Outcome.HELD:
            return None


def wanted_notices(decision: Decision, evidence: Evidence, rules: NoticeRules) -> tuple[WantedNotice, ...]:
    """Invalid addresses are named one by one; other refusals concern the message, and so its best-evidenced address.

    That one is valid: who is told to send the message again is told where to.
    """
    if rules.reject_action is RejectAction.FLAG or decision.reason is None:
        return ()
    if decision.reason in {Reason.RECIPIENT_INVALID, Reason.RETIRED_ADDRESS}:
        named = evidence.destination.refused[:MAX_NAMED]
        return tuple(WantedNotice(reason=one.reason, address=one.address) for one in named)
    author_is_user = evidence.match.gate is Gate.AUTHOR
    told = {
        Reason.NO_SUBJECT: author_is_user,
        Reason.MESSAGE_TOO_LARGE: author_is_user,
        Reason.NO_USER: rules.notify_no_user,
    }
    if not told.get(decision.reason, False):
        return ()
    invalid = {one.address for one in evidence.destination.refused}
    addresses = (routed.target.address for routed in evidence.screened.route.targets)
    return (WantedNotice(reason=decision.reason, address=next(one for one in addresses if one not in invalid)),)
