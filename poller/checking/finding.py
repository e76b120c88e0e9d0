"""What a check finds, one line each for an administrator, and what is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from poller.errors import ConfigurationError, Transient
from poller.mailbox.inspecting import Inspection
from poller.settings import Settings
from poller.settings.secrets import written_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line for an administrator. `remedy`: what to do, and of what is `ok` what to think about; "" is nothing."""

    ok: bool
    subject: str
    sentence: str
    remedy: str = ""


@dataclass(slots=True, kw_only=True)
class Checked:
    """What is checked: the settings, and the file they came from; and what one check found that later ones build on.

    `mailbox` and `database_clock` are None until they could be looked at; without `database_usable` or `dns_answers`
    nobody asks there again, nor for a token after `no_token`.
    """

    settings: Settings
    path: Path
    now: datetime
    mailbox: Inspection | None = None
    database_usable: bool = False
    database_clock: datetime | None = None
    dns_answers: bool = False
    no_token: ConfigurationError | Transient | None = None

    def secret(self, key: str) -> str:
        """Where it is to be written: the line of the settings file, or the file that KEY_FILE names."""
        file = self.secret_file(key)
        return f"the first line of {file}" if file else f"{key}=…"

    def secret_file(self, key: str) -> Path | None:
        return next((file.path for file in written_files(self.path) if file.key == f"{key}_FILE"), None)


Check: TypeAlias = Callable[[Checked], Iterator[Finding]]
"""What is to be checked -> its findings, as soon as there is one."""


def good(subject: str, sentence: str) -> Finding:
    return Finding(ok=True, subject=subject, sentence=sentence)


def doubtful(subject: str, sentence: str, remedy: str) -> Finding:
    """It works, with something to think about."""
    return Finding(ok=True, subject=subject, sentence=sentence, remedy=remedy)


def bad(subject: str, sentence: str, remedy: str) -> Finding:
    return Finding(ok=False, subject=subject, sentence=sentence, remedy=remedy)
