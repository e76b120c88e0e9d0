"""When a notice must not be sent: the name of the first rule that holds, else None.

One rule so far, Q15: nothing about a sender is authenticated yet, so nothing is answered.
"""

from __future__ import annotations

from poller.authentication.verdict import Authentication


def suppressed_by(authentication: Authentication) -> str | None:
    """Q15: the domain of the Return-Path is not itself authenticated."""
    return "Q15" if authentication.unverified else None
