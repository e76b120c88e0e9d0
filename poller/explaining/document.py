"""A judged message and where it was found -> the document that `explain` shows. Every key is always there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TypeVar

from poller.explaining.inheritance import inheritance_document
from poller.explaining.journey import field_label, trace_document, why_trusted
from poller.explaining.people import people_document
from poller.explaining.proof import authentication_document
from poller.filing.activity import Draft
from poller.filing.decide import Decision
from poller.filing.destination import Destination
from poller.filing.inheriting import Inheritance
from poller.filing.judged import NOTHING_SPENT, Judged, Notice
from poller.filing.participants import Correspondent
from poller.filing.reasons import Outcome, Reason
from poller.filing.route import Route, Routed
from poller.filing.rules import DECIDING, SCREENING, Evidence, Screened, automatic_field
from poller.filing.settlement import settlement_of
from poller.mail.header import unfolded
from poller.mail.message import Header, Message
from poller.notices.suppression import RULES
from poller.settings import Settings, Settle
from poller.storage.documents import Document, rfc3339

T = TypeVar("T")
_MAX_OCTETS = 500  # of a field that is shown as it is
_MAX_FIELDS = 500  # of one name


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a message was found, and what is known of it besides what stands in it.

    `kind` is "file", "kept" (what the store kept of it) or "mailbox", `dated_by` what tells when it arrived:
    "received", "file" or "internaldate". `before` is what the ledger says of it, `copy_of` the activity that its
    content was filed as; where that is another message's, `outcome` and `note` say what this copy comes to.
    `inheritance` is what it takes, or took when it was filed, from the activity that it answers.
    """

    kind: str
    name: str
    dated_by: str
    notes: tuple[str, ...] = ()
    before: Document | None = None
    copy_of: int | None = None
    outcome: Outcome | None = None
    note: str | None = None
    correspondents: tuple[Correspondent, ...] = ()
    inheritance: Inheritance | None = None


def explanation_of(judged: Judged, screened: Screened, settings: Settings, found: Found) -> Document:
    """Positions of header fields are counted from 1, as a person does."""
    evidence, route = judged.evidence, screened.route
    return {
        **_decided(judged.decision, settings, found),
        "notes": list(found.notes),
        "before": found.before,
        "source": _source(judged, found),
        "message": _message(screened.message),
        "ignored_by": _ignored_by(screened.message.header),
        **_organization(route),
        "recipients": [_recipient(one, screened, evidence) for one in route.targets],
        "delivered": _delivered(route),
        "projects": _projects(evidence.destination) if evidence else [],
        "unknown_projects": list(evidence.destination.unknown) if evidence else [],
        "inheritance": inheritance_document(judged.draft, found.inheritance, is_filed=found.copy_of is not None)
        if judged.draft
        else None,
        "warnings": _warnings(judged.draft, found.inheritance) if judged.draft else [],
        "left_out": [{"name": one.name, "size": one.size} for one in judged.draft.left_out] if judged.draft else [],
        "trace": trace_document(screened.message.header, screened.trace, settings.auth),
        "authentication": authentication_document(evidence.authentication, settings.auth) if evidence else None,
        "people": people_document(
            evidence.match, found.correspondents, require_user_author=settings.require_user_author
        )
        if evidence
        else None,
        "notices": [_notice(notice) for notice in judged.notices],
        "rules": [*_rules(SCREENING, screened), *_rules(DECIDING, evidence)],
    }


def _warnings(draft: Draft, inheritance: Inheritance | None) -> list[str]:
    return [*draft.warnings, *(inheritance.warnings if inheritance else ())]


def _decided(decision: Decision, settings: Settings, found: Found) -> Document:
    """What would become of the message, and why."""
    outcome = found.outcome or decision.outcome
    settlement = settlement_of(outcome, settings.folders)
    moving = settings.settle is Settle.MOVE
    return {
        "outcome": outcome,
        "reason": decision.reason.slug if decision.reason else None,
        "reasons": list(_reasons(decision)),
        "detail": "; ".join(filter(None, (decision.detail, found.note))) or None,
        "activity": found.copy_of,
        "copy": found.note,
        "folder": settlement.folder if settlement and moving else None,
        "flagged": settlement is not None and settlement.flagged,
        "keyword": settlement.keyword if settlement and not moving else None,
    }


