"""Whether the DNS of the administrator's own domains lets their mail be proven, and what to publish where it does not.

SPF, DKIM and DMARC by the code that will judge their mail.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from poller.authentication.dmarc_record import parse_record
from poller.authentication.dns import QueryBudgetSpent, RecordType, Resolver, TemporaryFailure
from poller.authentication.engine import Unreadable
from poller.authentication.findings import Result
from poller.authentication.keys import read_key
from poller.authentication.signature import Refused, claimed_host, read_tags
from poller.authentication.spf import check_spf
from poller.authentication.suffixes import registrable
from poller.checking.finding import Checked, Finding, doubtful, good
from poller.mail.fields.address import parse_mailboxes
from poller.mail.message import Header
from poller.resolver import CachingResolver
from poller.storage.authors import author_domains
from poller.storage.database import reading

_OF_USERS = 3
_SELECTORS = 5  # of one domain; who changes keys every day has as many
_NOBODY = ip_address("192.0.2.1")  # RFC 5737: no mail comes from there


def check_domains(checked: Checked) -> Iterator[Finding]:
    if not checked.dns_answers:
        return
    resolver = CachingResolver(checked.settings.dns)
    headers = [one.header for one in checked.mailbox.samples] if checked.mailbox else []
    for domain in _own_domains(checked):
        try:
            yield from _domain(domain, headers, resolver.for_message())
        except TemporaryFailure as why:
            yield doubtful("domains", f"{domain} cannot be looked at now: {why}", "mailfiler check, later")
        except QueryBudgetSpent as why:
            yield doubtful("domains", f"{domain} cannot be looked at: {why}", "DNS_QUERY_BUDGET=60")


def _own_domains(checked: Checked) -> list[str]:
    """Of notices, of the administrator, and of most users; each once."""
    notices = checked.settings.notices
    addresses = [notices.author if notices.smtp.host else "", notices.admin_address]
    domains = [address.rpartition("@")[2] for address in addresses if address]
    if checked.database_usable:
        with reading(checked.settings.database):
            domains += author_domains(_OF_USERS)
    return list(dict.fromkeys(domains))


def _domain(domain: str, headers: list[Header], resolver: Resolver) -> Iterator[Finding]:
    """With the time and the look-ups of one message for all of it."""
    yield _spf(domain, resolver)
    yield _dmarc(domain, resolver)
    yield from _dkim(domain, headers, resolver)


def _spf(domain: str, resolver: Resolver) -> Finding:
    """An address of nobody's is evaluated, so that includes and the number of look-ups are seen too."""
    found = check_spf(_NOBODY, f"postmaster@{domain}", None, resolver)
    match found.result:
        case Result.TEMPERROR:
            return doubtful("domains", found.why, "mailfiler check, later")
        case Result.PERMERROR:
            return doubtful("domains", found.why, f"mend the record: dig TXT {domain}")
        case Result.NONE:
            return doubtful(
                "domains",
                f"{domain} has no SPF record",
                f'DNS: {domain}. TXT "v=spf1 mx include:YOUR-MAIL-SERVICE -all"',
            )
        case Result.PASS:
            return doubtful(
                "domains",
                f"the SPF record of {domain} lets everybody send in its name",
                f"DNS: end the record of {domain} with -all or ~all",
            )
    return good("domains", f"{domain} has an SPF record that can be evaluated")


def _dmarc(domain: str, resolver: Resolver) -> Finding:
    """Its own record, or that of the domain it belongs to (RFC 9989, 4.10)."""
    for name in dict.fromkeys((domain, registrable(domain) or domain)):
        texts = resolver.lookup(f"_dmarc.{name}", RecordType.TXT)
        records = [text for text in texts if parse_record(name, text)]
        if len(records) > 1:
            told = f"_dmarc.{name} has {len(records)} DMARC records, so that none counts"
            return doubtful("domains", told, f"DNS: keep one of them at _dmarc.{name}")
        if records:
            return good("domains", f"{domain} has a DMARC record at _dmarc.{name}")
    return doubtful("domains", f"{domain} has no DMARC record", f'DNS: _dmarc.{domain}. TXT "v=DMARC1; p=none"')


def _dkim(domain: str, headers: list[Header], resolver: Resolver) -> Iterator[Finding]:
    """The keys of signatures that recent mail of the domain bears."""
    own = [header for header in headers if _author_domain(header) == domain]
    if not own:
        return
    keys = list(dict.fromkeys(key for header in own for key in _signatures(header, domain)))
    if not keys:
        yield doubtful(
            "domains",
            f"no recent message of {domain} ({len(own)} seen) has a DKIM signature of its own",
            f"have the mail server of {domain} sign with DKIM (d={domain}); AUTH_POLICY=aligned takes SPF alone, too",
        )
    for signer, selector in keys[:_SELECTORS]:
        yield _key(f"{selector}._domainkey.{signer}", resolver)


def _key(name: str, resolver: Resolver) -> Finding:
    texts = resolver.lookup(name, RecordType.TXT)
    if not texts:
        return doubtful(
            "domains",
            f"mail is signed by the key {name}, which the DNS does not have",
            f'DNS: {name}. TXT "v=DKIM1; p=…"',
        )
    try:
        read_key(texts[0])
    except Unreadable as error:
        return doubtful("domains", f"the key {name} cannot be used: {error}", f"DNS: mend the TXT record at {name}.")
    return good("domains", f"the DKIM key {name} can be used")


def _author_domain(header: Header) -> str:
    authors = [box for field in header.fields if field.name == "from" for box in parse_mailboxes(field.value)]
    return authors[0].key.rpartition("@")[2] if authors else ""


def _signatures(header: Header, author: str) -> Iterator[tuple[str, str]]:
    """d= and s= of those that could speak for the author."""
    for field in header.fields:
        if field.name != "dkim-signature":
            continue
        try:
            tags = read_tags(field.value)
        except Refused:
            continue
        domain, selector = claimed_host(tags, b"d"), claimed_host(tags, b"s")
        if domain and selector and registrable(domain) == (registrable(author) or author):
            yield domain, selector
