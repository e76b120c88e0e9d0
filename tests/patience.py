"""How long a test waits for what must happen: as it waits no longer than it must, this costs nothing."""

from __future__ import annotations

PATIENCE = 180
"""Seconds, within which a machine under any load has done what takes another one ten."""