def _notice(notice: Notice) -> Document:
    """As if nothing had been sent lately: the budgets are the outbox's own."""
    rule = notice.suppressed_by(NOTHING_SPENT)
    return {
        "address": notice.wanted.address,
        "reason": notice.wanted.reason.slug,
        "recipient": notice.recipient,
        "suppressed_by": rule,
        "why": next((why for name, _, why in RULES if name == rule), None),
    }


def _reasons(decision: Decision) -> Iterator[Document]:
    """Every reason that hit, the deciding one first, each with its own words."""
    others = (one for one in decision.hits if one is not decision.reason)
    for reason in (decision.reason, *others) if decision.reason else ():
        yield {"reason": reason.slug, "why": decision.sentences.get(reason, decision.detail)}


def _organization(route: Route) -> Document:
    """Whose message it is, if it is anybody's, and what its activities are."""
    found = route.addressee
    return {
        "organization": found and found.filing_address.prefix,
        "type": found and found.activity_type,
        "status": found and found.activity_status,
    }


def _source(judged: Judged, found: Found) -> Document:
    return {
        "kind": found.kind,
        "name": found.name,
        "sha256": judged.source_sha256,
        "size": judged.fetched.size,
        "header_only": judged.fetched.oversized,
        "internal_date": rfc3339(judged.fetched.internal_date, "seconds"),
        "dated_by": found.dated_by,
    }


def _message(message: Message) -> Document:
    return {
        "author": message.author and {"name": message.author.name, "address": message.author.address},
        "from": [_raw(value) for value in message.header.all("from")[:_MAX_FIELDS]],
        "subject": message.subject,
        "date": message.date and rfc3339(message.date),
        "message_id": message.message_id,
        "identity": message.identity,
        "malformed": message.malformed,
        "defects": list(message.defects),
        "files": [
            {"name": one.name, "size": one.size, "sha256": one.sha256, "inline": one.inline}
            for one in message.attachments
        ],
    }


def _ignored_by(header: Header) -> Document | None:
    """The field that says that nobody wrote the message."""
    name = automatic_field(header)
    position = next((position for position, field in enumerate(header.fields) if field.name == name), None)
    if position is None:
        return None
    return {
        "header": field_label(header, position),
        "field": position + 1,
        "value": _raw(header.fields[position].value),
    }


def _raw(value: bytes) -> str:
    return unfolded(value[:_MAX_OCTETS]).decode(errors="replace").strip()


def _recipient(routed: Routed, screened: Screened, evidence: Evidence | None) -> Document:
    """Which project an address means, which field it was found in, and why it leads nowhere, if so."""
    target, found = routed.target, routed.provenance
    refused = evidence.destination.refused if evidence else ()
    return {
        "address": target.address,
        "number": target.number,
        "header": field_label(screened.message.header, found.position),
        "field": found.position + 1,
        "trusted": found.trusted,
        "trusted_why": why_trusted(screened.message.header, screened.trace, found.position),
        "refused": next(
            ({"reason": one.reason.slug, "why": one.detail} for one in refused if one.address == target.address), None
        ),
    }


def _delivered(route: Route) -> list[str]:
    """All addresses in RECIPIENT_HEADERS, those that are no filing addresses among them."""
    return list(dict.fromkeys(mailbox.address for mailbox in route.delivered))


def _projects(destination: Destination) -> list[Document]:
    return [
        {"number": one.number, "name": one.name, "state": one.state, "customer": one.customer and one.customer.name}
        for one in destination.projects
    ]


def _rules(rules: Collection[Callable[[T], Reason | None]], facts: T | None) -> Iterator[Document]:
    """Each rule in the order of deciding, and whether it holds; null where it was not asked."""
    for rule in rules:
        holds = None if facts is None else rule(facts) is not None
        yield {"rule": rule.__name__.replace("_", "-"), "holds": holds}
