"""What is asked for -> the probe sent, waited for and read -> lines for the administrator, as soon as there is one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from poller.checking.finding import Finding
from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.mailbox.seeking import Seeker
from poller.probing.advice import tell_settings
from poller.probing.arrival import Arrived, Waiting
from poller.probing.asked import Asked
from poller.probing.journey import instruction, tell_arrival, tell_nothing, tell_posted, tell_remains
from poller.probing.letter import Probe, letter
from poller.probing.reading import mail_servers, read_copy
from poller.probing.recipients import tell_recipients
from poller.probing.telling import tell_mark, tell_proof, tell_stamps, tell_times, tell_way
from poller.resolver import CachingResolver
from poller.settings import Settings
from poller.submission.posting import post

_NONCE_OCTETS = 6


def probe_findings(asked: Asked) -> Iterator[Finding]:
    """Nothing in the mailbox is changed, and the probe stays there. What hinders is a finding, too."""
    try:
        yield from _probing(asked)
    except ConfigurationError as error:
        yield from (Finding(ok=False, subject="probe", sentence=problem) for problem in error.problems)
    except (Transient, OSError) as error:
        yield Finding(ok=False, subject="probe", sentence=str(error))


def _probing(asked: Asked) -> Iterator[Finding]:
    settings = asked.settings
    probe = Probe(
        nonce=secrets.token_hex(_NONCE_OCTETS),
        address=asked.address,
        sender=asked.sender,
        forged_id=_our_id(settings),
    )
    with (
        Deadline() as deadline,
        Seeker(settings.imap, _folders(asked), deadline) as seeker,
        TemporaryDirectory() as spool,
    ):
        sent_at = datetime.now(UTC)
        accepted = tuple(probe.forms)
        if asked.sender:
            posted = post(settings.notices, asked.sender, accepted, letter(probe, sent_at))
            yield from tell_posted(posted, asked)
            accepted = posted.accepted
        else:
            yield instruction(probe, asked)
        if not accepted:
            return
        waiting = Waiting(
            nonce=probe.nonce,
            expected=accepted,
            seconds=asked.seconds,
            patient=bool(asked.sender),
            max_size=settings.max_message_size,
        )
        arrived = waiting.wait(seeker, Path(spool))
        elsewhere = [] if arrived.copies else seeker.elsewhere(probe.nonce)
    yield from _tell(probe, accepted, arrived, elsewhere, asked, sent_at)


def _folders(asked: Asked) -> tuple[str, ...]:
    """Where a worker moves the probe meanwhile: it ignores its own, and what a person sends is like any other mail."""
    there = asked.settings.folders
    return (there.ignored,) if asked.sender else tuple(dict.fromkeys(astuple(there)))


def _our_id(settings: Settings) -> str:
    """The name in which our own server would stamp what it checked, as far as the settings tell."""
    return next((name for name in settings.auth.authserv_ids if name[0] not in ".!"), settings.notices.hostname)


def _tell(
    probe: Probe, accepted: Sequence[str], arrived: Arrived, elsewhere: Sequence[str], asked: Asked, sent_at: datetime
) -> Iterator[Finding]:
    resolver_for = CachingResolver(asked.settings.dns).for_message
    if not arrived.copies:
        servers = mail_servers(probe.address.domain, resolver_for())
        yield from tell_nothing(probe, accepted, arrived, elsewhere, servers, asked)
        return
    readings = [read_copy(copy, probe, asked.settings, resolver_for()) for copy in arrived.copies]
    first = readings[0]
    yield tell_arrival(readings, accepted)
    yield from tell_recipients(probe, accepted, arrived, readings, asked.settings)
    yield from tell_way(first)
    yield from tell_proof(first, asked.settings.auth)
    yield from tell_stamps(first, probe)
    if probe.sender:
        yield from tell_mark(first)
        yield from tell_times(first, sent_at)
    yield from tell_settings(readings, asked.settings)
    yield tell_remains(readings, asked)
