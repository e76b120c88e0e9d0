"""Every reason for which a message is not simply filed, and what follows from it."""

from __future__ import annotations

from enum import Enum, StrEnum


class Outcome(StrEnum):
    """What became of a message. Every UID ever seen has exactly one."""

    FILED = "filed"  # an activity, or a new link of one
    DUPLICATE = "duplicate"  # a copy that adds nothing
    REJECTED = "rejected"  # not filed; the sender may be told
    QUARANTINED = "quarantined"  # not filed; only the administrator looks
    IGNORED = "ignored"  # loops, bounces, automatic replies
    REVIEW = "review"  # not ours to judge
    DEFERRED = "deferred"  # stays in the inbox and is tried again
    HELD = "held"  # too old to be new after the mailbox was rebuilt: left to the administrator


class Reason(Enum):
    """Slug (stored), outcome, enhanced status code of a notice (RFC 3463). Their order is that of deciding."""

    IGNORED = ("ignored", Outcome.IGNORED, None)
    MALFORMED = ("malformed", Outcome.QUARANTINED, None)
    NO_FILING_ADDRESS = ("no-filing-address", Outcome.REVIEW, None)
    RECIPIENT_INVALID = ("recipient-invalid", Outcome.REJECTED, "5.1.1")
    RETIRED_ADDRESS = ("retired-address", Outcome.REJECTED, "5.1.6")
    MESSAGE_TOO_LARGE = ("message-too-large", Outcome.REJECTED, "5.3.4")
    AUTHENTICATION_FAILED = ("authentication-failed", Outcome.QUARANTINED, None)
    AUTHENTICATION_UNAVAILABLE = ("authentication-unavailable", Outcome.QUARANTINED, None)  # deferred at first
    NO_USER = ("no-user", Outcome.QUARANTINED, "5.7.1")
    NO_SUBJECT = ("no-subject", Outcome.REJECTED, "5.6.0")
    UNREADABLE = ("unreadable", Outcome.QUARANTINED, None)  # deferred at first; by its server, so that no rule asks
    POISON = ("poison", Outcome.QUARANTINED, None)

    def __init__(self, slug: str, outcome: Outcome, status: str | None) -> None:
        self.slug = slug
        self.outcome = outcome
        self.status = status
