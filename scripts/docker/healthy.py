"""Exit status 0 where the worker of settings.env gave a sign of life in the last five minutes, else 1 and why."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from poller.errors import ConfigurationError, Transient
from poller.settings import load_settings
from poller.storage.database import reading
from poller.storage.health import last_sign
from poller.worker import mailbox_name

_OLD = timedelta(minutes=5)  # a sign is given every minute, and a database may be locked for a while


def trouble() -> str:
    """Why it is not healthy, or ""."""
    try:
        settings = load_settings(Path("settings.env"))
        with reading(settings.database):
            sign = last_sign(mailbox_name(settings))
    except (ConfigurationError, Transient) as error:
        return str(error)
    if sign is None:
        return "it gave no sign of life yet"
    if not sign.pid:
        return f"it ended at {sign.beat_at:%Y-%m-%dT%H:%M:%SZ}"
    if abs(datetime.now(UTC) - sign.beat_at) > _OLD:
        return f"it gave its last sign of life at {sign.beat_at:%Y-%m-%dT%H:%M:%SZ}"
    return ""


if __name__ == "__main__":
    sys.exit(trouble() or 0)
