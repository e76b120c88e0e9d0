"""Authentication -> the rule that forbids to answer, or None: whoever is answered must be who wrote."""

from __future__ import annotations

from poller.authentication.verdict import Authentication


def suppressed_by(authentication: Authentication) -> str | None:
    """Q16: the result is temporary. Q15: the domain of the Return-Path is not itself authenticated."""
    if authentication.unavailable:
        return "Q16"
    return None if authentication.findings.return_path_proven else "Q15"
