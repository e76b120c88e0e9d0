"""What the audit trail of an activity says of its customer."""

from __future__ import annotations

from models.change import ActivityChange
from poller.filing.changes import CONFLICT


def keeps_customer(activity: int) -> bool:
    """Whether a rematch linked its customer, or told that others are in doubt about it: that was not for a copy."""
    decided = ActivityChange.what << ("customer", CONFLICT)
    return bool(ActivityChange.select().where(ActivityChange.activity == activity, decided).exists())
