"""Every reason for which a message is not simply filed, and what follows from it."""

from __future__ import annotations

from enum import Enum


class Disposition(Enum):
    """What becomes of a message with such a reason."""

    REJECT = "rejected"  # not filed; the sender may be told
    QUARANTINE = "quarantined"  # not filed; only the administrator looks
    REVIEW = "review"  # not ours to judge
    IGNORE = "ignored"  # loops, bounces, automatic replies


class Reason(Enum):
    """Slug (stored), disposition, enhanced status code of a notice (RFC 3463). Their order is that of deciding."""

    IGNORED = ("ignored", Disposition.IGNORE, None)
    MALFORMED = ("malformed", Disposition.QUARANTINE, None)
    NO_FILING_ADDRESS = ("no-filing-address", Disposition.REVIEW, None)
    RECIPIENT_INVALID = ("recipient-invalid", Disposition.REJECT, "5.1.1")
    RETIRED_ADDRESS = ("retired-address", Disposition.REJECT, "5.1.6")
    MESSAGE_TOO_LARGE = ("message-too-large", Disposition.REJECT, "5.3.4")
    AUTHENTICATION_FAILED = ("authentication-failed", Disposition.QUARANTINE, None)
    NO_USER = ("no-user", Disposition.QUARANTINE, "5.7.1")
    NO_SUBJECT = ("no-subject", Disposition.REJECT, "5.6.0")
    POISON = ("poison", Disposition.QUARANTINE, None)

    def __init__(self, slug: str, disposition: Disposition, status: str | None) -> None:
        self.slug = slug
        self.disposition = disposition
        self.status = status
