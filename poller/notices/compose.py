"""Facts of a refusal -> the notice to its sender: what was wrong, with which address, and what to do."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from string import Template

from poller.filing.destination import Case
from poller.filing.facts import Project
from poller.filing.reasons import Reason
from poller.mail.fields.words import one_line
from poller.mail.header import unfolded
from poller.mail.message import Header
from poller.notices.fields import MAX_ADDRESS
from poller.notices.report import Report, render
from poller.notices.texts import FACTS, Texts, Wording
from poller.settings.model import FilingAddress, OrganizationSettings

MAX_SHOWN = 120
"""Characters of a stranger's words that are repeated in a sentence."""

_WRAPPER = textwrap.TextWrapper(72, break_long_words=False, break_on_hyphens=False)
_MANY_BREAKS = re.compile(r"\n{3,}")
_SAYS_A_NUMBER = re.compile(r"[^.+\s]+(?:\.[^.+\s]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """What a notice tells of. `author` is NOTICE_FROM, `recipient` the Return-Path, `message_id` of the notice itself.

    `case` says what is wrong where the reason is RECIPIENT_INVALID. `header`, `subject`, `size` (octets) and `arrived`
    are the refused message's; it was `filed` where another of its addresses was valid. `limit` is the largest size.
    `is_user`: the author was proven to be a user of the organization; nobody else is told of names, hence of
    `suggestion`, or of an address of the organization that was not in the message.
    """

    reason: Reason
    case: Case | None
    address: str
    organization: OrganizationSettings
    author: str
    recipient: str
    message_id: str
    hostname: str
    written: datetime
    arrived: datetime
    header: Header
    subject: str
    size: int
    limit: int
    filed: bool
    is_user: bool
    suggestion: Project | None
    texts: Texts


def compose(facts: NoticeFacts) -> bytes:
    """The octets to send: 7 bit, CRLF throughout."""
    wording = facts.texts[facts.organization.notice_language]
    values = _values(facts, wording)
    text = wording.texts[facts.reason.slug]
    original_id = facts.header.first("message-id")
    return render(
        Report(
            author=facts.author,
            recipient=facts.recipient,
            message_id=f"<{facts.message_id.strip('<>')}>",
            original_id=unfolded(original_id).decode("ascii", "replace").strip() if original_id else None,
            mark=facts.reason.slug,
            subject=text.subject.substitute(values),
            text=_laid_out(text.body, values),
            written=facts.written,
            hostname=facts.hostname,
            arrived=facts.arrived,
            address=facts.address,
            status=facts.reason.status or "5.0.0",
            diagnosis=f"{facts.reason.slug} ({facts.case})" if facts.case else facts.reason.slug,
            original=facts.header,
        )
    )


def _values(facts: NoticeFacts, wording: Wording) -> dict[str, str]:
    """What stands for each placeholder; phrases have some of their own."""
    known = _address_values(facts, wording) | _message_values(facts, wording)

    def phrase(key: str) -> str:
        return wording.phrases[key].substitute(known)

    return known | {
        "headline": phrase("headline-filed" if facts.filed else "headline-kept"),
        "outcome": phrase("outcome-filed" if facts.filed else "outcome-kept"),
        "summary": phrase(f"{facts.case}-summary") if facts.case else "",
        "problem": phrase(facts.case) if facts.case else "",
        "suggestion": phrase("suggestion") if known["suggested"] else "",
        "advice": phrase("advice" if known["filing_address"] else "advice-unnamed"),
    }


def _message_values(facts: NoticeFacts, wording: Wording) -> dict[str, str]:
    """The size is rounded up and the limit down, so that the two never look alike."""
    unit, octets = ("megabytes", 1 << 20) if facts.limit >= 1 << 20 else ("kilobytes", 1 << 10)
    return {
        "arrived": facts.arrived.astimezone(UTC).strftime(wording.phrases["arrived"].template),
        "limit": _amount(math.floor(facts.limit / octets * 10), unit, wording),
        "size": _amount(math.ceil(facts.size / octets * 10), unit, wording),
        "subject": _shown(facts.subject) or wording.phrases["no-subject"].template,
    }


def _address_values(facts: NoticeFacts, wording: Wording) -> dict[str, str]:
    """Those of the organization's own are empty where the message did not name it, and its author is a stranger."""
    own = facts.organization.filing_address
    domain = facts.address.rpartition("@")[2]
    number = _number_in(facts.address, (own, *facts.organization.retired))
    values = {"address": one_line(facts.address)[:MAX_ADDRESS], "domain": _shown(domain), "number": _shown(number)}
    if facts.case is Case.OTHER_PREFIX and not facts.is_user:
        return dict.fromkeys(FACTS, "") | values
    suggestion = facts.suggestion if facts.is_user else None
    any_number = wording.phrases["any-number"].template
    return values | {
        "example": f"{any_number}.{own}",
        "example_plus": f"{own.prefix}+{any_number}@{own.domain}",
        "filing_address": str(own),
        "instead": f"{number}.{own}" if number else str(own),
        "suggested": _shown(f"{suggestion.number} {suggestion.name}") if suggestion else "",
        "suggested_address": f"{suggestion.number}.{own}" if suggestion else "",
    }


def _number_in(address: str, prefixes: Iterable[FilingAddress]) -> str:
    """What stands in the place of a project number, "" where nothing does or what does could be none."""
    local, _, domain = address.rpartition("@")
    base, _, detail = local.partition("+")
    for one in sorted(prefixes, key=lambda one: len(one.prefix), reverse=True):
        if one.domain == domain and (base == one.prefix or base.endswith(f".{one.prefix}")):
            number = detail if base == one.prefix else base.removesuffix(f".{one.prefix}")
            return number if _SAYS_A_NUMBER.fullmatch(number) else ""
    return ""


def _amount(tenths: int, unit: str, wording: Wording) -> str:
    digits = f"{tenths / 10:.1f}".removesuffix(".0").replace(".", wording.phrases["decimal"].template)
    return f"{digits} {wording.phrases[unit].template}"


def _shown(words: str) -> str:
    line = one_line(words)
    return line if len(line) <= MAX_SHOWN else f"{line[:MAX_SHOWN]}..."


def _laid_out(body: Template, values: dict[str, str]) -> str:
    """Each line of the template is wrapped, but for those that start with a blank; empty phrases leave no gap."""
    lines = body.substitute(values).split("\n")
    wrapped = (line.rstrip() if line.startswith(" ") else _WRAPPER.fill(line) for line in lines)
    return _MANY_BREAKS.sub("\n\n", "\n".join(wrapped))
