"""The audit trail of activities, as documents."""

from __future__ import annotations

from models.change import ActivityChange
from poller.filing.changes import CONFLICT
from poller.storage.documents import Document, rfc3339


def change_documents(activity: int) -> list[Document]:
    """What later knowledge changed of it, oldest first."""
    rows = ActivityChange.select().where(ActivityChange.activity == activity).order_by(ActivityChange.id)
    return [
        {"at": rfc3339(row.at), "what": row.what, "before": row.before, "after": row.after, "why": row.why}
        for row in rows
    ]


def keeps_customer(activity: int) -> bool:
    """Whether a rematch linked its customer, or told that others are in doubt about it: that was not for a copy."""
    decided = ActivityChange.what << ("customer", CONFLICT)
    return bool(ActivityChange.select().where(ActivityChange.activity == activity, decided).exists())
