"""Whether everything that mailfiler needs is there, and what to do where it is not. Nothing is changed by looking.

Each check is a function: what is to be checked -> its findings, as soon as there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from poller.checking.beside import Beside
from poller.checking.clock import check_clock
from poller.checking.configured import check_settings
from poller.checking.database import check_database
from poller.checking.dns import check_dns
from poller.checking.domains import check_domains
from poller.checking.files import check_files
from poller.checking.finding import Check, Checked, Finding
from poller.checking.mailbox import check_mailbox
from poller.checking.notices import check_notices
from poller.checking.organizations import check_organizations
from poller.checking.recipients import check_recipients
from poller.checking.service import check_service
from poller.checking.tokens import check_tokens
from poller.checking.trust import check_trust
from poller.errors import ConfigurationError, Transient
from poller.late import refuse_without_late
from poller.settings import Settings

__all__ = ["Finding", "findings"]


def findings(settings: Settings, path: Path) -> Iterator[Finding]:
    """All checks, one after the other; one that fails keeps no other from being made."""
    checked = Checked(settings=settings, path=path, now=datetime.now(UTC))
    begun: dict[str, Beside[Finding]] = {}
    for subject in _CHECKS:
        begun |= {one: Beside(_found(one, checked)) for one in _TOGETHER.get(subject, ())}
        yield from begun.get(subject) or _found(subject, checked)


def _found(subject: str, checked: Checked) -> Iterator[Finding]:
    try:
        yield from _CHECKS[subject](checked)
    except ConfigurationError as error:
        yield from (Finding(ok=False, subject=subject, sentence=problem) for problem in error.problems)
    except (Transient, OSError) as error:
        yield Finding(ok=False, subject=subject, sentence=str(error))


def _check_program(_checked: Checked) -> Iterator[Finding]:
    refuse_without_late()
    yield from ()


_CHECKS: dict[str, Check] = {
    "program": _check_program,
    "settings": check_settings,
    "database": check_database,
    "organizations": check_organizations,
    "files": check_files,
    "OAuth 2.0": check_tokens,
    "mailbox": check_mailbox,
    "recipients": check_recipients,
    "trust": check_trust,
    "DNS": check_dns,
    "domains": check_domains,
    "notices": check_notices,
    "clock": check_clock,
    "service": check_service,
}
_TOGETHER = {"OAuth 2.0": ("OAuth 2.0", "DNS"), "mailbox": ("mailbox", "notices")}
"""With the first of them all begin: each waits for a server of its own, perhaps for half a minute.

Without a token nobody can log in, so that the last two do not begin before it.
"""
