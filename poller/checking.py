"""Whether everything that mailfiler needs is there, and what to do where it is not. Nothing is changed by looking.

Each check is a function: what is to be checked -> its findings, as soon as there is one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from poller.authentication.dns import RecordType, TemporaryFailure
from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.health import DEGRADED_AFTER
from poller.late import refuse_without_late
from poller.mailbox.inspecting import Inspection, inspect
from poller.resolver import CachingResolver
from poller.settings import Settings, Settle
from poller.storage.condition import why_not_writable
from poller.storage.database import reading
from poller.storage.disk import folders_of, is_room_in
from poller.storage.health import Sign, last_sign
from poller.submission import Transport
from poller.worker import mailbox_name

_MAILBOX_SECONDS = 2 * 60
_SIGN_IS_OLD = timedelta(minutes=5)  # a sign is given every minute, and a database may be locked for a while
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line for an administrator. `remedy`: what to do, and of what is `ok` what to think about; "" is nothing."""

    ok: bool
    subject: str
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is checked: the settings, and the file they came from."""

    settings: Settings
    path: Path
    now: datetime


Check = Callable[[Checked], Iterator[Finding]]


def findings(settings: Settings, path: Path) -> Iterator[Finding]:
    """All checks, one after the other; one that fails keeps no other from being made."""
    checked = Checked(settings=settings, path=path, now=datetime.now(UTC))
    for subject, check in _CHECKS.items():
        try:
            yield from check(checked)
        except ConfigurationError as error:
            yield from (Finding(ok=False, subject=subject, sentence=problem) for problem in error.problems)
        except (Transient, OSError) as error:
            yield Finding(ok=False, subject=subject, sentence=str(error))


def _program(_checked: Checked) -> Iterator[Finding]:
    refuse_without_late()
    yield from ()


def _settings(checked: Checked) -> Iterator[Finding]:
    addresses = ", ".join(str(one.filing_address) for one in checked.settings.organizations)
    yield Finding(ok=True, subject="settings", sentence=f"{checked.path} is complete; mail is filed for {addresses}")
    if checked.path.exists() and checked.path.stat().st_mode & _OTHERS:
        yield Finding(
            ok=True,
            subject="settings",
            sentence=f"{checked.path} is open to other users of this machine, and may hold passwords",
            remedy=f"chmod 600 {checked.path}",
        )
    if not checked.settings.integration_enabled:
        yield Finding(
            ok=True,
            subject="settings",
            sentence="the mailbox is left untouched",
            remedy="INTEGRATION_ENABLED=true",
        )
    for one in checked.settings.organizations:
        if one.calendar_sync:
            yield Finding(
                ok=True,
                subject="settings",
                sentence=f"activities of type {one.activity_type} ({one.filing_address}) go to people's calendars",
                remedy="ACTIVITY_TYPE_CALENDAR_SYNC=false, unless that is what you want of every e-mail",
            )


def _database(checked: Checked) -> Iterator[Finding]:
    database = checked.settings.database
    where = str(database.path) if database.path else "PostgreSQL"
    with reading(database) as is_there:
        if not is_there:
            yield Finding(ok=True, subject="database", sentence=f"{where} is not there yet: the first run makes it")
        elif why := why_not_writable(database):
            yield Finding(ok=False, subject="database", sentence=f"{where} {why}", remedy="DATABASE_URL=…")
        else:
            yield Finding(ok=True, subject="database", sentence=f"{where} has the newest schema, and can be written")


def _files(checked: Checked) -> Iterator[Finding]:
    for key, folder in folders_of(checked.settings).items():
        place = next(one for one in (folder, *folder.parents) if one.exists())
        if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
            yield Finding(
                ok=False, subject="files", sentence=f"nothing can be written in {place}", remedy=f"{key}=…, or chown it"
            )
        elif not is_room_in(place, 0):
            yield Finding(
                ok=False,
                subject="files",
                sentence=f"the disk of {place} is almost full, so that nothing is fetched",
                remedy=f"free some space, or move it: {key}=…",
            )
        else:
            yield Finding(ok=True, subject="files", sentence=f"{folder} can be written, and its disk has room")


def _mailbox(checked: Checked) -> Iterator[Finding]:
    settings = checked.settings
    folders = settings.folders
    wanted = (folders.filed, folders.rejected, folders.quarantine, folders.review, folders.ignored)
    moving = settings.settle is Settle.MOVE
    with Deadline(_MAILBOX_SECONDS) as deadline:
        found = inspect(settings.imap, wanted if moving else (), deadline)
    yield Finding(
        ok=True,
        subject="mailbox",
        sentence=f"{settings.imap.username} may log in to {found.where}; {found.folder} has {found.messages} messages "
        f"(UIDVALIDITY {found.uidvalidity})",
    )
    yield from _settling(found, moving=moving)
    if "IDLE" not in found.capabilities:
        seconds = settings.poll_interval.total_seconds()
        yield Finding(
            ok=True,
            subject="mailbox",
            sentence=f"the server tells of no new mail by itself (IDLE): it is asked every {seconds:g} s",
            remedy="POLL_INTERVAL=… if that is too seldom",
        )


def _settling(found: Inspection, *, moving: bool) -> Iterator[Finding]:
    if found.read_only:
        yield Finding(
            ok=False,
            subject="mailbox",
            sentence=f"{found.folder} is read-only: mail is filed, and stays where it is",
            remedy="give this user the rights to delete there (t and e), or SETTLE=flag",
        )
    if not moving:
        yield Finding(ok=True, subject="folders", sentence="mail stays where it is, with a keyword or a flag")
    elif "MOVE" in found.capabilities:
        yield Finding(ok=True, subject="folders", sentence="mail is moved to the folder of its outcome (MOVE)")
    elif "UIDPLUS" in found.capabilities:
        yield Finding(
            ok=True, subject="folders", sentence="mail is copied and then removed (UIDPLUS), for want of MOVE"
        )
    else:
        yield Finding(
            ok=True,
            subject="folders",
            sentence="the server can neither MOVE nor UID EXPUNGE: mail stays where it is, with a keyword or a flag",
            remedy="SETTLE=flag says so, and makes no folders",
        )
    if found.missing:
        names = ", ".join(found.missing)
        yield Finding(ok=True, subject="folders", sentence=f"not there yet, the first poll makes them: {names}")


def _dns(checked: Checked) -> Iterator[Finding]:
    resolver = CachingResolver(checked.settings.dns).for_message()
    domain = checked.settings.organizations[0].filing_address.domain
    try:
        mail_servers = resolver.lookup(domain, RecordType.MX)
    except TemporaryFailure as why:
        yield Finding(
            ok=False, subject="DNS", sentence=str(why), remedy="DNS_SERVERS=…; until it answers, mail is deferred"
        )
        return
    known = f"mail for {domain} goes to {', '.join(mail_servers)}" if mail_servers else f"{domain} has no MX record"
    yield Finding(ok=True, subject="DNS", sentence=f"answers: {known}")


def _notices(checked: Checked) -> Iterator[Finding]:
    smtp = checked.settings.notices.smtp
    if not smtp.host:
        yield Finding(ok=True, subject="notices", sentence="none are sent", remedy="SMTP_HOST=… to tell senders why")
        return
    transport = Transport(checked.settings.notices)
    try:
        transport.make_ready()
    finally:
        transport.close()
    who = f"{smtp.username} may log in to" if smtp.username else "notices are handed to"
    yield Finding(ok=True, subject="notices", sentence=f"{who} {smtp.host}:{smtp.port}")


def _service(checked: Checked) -> Iterator[Finding]:
    with reading(checked.settings.database) as is_there:
        sign = last_sign(mailbox_name(checked.settings)) if is_there else None
    if sign is None:
        yield Finding(ok=True, subject="service", sentence="has never run", remedy="mailfiler run")
    elif abs(checked.now - sign.beat_at) > _SIGN_IS_OLD:
        yield Finding(
            ok=False,
            subject="service",
            sentence=f"gave its last sign of life at {_moment(sign.beat_at)} (process {sign.pid})",
            remedy="mailfiler run, and look into its log",
        )
    else:
        yield from _state(sign)


def _state(sign: Sign) -> Iterator[Finding]:
    polled = f"its last good poll was at {_moment(sign.polled_at)}" if sign.polled_at else "it has not polled yet"
    since = f"is at work as process {sign.pid} since {_moment(sign.began_at)}; {polled}"
    if sign.failures:
        since += f", and {sign.failures} failed since"
    yield Finding(ok=sign.failures < DEGRADED_AFTER, subject="service", sentence=since)
    for line in sign.trouble.splitlines():
        yield Finding(ok=sign.failures < DEGRADED_AFTER, subject="service", sentence=line, remedy="look into its log")


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


_CHECKS: dict[str, Check] = {
    "program": _program,
    "settings": _settings,
    "database": _database,
    "files": _files,
    "mailbox": _mailbox,
    "DNS": _dns,
    "notices": _notices,
    "service": _service,
}
