"""What the copies of the probe show -> the lines of the env file that are right, each marked where it is not set so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poller.checking.finding import Finding, doubtful, good
from poller.probing.lines import Line, lines_of
from poller.probing.reading import Reading
from poller.probing.recipients import headers_wanted
from poller.settings import Settings


def tell_settings(readings: Sequence[Reading], settings: Settings) -> Iterator[Finding]:
    headers = settings.routing.recipient_headers
    for line in lines_of(settings.auth, readings[0].auth, headers, headers_wanted(readings, settings)):
        yield _told(line)


def _told(line: Line) -> Finding:
    if not line.differs:
        return good("settings", f"{line}, as it is now")
    now = f"{line.key} is {line.now}" if line.now else f"{line.key} is not set"
    remedy = f"{line}{' (if your server stamps every message)' if 'ALWAYS' in line.key else ''}"
    return doubtful("settings", now, remedy if line.value else f"remove {line.key}")
