"""What a check finds, one line each for an administrator, and what is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from poller.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line for an administrator. `remedy`: what to do, and of what is `ok` what to think about; "" is nothing."""

    ok: bool
    subject: str
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is checked: the settings, and the file they came from."""

    settings: Settings
    path: Path
    now: datetime


Check: TypeAlias = Callable[[Checked], Iterator[Finding]]
"""What is to be checked -> its findings, as soon as there is one."""
