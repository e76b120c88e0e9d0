"""Addresses of notices and digests that lead back into the mailbox that they are about."""

from __future__ import annotations

from collections.abc import Iterator

from poller.checking.finding import Finding, bad, doubtful
from poller.filing.address import Problem, parse_target
from poller.mail.fields.address import subaddress_stripped
from poller.settings import RoutingSettings, Settings

_READ = "ADMIN_ADDRESS=… of a mailbox that somebody reads"


def returning(settings: Settings) -> Iterator[Finding]:
    """No loop comes of any of them: bounces and mail of our own are ignored, and what is ignored is never answered.

    Another address at a filing domain will do for notices: what comes to it is not filed, and goes to review.
    """
    notices, routing = settings.notices, settings.routing
    if _is_for_filing(notices.author, routing):
        told = f"notices come from {notices.author}, which is for filing: what people answer would be filed"
        usual = f"NOTICE_FROM=mailer-daemon@{settings.organizations[0].filing_address.domain}"
        yield doubtful("notices", told, f"{usual}, or another address that is not for filing")
    if _is_for_filing(notices.envelope_from, routing):
        told = f"bounces of notices go to {notices.envelope_from}, which is for filing"
        yield doubtful("notices", told, "NOTICE_ENVELOPE_FROM=… with an address that is not for filing")
    if notices.admin_address:
        yield from _digest(notices.admin_address, routing)


def _digest(address: str, routing: RoutingSettings) -> Iterator[Finding]:
    told = f"the digest for {address} comes into this mailbox, where it is ignored"
    if _is_for_filing(address, routing) or subaddress_stripped(address) == routing.mailbox_login:
        yield bad("notices", told, _READ)
    elif parse_target(address, routing):  # of whatever else is at the domain, this may have a mailbox of its own
        yield doubtful("notices", told, f"{_READ}, unless your mail server delivers this one elsewhere")


def _is_for_filing(address: str, routing: RoutingSettings) -> bool:
    target = parse_target(address, routing)
    return target is not None and target.problem is not Problem.OTHER_PREFIX
