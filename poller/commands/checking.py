"""`check`: whether everything that mailfiler needs is there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from poller.command import SETTINGS_PATH, Command

if TYPE_CHECKING:
    from poller.settings import Settings


@click.command(cls=Command)
@click.pass_context
def check(ctx: click.Context) -> None:
    """Looks at settings, database, files, mailbox, DNS, SMTP and the service; changes nothing."""
    from poller.checking import findings
    from poller.display import show_finding

    settings: Settings = ctx.obj
    failed = False
    for finding in findings(settings, ctx.meta[SETTINGS_PATH]):
        show_finding(finding.subject, finding.sentence, finding.remedy, ok=finding.ok)
        failed = failed or not finding.ok
    if failed:
        sys.exit(1)
