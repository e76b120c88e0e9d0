"""Whether the DNS answers, each server by itself, and what it says of the filing domain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from poller.authentication.dns import QueryBudgetSpent, RecordType, Resolver, TemporaryFailure
from poller.checking.finding import Checked, Finding, bad, doubtful, good
from poller.resolver import CachingResolver
from poller.resolver.servers import system_servers
from poller.settings import NameServer

_PORT = 53
_SLOW_SECONDS = 2
"""For one answer. A message may need twenty of them, and has AUTH_TIME_BUDGET for all."""


def check_dns(checked: Checked) -> Iterator[Finding]:
    settings = checked.settings.dns
    servers = settings.servers or system_servers()
    domain, *others = dict.fromkeys(one.filing_address.domain for one in checked.settings.organizations)
    if not servers:
        yield bad("DNS", "DNS_SERVERS is empty, and /etc/resolv.conf names no server", "DNS_SERVERS=…")
        return
    why_dead: dict[NameServer, str] = {}
    slow: dict[NameServer, float] = {}
    for server in servers:
        began = time.monotonic()
        try:
            _resolver(checked, (server,)).lookup(domain, RecordType.MX)
        except TemporaryFailure as why:
            why_dead[server] = str(why)
        else:
            slow[server] = time.monotonic() - began
    living = [server for server in servers if server not in why_dead]
    checked.dns_answers = bool(living)
    if not living:
        yield bad(
            "DNS", "; ".join(why_dead.values()), "DNS_SERVERS=… with one that answers; until then, mail is deferred"
        )
        return
    for sentence in why_dead.values():
        yield doubtful("DNS", sentence, f"DNS_SERVERS={' '.join(map(_written, living))}")
    for server, seconds in slow.items():
        if seconds > _SLOW_SECONDS:
            yield doubtful("DNS", f"{_written(server)} took {seconds:.1f} s", "DNS_SERVERS=… with one that is nearer")
    for one in (domain, *others):
        yield _mail_servers(one, _resolver(checked, tuple(living)))


def _resolver(checked: Checked, servers: tuple[NameServer, ...]) -> Resolver:
    return CachingResolver(replace(checked.settings.dns, servers=servers)).for_message()


def _mail_servers(domain: str, resolver: Resolver) -> Finding:
    """A domain without MX gets its mail at its address (RFC 5321, 5.1)."""
    try:
        if names := resolver.lookup(domain, RecordType.MX):
            return good("DNS", f"answers: mail for {domain} goes to {', '.join(names)}")
        if resolver.lookup(domain, RecordType.A) or resolver.lookup(domain, RecordType.AAAA):
            return good("DNS", f"answers: {domain} has no MX record, so that its mail goes to its address")
    except TemporaryFailure as why:
        return doubtful("DNS", str(why), "mailfiler check, later")
    except QueryBudgetSpent as why:
        return doubtful("DNS", str(why), "DNS_QUERY_BUDGET=60")
    return doubtful(
        "DNS",
        f"answers: {domain} has no MX record and no address, so that nobody's mail arrives there",
        f"DNS: {domain}. MX 10 YOUR-MAIL-SERVER.",
    )


def _written(server: NameServer) -> str:
    """As DNS_SERVERS has it."""
    if server.port == _PORT:
        return server.address
    return f"[{server.address}]:{server.port}" if ":" in server.address else f"{server.address}:{server.port}"
