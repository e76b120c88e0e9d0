"""The settings themselves, and who may read them."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from poller.checking.finding import Checked, Finding

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_settings(checked: Checked) -> Iterator[Finding]:
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
