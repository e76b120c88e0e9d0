"""Whether the DNS answers."""

from __future__ import annotations

from collections.abc import Iterator

from poller.authentication.dns import RecordType, TemporaryFailure
from poller.checking.finding import Checked, Finding
from poller.resolver import CachingResolver


def check_dns(checked: Checked) -> Iterator[Finding]:
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
