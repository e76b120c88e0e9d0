"""SMTP as a submission client (RFC 6409): connect, log in, hand over one notice after another."""

from poller.submission.outcome import Accepted, Later, Outcome, Refused, Unclear
from poller.submission.transport import Transport

__all__ = ["Accepted", "Later", "Outcome", "Refused", "Transport", "Unclear"]
