"""What the child says of calendars at most; the same bounds hold for what is believed of its answer."""

from __future__ import annotations

MAX_EVENTS = 30
"""Events of one message; an invitation has one, and one more for each occurrence that differs."""

MAX_ATTENDEES = 100
"""Of one event."""

MAX_TEXT = 1_000
"""Characters of a subject, a place, an identifier or a rule."""

MAX_DESCRIPTION = 10_000
"""Characters."""
