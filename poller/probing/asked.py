"""What an administrator asks to have probed."""

from __future__ import annotations

from dataclasses import dataclass

from poller.settings import Settings
from poller.settings.model import FilingAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`address` is the filing address to try. `sender`: as whom the probe is sent, "" where a person sends it by hand.

    `seconds` is how long it is waited for.
    """

    settings: Settings
    address: FilingAddress
    sender: str
    seconds: float
