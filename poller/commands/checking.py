"""`check`: whether everything that mailfiler needs is there, and by which way mail reaches it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from poller.command import EX_DATAERR, SETTINGS_PATH, Command, fail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poller.checking import Finding
    from poller.settings import Settings
    from poller.settings.model import FilingAddress

_SEND, _MANUAL = "send", "manual"
_SECONDS = {_SEND: 2 * 60, _MANUAL: 10 * 60}


def _sender(_ctx: click.Context, _option: click.Parameter, text: str | None) -> str:
    from poller.settings.values import optional_address

    try:
        return optional_address(text or "")
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command(cls=Command)
@click.option(
    "--probe",
    type=click.Choice([_SEND, _MANUAL]),
    is_flag=False,
    flag_value=_SEND,
    help="Sends a message by BCC through your mail servers instead, and tells by which way it comes; with manual you "
    "send it.",
)
@click.option("--probe-from", metavar="ADDRESS", callback=_sender, help="Who sends the probe; default NOTICE_FROM.")
@click.option("--probe-wait", type=click.IntRange(1, 3600), metavar="SECONDS", help="Default 120, manual 600.")
@click.option("--organization", metavar="PREFIX", help="Whose address is probed; default the first organization's.")
@click.pass_context
def check(
    ctx: click.Context, probe: str | None, probe_from: str, probe_wait: int | None, organization: str | None
) -> None:
    """Looks at settings, database, files, mailbox, DNS, SMTP and the service; changes nothing."""
    from poller.display import show_finding

    if not probe and (probe_from or probe_wait or organization):
        raise click.UsageError("--probe-from, --probe-wait and --organization are for --probe")
    settings: Settings = ctx.obj
    failed = False
    if probe:
        seconds = probe_wait or _SECONDS[probe]
        found = _probed(settings, probe_from, seconds, _address(settings, organization), by_hand=probe == _MANUAL)
    else:
        found = _checked(settings, ctx)
    for finding in found:
        show_finding(finding.subject, finding.sentence, finding.remedy, ok=finding.ok)
        failed = failed or not finding.ok
    if failed:
        sys.exit(1)


def _checked(settings: Settings, ctx: click.Context) -> Iterator[Finding]:
    from poller.checking import findings

    return findings(settings, ctx.meta[SETTINGS_PATH])


def _probed(
    settings: Settings, sender: str, seconds: int, address: FilingAddress, *, by_hand: bool
) -> Iterator[Finding]:
    from poller.probing import Asked, probe_findings

    sent = settings.notices.smtp.host and not by_hand
    who = sender or settings.notices.author if sent else ""
    return probe_findings(Asked(settings=settings, address=address, sender=who, seconds=seconds))


def _address(settings: Settings, prefix: str | None) -> FilingAddress:
    addresses = [one.filing_address for one in settings.organizations]
    found = [one for one in addresses if prefix is None or one.prefix == prefix.lower()]
    if not found:
        fail([f"there is no organization {prefix}; known are {', '.join(one.prefix for one in addresses)}"], EX_DATAERR)
    return found[0]
