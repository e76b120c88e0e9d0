"""What the copies of the probe show -> the lines of the env file that are right, each marked where it is not set so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from poller.authentication.findings import Result
from poller.checking.finding import Finding, doubtful, good
from poller.probing.lines import Line, lines_of
from poller.probing.reading import Reading
from poller.probing.recipients import headers_wanted
from poller.settings import Settings
from poller.settings.model import AuthSettings, AuthSource


def tell_settings(readings: Sequence[Reading], settings: Settings) -> Iterator[Finding]:
    proposed = _with_results(readings[0])
    headers = settings.routing.recipient_headers
    for line in lines_of(settings.auth, proposed, headers, headers_wanted(readings, settings)):
        yield _told(line)


def _with_results(reading: Reading) -> AuthSettings:
    """Where signatures break on the way, what our server saw before that is the only proof."""
    auth = reading.way.auth
    holding = {Result.PASS, Result.TEMPERROR}
    broken = reading.signatures and not any(one.result in holding for one in reading.signatures)
    stamp = next((one for one in reading.stamps if one.within and one.passed and not one.forged), None)
    if not broken or stamp is None or auth.source is not AuthSource.COMPUTE:
        return auth
    return replace(auth, source=AuthSource.BOTH, authserv_ids=(stamp.authserv_id,))


def _told(line: Line) -> Finding:
    if not line.differs:
        return good("settings", f"{line}, as it is now")
    now = f"{line.key} is {line.now}" if line.now else f"{line.key} is not set"
    remedy = f"{line}{' (if your server stamps every message)' if 'ALWAYS' in line.key else ''}"
    return doubtful("settings", now, remedy if line.value else f"remove {line.key}")
