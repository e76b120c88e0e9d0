"""A wanted notice -> the rule that forbids to send it: an answer must reach whoever wrote, and never start a loop.

Better one notice too few than one too many: a refused message is flagged in its folder whether its sender is told or
not, but two machines that answer each other, or an answer to a forged sender, do harm (RFC 3834; RFC 5321, 6.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from poller.authentication.trace import Trace
from poller.authentication.verdict import Authentication
from poller.filing.judged import NOTHING_SPENT, Spent
from poller.filing.route import is_ours as is_our_address
from poller.filing.rules import NOTICE_MARK, automatic_reply_field
from poller.filing.settlement import WantedNotice
from poller.mail.fields.address import key_of
from poller.mail.fields.parameters import parse_parameters
from poller.mail.header import unfolded
from poller.mail.message import Message
from poller.notices.message_id import is_ours as is_our_id
from poller.notices.roles import is_role
from poller.notices.subjects import is_automatic
from poller.settings.model import RoutingSettings

MAX_ALIKE = 1
"""Notices to a recipient for one reason and refused address in 24 hours."""

MAX_TO_RECIPIENT = 5
"""Notices to a recipient in two hours."""

MAX_TO_DOMAIN = 50
"""Notices to a domain in an hour."""

MAX_TO_ANYBODY = 200
"""Notices in an hour: more are a sign of trouble that notices would only make worse."""

MAX_RECEIVED = 50
"""Servers that a message may have passed; a loop is stopped by most of them at 100 (RFC 5321, 6.3)."""

MAX_AGE = timedelta(days=5)
"""How long after its arrival a refusal still helps: as long as servers keep trying (RFC 5321, 4.5.4.1)."""

MAX_ADDRESS = 254
"""Characters of a forward-path without its brackets (RFC 5321, 4.5.3.1.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All that the rules look at. `arrived` is INTERNALDATE, `key` the one of `message_id.notice_id`.

    `spent` is what the outbox holds, known only within the transaction that writes the notice.
    """

    message: Message
    trace: Trace
    authentication: Authentication
    arrived: datetime
    now: datetime
    wanted: WantedNotice
    routing: RoutingSettings
    key: bytes
    spent: Spent = NOTHING_SPENT


def first_rule(asked: Asked, spent: Spent) -> str | None:
    """The name of the first rule that forbids the notice, such as "Q5"; None: it may be sent."""
    known = replace(asked, spent=spent)
    return next((name for name, holds, _why in RULES if holds(known)), None)


def is_null_sender(asked: Asked) -> bool:
    """Also where only a field that nobody vouches for says so: whoever writes that wants no answer."""
    return asked.trace.mail_from == "" or any(
        unfolded(value).strip() == b"<>" for value in asked.message.header.all("return-path")
    )


def has_no_sender(asked: Asked) -> bool:
    """Missing, doubled or unreadable, or no address that mail can be sent to; From and Reply-To are no substitute."""
    address = asked.trace.mail_from or ""
    domain = (key_of(address) or "").rpartition("@")[2]
    reachable = "." in domain and not domain.endswith((".invalid", ".localhost", ".localdomain"))
    return len(address) > MAX_ADDRESS or not (reachable or domain.startswith("["))


def is_auto_submitted(asked: Asked) -> bool:
    """RFC 3834, 5. An empty field is no `no` either."""
    return any(_words(value)[:1] != ["no"] for value in asked.message.header.all("auto-submitted"))


def is_report(asked: Asked) -> bool:
    """RFC 6522 and what it holds, also where a gateway made another multipart of it; Exim's X-Failed-Recipients."""
    header = asked.message.header
    fields = [parse_parameters(value) for value in header.all("content-type")]
    types = [field.value for field in fields] + [part.content_type for part in asked.message.attachments]
    return (
        any(_REPORT.fullmatch(one) for one in types)
        or any("report-type" in field.named for field in fields)
        or header.first("x-failed-recipients") is not None
    )


def is_bulk(asked: Asked) -> bool:
    values = asked.message.header.all("precedence") + asked.message.header.all("x-precedence")
    return any(_BULK.intersection(_words(value)) for value in values)


def is_from_list(asked: Asked) -> bool:
    return any(asked.message.header.first(name) is not None for name in _LIST_FIELDS)


def forbids_auto_response(asked: Asked) -> bool:
    """MS-OXCMAIL, 2.1.3.2.20. RN and NRN are about receipts alone."""
    values = asked.message.header.all("x-auto-response-suppress")
    return any(_SUPPRESSED.intersection(_words(value)) for value in values)


def is_automatic_reply(asked: Asked) -> bool:
    return automatic_reply_field(asked.message.header) is not None


def is_notice(asked: Asked) -> bool:
    """Of this installation or another one."""
    return asked.message.header.first(NOTICE_MARK) is not None


def is_from_role(asked: Asked) -> bool:
    return any(is_role(key) for key in _senders(asked))


def is_from_us(asked: Asked) -> bool:
    return any(is_our_address(key, asked.routing) for key in _senders(asked))


def answers_notice(asked: Asked) -> bool:
    message = asked.message
    ids = (message.message_id or "", *message.in_reply_to, *message.references)
    return any(is_our_id(one, asked.key) for one in ids)


def goes_round(asked: Asked) -> bool:
    return len(asked.message.header.all("received")) > MAX_RECEIVED


def is_spam(asked: Asked) -> bool:
    return any(_words(value)[:1] == ["yes"] for value in asked.message.header.all("x-spam-flag"))


def may_be_forged(asked: Asked) -> bool:
    """The Return-Path's own domain must have passed: that of From may be another one's."""
    return not asked.authentication.findings.return_path_proven


def is_undecided(asked: Asked) -> bool:
    return asked.authentication.unavailable


def is_over_budget(asked: Asked) -> bool:
    spent = asked.spent
    return (
        spent.alike >= MAX_ALIKE
        or spent.to_recipient >= MAX_TO_RECIPIENT
        or spent.to_domain >= MAX_TO_DOMAIN
        or spent.to_anybody >= MAX_TO_ANYBODY
    )


def is_repeated(asked: Asked) -> bool:
    return asked.spent.exists


def is_about_others(asked: Asked) -> bool:
    """A filing domain is the domain of a filing address, present or retired.

    A retired address may be at a domain of former times. It stands in RETIRED_ADDRESSES because its mail still comes
    here and its senders are to be told; any other address there is never taken for one of ours.
    """
    ours = asked.routing.organizations
    domains = {one.domain for organization in ours for one in (organization.filing_address, *organization.retired)}
    return asked.wanted.address.rpartition("@")[2] not in domains


def has_automatic_subject(asked: Asked) -> bool:
    return is_automatic(asked.message.subject)


def is_old(asked: Asked) -> bool:
    return asked.now - asked.arrived > MAX_AGE


# The first that holds is stored with the refusal, and shown as "suppressed:Q5"; the words are for `explain`.
RULES: tuple[tuple[str, Callable[[Asked], bool], str], ...] = (
    ("Q1", is_null_sender, "Return-Path is <>: a report of delivery, which nothing may answer"),
    ("Q2", has_no_sender, "Return-Path is not known beyond doubt, or leads nowhere"),
    ("Q3", is_auto_submitted, "Auto-Submitted is other than `no`"),
    ("Q4", is_report, "multipart/report, a status, disposition or feedback in it, X-Failed-Recipients"),
    ("Q5", is_bulk, "Precedence or X-Precedence is bulk, junk, list or auto_reply"),
    ("Q6", is_from_list, "a field of mailing lists and mass mailings"),
    ("Q7", forbids_auto_response, "X-Auto-Response-Suppress names a kind of answer that this would be"),
    ("Q8", is_automatic_reply, "a field that only answering machines write"),
    ("Q9", is_notice, "our mark"),
    ("Q10", is_from_role, "mailer-daemon, no-reply, bounces and their kin"),
    ("Q11", is_from_us, "filing, retired, notice addresses and the mailbox itself"),
    ("Q12", answers_notice, "Message-ID, In-Reply-To or References name a notice of ours"),
    ("Q13", goes_round, "more than 50 Received fields"),
    ("Q14", is_spam, "X-Spam-Flag is YES"),
    ("Q15", may_be_forged, "the domain of the Return-Path did not pass SPF or an aligned DKIM"),
    ("Q16", is_undecided, "authentication could not be finished"),
    ("Q17", is_over_budget, "too many notices already: alike, to this recipient, its domain, or in all"),
    ("Q18", is_repeated, "the outbox has a notice for this message, reason and address"),
    ("Q19", is_about_others, "the refused address is at no filing domain"),
    ("Q20", has_automatic_subject, "the subject of an automatic reply, a receipt or a bounce"),
    ("Q21", is_old, "arrived more than five days ago"),
)

_REPORT = re.compile(
    r"multipart/report|message/(?:(?:global-)?(?:delivery-status|disposition-notification)|feedback-report)"
)
_BULK = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_SUPPRESSED = frozenset({"all", "autoreply", "ndr", "dr", "oof"})
_LIST_FIELDS = (
    "list-id",
    "list-post",
    "list-help",
    "list-unsubscribe",
    "list-subscribe",
    "list-owner",
    "list-archive",
    "mailing-list",
    "x-mailing-list",
    "x-mailman-version",
    "x-beenthere",
    "feedback-id",
)
_MAX_VALUE = 1_000
_MAX_NESTING = 5
_COMMENT = re.compile(rb"\([^()]*\)")


def _senders(asked: Asked) -> Iterator[str]:
    """The keys of the Return-Path and of the author: RFC 3834 (2) heeds both, and gateways rewrite the former only."""
    address = key_of(asked.trace.mail_from or "")
    if address:
        yield address
    if asked.message.author:
        yield asked.message.author.key


def _words(value: bytes) -> list[str]:
    """A raw value of words -> the words, in lower case, without comments, which may be nested, and parameters."""
    text = unfolded(value[:_MAX_VALUE])
    for _ in range(_MAX_NESTING):
        text = _COMMENT.sub(b" ", text)
    return re.findall(r"[^\s,]+", text.decode("latin-1").partition(";")[0].lower())
