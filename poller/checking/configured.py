"""The settings themselves, and who may read them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from poller.checking.finding import Checked, Finding, doubtful, good
from poller.settings import AuthPolicy, OrganizationSettings
from poller.settings.secrets import WrittenFile, written_files


def check_settings(checked: Checked) -> Iterator[Finding]:
    settings = checked.settings
    addresses = ", ".join(str(one.filing_address) for one in settings.organizations)
    yield good("settings", f"{checked.path} is complete; mail is filed for {addresses}")
    for file in written_files(checked.path):
        yield from _modes(file)
    for one in settings.organizations:
        yield from _organization(one)
    if not settings.integration_enabled:
        yield doubtful("settings", "the mailbox is left untouched", "INTEGRATION_ENABLED=true")
    if settings.auth.policy is AuthPolicy.MONITOR:
        yield good("settings", "AUTH_POLICY=monitor: mail is filed whether its author is proven or not")


def _organization(organization: OrganizationSettings) -> Iterator[Finding]:
    address, kind = organization.filing_address, organization.activity_type
    file = f"organizations/{organization.key}.env" if organization.key else ""
    whose = file or "the settings file"
    yield good("settings", f"{address} ({whose}): type {kind}, status {organization.activity_status}")
    if organization.calendar_sync:
        yield doubtful(
            "settings",
            f"activities of type {kind} ({address}) go to people's calendars",
            f"ACTIVITY_TYPE_CALENDAR_SYNC=false{f' in {file}' if file else ''}, unless you want that of every e-mail",
        )


def _modes(file: WrittenFile) -> Iterator[Finding]:
    """A file of root's may be open to the group through which this user reads it."""
    status = file.path.stat()
    by_group = status.st_uid != os.geteuid() and bool(status.st_mode & stat.S_IRGRP)
    closed = (stat.S_IRWXO | stat.S_IWGRP) if by_group else (stat.S_IRWXO | stat.S_IRWXG)
    named = f"{file.path} ({file.key})" if file.key else str(file.path)
    if file.secret and status.st_mode & closed:
        yield doubtful(
            "settings",
            f"{named} is open to other users of this machine ({_mode(status)}), and holds a password",
            f"chmod {'640' if by_group else '600'} {_quoted(file.path)}",
        )
    elif status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield doubtful(
            "settings",
            f"{named} can be changed by other users of this machine ({_mode(status)})",
            f"chmod go-w {_quoted(file.path)}",
        )


def _mode(status: os.stat_result) -> str:
    return f"mode {stat.S_IMODE(status.st_mode):04o}"


def _quoted(path: Path) -> str:
    return f"'{path}'" if " " in str(path) else str(path)
