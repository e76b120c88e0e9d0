"""A program with the directory imported, and its mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.acceptance.mailboxes import Account
    from tests.acceptance.program import Program


@dataclass(frozen=True, slots=True)
class Ready:
    """What a test of a whole run needs."""

    program: Program
    account: Account
