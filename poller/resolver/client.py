"""A name and a type → what the DNS says now. dnspython reads and writes the messages, and is known here alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.ttl
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from poller.authentication.dns import TemporaryFailure
from poller.resolver import names
from poller.resolver.exchange import NoAnswer, Truncated, Unrelated, Useless, exchange
from poller.resolver.question import Answer, Question
from poller.resolver.servers import system_servers
from poller.settings import NameServer

_PAYLOAD = 1232  # what passes unfragmented (RFC 9715)
_MOST_QUESTIONS = 8  # for one name, to servers that give no more than the alias
_TTL_WITHOUT_SOA = 30  # RFC 2308 section 5 would have none

_ONLY_WITHOUT_EDNS = {dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS}
_HEADER = 12


class _WithoutEdns(Exception):  # noqa: N818 - no error: the question is put again
    """The server knows no EDNS (RFC 6891 section 7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    """`alias` is the name to be asked for next, where the answer is no more than an alias."""

    records: tuple[str, ...]
    ttl: int
    alias: dns.name.Name | None


class Client:
    """Asks, and remembers nothing. Safe for many threads.

    Without `servers` it asks the system's, which are read each time: they change with the network.
    """

    def __init__(
        self,
        servers: tuple[NameServer, ...],
        system: Callable[[], tuple[NameServer, ...]] = system_servers,
    ) -> None:
        self._servers = servers
        self._system = system

    def ask(self, question: Question, seconds: float) -> Answer:
        """The records of that name, aliases followed. Raises TemporaryFailure."""
        servers = self._servers or self._system()
        if not servers:
            raise TemporaryFailure("there is no DNS server: DNS_SERVERS is empty, and /etc/resolv.conf names none")
        try:
            return _follow(servers, question, time.monotonic() + seconds)
        except NoAnswer as why:
            raise TemporaryFailure(f"the DNS has no answer for {question} now: {why}") from why


def _follow(servers: Iterable[NameServer], question: Question, end: float) -> Answer:
    ttl = dns.ttl.MAX_TTL
    seen = set[dns.name.Name]()
    alias: dns.name.Name | None = dns.name.Name(names.labels(question.name))
    records: tuple[str, ...] = ()
    while alias and alias not in seen and len(seen) < _MOST_QUESTIONS:
        seen.add(alias)
        reply = _ask(servers, dns.message.make_query(alias, question.kind.value), end)
        ttl, alias, records = min(ttl, reply.ttl), reply.alias, reply.records
    return Answer(records=records, ttl=ttl)


def _ask(servers: Iterable[NameServer], query: dns.message.Message, end: float) -> _Reply:
    def put() -> _Reply:
        return exchange(query.to_wire(), servers, lambda octets: _read(query, octets), end - time.monotonic())

    query.use_edns(0, payload=_PAYLOAD)
    try:
        return put()
    except _WithoutEdns:
        query.use_edns(None)
        return put()


def _read(query: dns.message.Message, octets: bytes) -> _Reply:
    flags = int.from_bytes(octets[2:4])
    if len(octets) < _HEADER or int.from_bytes(octets[:2]) != query.id or not flags & dns.flags.QR:
        raise Unrelated
    if flags & dns.flags.TC:
        raise Truncated
    try:
        message = dns.message.from_wire(octets)
    except Exception as error:
        raise Useless("answered with octets that are no DNS message") from error
    if not query.is_response(message) or not isinstance(message, dns.message.QueryMessage):
        raise Unrelated
    return _meaning(query, message)


def _meaning(query: dns.message.Message, message: dns.message.QueryMessage) -> _Reply:
    rcode = message.rcode()
    if rcode in _ONLY_WITHOUT_EDNS and query.edns >= 0:
        raise _WithoutEdns
    if rcode == dns.rcode.YXDOMAIN:  # what a DNAME makes of it is too long for a name
        return _Reply(records=(), ttl=_TTL_WITHOUT_SOA, alias=None)
    if rcode not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        raise Useless(f"answered {dns.rcode.to_text(rcode)}")
    try:
        chain = message.resolve_chaining()
    except dns.message.ChainTooLong:
        return _Reply(records=(), ttl=_TTL_WITHOUT_SOA, alias=None)
    except dns.exception.DNSException as error:
        raise Useless("gave an answer that contradicts itself") from error
    if chain.answer is not None:
        return _Reply(records=_records(chain.answer), ttl=chain.minimum_ttl, alias=None)
    return _nothing(message, chain)


def _nothing(message: dns.message.QueryMessage, chain: dns.message.ChainingResult) -> _Reply:
    """No such name, no such record, an alias whose target the server does not know, or not the server to ask."""
    authority = {rrset.rdtype for rrset in message.authority}
    if dns.rdatatype.SOA in authority:
        return _Reply(records=(), ttl=chain.minimum_ttl, alias=None)
    if message.rcode() == dns.rcode.NXDOMAIN:
        return _Reply(records=(), ttl=min(chain.minimum_ttl, _TTL_WITHOUT_SOA), alias=None)
    if chain.cnames:
        return _Reply(records=(), ttl=chain.minimum_ttl, alias=chain.canonical_name)
    if dns.rdatatype.NS in authority and not message.flags & (dns.flags.AA | dns.flags.RA):
        raise Useless("refers to other servers instead of answering")
    return _Reply(records=(), ttl=min(chain.minimum_ttl, _TTL_WITHOUT_SOA), alias=None)


def _records(rrset: Iterable[dns.rdata.Rdata]) -> tuple[str, ...]:
    return tuple(record for rdata in rrset if (record := _record(rdata)) is not None)


def _record(rdata: dns.rdata.Rdata) -> str | None:
    """None for a host name that could be read as another one: nobody can be asked about it."""
    match rdata:
        case TXT():
            return b"".join(rdata.strings).decode("latin-1")
        case MX():
            host = names.written(rdata.exchange.labels)
            return host and f"{rdata.preference} {host}"
        case PTR():
            return names.written(rdata.target.labels)
        case A() | AAAA():
            return str(ip_address(rdata.address))
    return None
