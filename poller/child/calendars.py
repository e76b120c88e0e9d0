"""The task `calendars`: the octets of calendars, one behind the other, -> their events in the output. In the child."""

from __future__ import annotations

import ctypes  # noqa: F401 - dateutil wants it, if for Windows alone, and once the limits are set nobody gets it
import json
from typing import Any

from poller.child.calendar_bounds import MAX_EVENTS
from poller.child.calendar_lines import lines_in
from poller.child.output import Output

MAX_CHARACTERS = 150_000
"""Of one message's calendars, those that say who, when and where; an invitation has a thousand."""


def read_calendars(octets: bytes, request: dict[str, Any], output: Output) -> dict[str, Any]:
    """`files` of the request are `[size, charset]` each -> for each `{events, cut}`, as JSON in the output."""
    from poller.child.calendar_events import events_in  # noqa: PLC0415 - a tenth of a second, for those who need it

    answers: list[dict[str, Any]] = []
    at, room, left = 0, MAX_CHARACTERS, MAX_EVENTS
    for size, charset in request["files"]:
        lines = lines_in(octets[at : at + size], str(charset), room)
        at, room = at + size, max(room - lines.size, 0)
        events = events_in(lines.components, left + 1)
        answers.append({"events": events[:left], "cut": lines.cut or len(events) > left})
        left -= len(events[:left])
    return {"place": output.write(json.dumps(answers).encode())}
