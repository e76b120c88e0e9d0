"""Activities judged again by what the directory knows today: read, judged, and written with their audit trail."""

from __future__ import annotations

from poller.storage.rematching.judging import Judged, judge
from poller.storage.rematching.reading import Scope, find_customer, find_ids, last_id
from poller.storage.rematching.writing import apply

__all__ = ["Judged", "Scope", "apply", "find_customer", "find_ids", "judge", "last_id"]
