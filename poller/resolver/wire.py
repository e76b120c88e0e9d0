"""Questions to octets, octets to replies (RFC 1035, 4; RFC 6891), with dnspython, which is known here alone.

Its names and records are used, not its messages: those make a set of each answer, for which it writes every name once
more in quadratic time, so that an answer of 64 kB took half a minute.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from poller.authentication.dns import RecordType
from poller.resolver.exchange import Truncated, Unrelated, Useless
from poller.resolver.names import written

Labels = tuple[bytes, ...]
"""An absolute name: its labels and the empty one of the root."""

_PAYLOAD = 1232  # what passes unfragmented (RFC 9715)
_HEADER = 12
_QUESTION = struct.Struct("!HH")  # after the name
_RECORD = struct.Struct("!HHIH")
_MOST_RECORDS = 256  # nobody who wants to be understood has more
_MOST_ALIASES = 16
_LONGEST_TTL = 2**31 - 1  # RFC 2181, 8: what is more is zero
_TTL_WITHOUT_SOA = 30  # RFC 2308, 5 would keep nothing

_NEEDS_EDNS_OFF = {dns.rcode.FORMERR, dns.rcode.NOTIMP}


class WithoutEdns(Exception):  # noqa: N818 - no error: the question is put again
    """The server knows no EDNS (RFC 6891, 7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`alias` is the name to be asked for next, where the server gave no more than an alias. `ttl` in seconds."""

    records: tuple[str, ...] = ()
    ttl: int = _TTL_WITHOUT_SOA
    alias: Labels | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question, over one or several servers and transports."""

    name: Labels
    kind: RecordType
    edns: bool
    octets: bytes = field(repr=False)

    def read(self, octets: bytes) -> Reply:
        """What an answer means. Raises Unrelated, Truncated, Useless or WithoutEdns."""
        flags = int.from_bytes(octets[2:4])
        if len(octets) < _HEADER or octets[:2] != self.octets[:2] or not flags & dns.flags.QR:
            raise Unrelated
        if flags & dns.flags.TC:
            raise Truncated
        try:
            return _Message(self, octets).reply()
        except (Unrelated, Useless, WithoutEdns):
            raise
        except Exception as error:
            raise Useless("answered with octets that are no DNS message") from error


def query(name: Labels, kind: RecordType, *, edns: bool = True) -> Query:
    """A question with an id of its own; recursion is desired."""
    message = dns.message.make_query(dns.name.Name(name), kind.value)
    if edns:
        message.use_edns(0, payload=_PAYLOAD)
    return Query(name=_lower(name), kind=kind, edns=edns, octets=message.to_wire())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    owner: Labels
    rdtype: int
    ttl: int
    start: int
    length: int


class _Message:
    """An answer. What follows the authority section is not read."""

    def __init__(self, query: Query, octets: bytes) -> None:
        self._query = query
        self._octets = octets
        self._at = _HEADER
        self._flags = int.from_bytes(octets[2:4])
        self._rcode = self._flags & 15

    def reply(self) -> Reply:
        questions, answers, authority = (int.from_bytes(self._octets[at : at + 2]) for at in (4, 6, 8))
        failed = self._rcode not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.YXDOMAIN}
        if not (failed and not questions) and (questions != 1 or not self._is_our_question()):
            raise Unrelated
        if self._query.edns and self._rcode in _NEEDS_EDNS_OFF:
            raise WithoutEdns
        if failed:
            raise Useless(f"answered {dns.rcode.to_text(dns.rcode.Rcode.make(self._rcode))}")
        if self._rcode == dns.rcode.YXDOMAIN or answers + authority > _MOST_RECORDS:
            return Reply()  # a DNAME makes too long a name of it; or more than anybody can read
        return self._follow(list(self._records(answers)), list(self._records(authority)))

    def _is_our_question(self) -> bool:
        name = self._name()
        asked = (dns.rdatatype.RdataType[self._query.kind], dns.rdataclass.IN)
        return name == self._query.name and self._numbers(_QUESTION) == asked

    def _name(self) -> Labels:
        name, length = dns.name.from_wire(self._octets, self._at)
        self._at += length
        return _lower(name.labels)

    def _numbers(self, form: struct.Struct) -> tuple[int, ...]:
        self._at += form.size
        return form.unpack_from(self._octets, self._at - form.size)

    def _records(self, count: int) -> Iterator[_Record]:
        for _ in range(count):
            owner = self._name()
            rdtype, rdclass, ttl, length = self._numbers(_RECORD)
            start = self._at
            self._at += length
            if rdclass == dns.rdataclass.IN:
                ttl = ttl if ttl <= _LONGEST_TTL else 0
                yield _Record(owner=owner, rdtype=rdtype, ttl=ttl, start=start, length=length)

    def _follow(self, answers: list[_Record], authority: list[_Record]) -> Reply:
        """The records of the name that the aliases end at. A chain without an end has none."""
        name, ttl = self._query.name, _LONGEST_TTL
        kind = dns.rdatatype.RdataType[self._query.kind]
        for _ in range(_MOST_ALIASES):
            of_name = [record for record in answers if record.owner == name]
            found = [record for record in of_name if record.rdtype == kind]
            if found:
                return self._found(found, ttl)
            alias = next((record for record in of_name if record.rdtype == dns.rdatatype.CNAME), None)
            if alias is None:
                return self._nothing(name, ttl, authority)
            name, ttl = self._target(alias), min(ttl, alias.ttl)
        return Reply()

    def _found(self, found: list[_Record], ttl: int) -> Reply:
        if self._rcode == dns.rcode.NXDOMAIN:
            raise Useless("gave an answer that contradicts itself")
        texts = (_text(self._data(record)) for record in found)
        records = tuple(dict.fromkeys(text for text in texts if text is not None))
        return Reply(records=records, ttl=min(ttl, *(record.ttl for record in found)))

    def _nothing(self, name: Labels, ttl: int, authority: list[_Record]) -> Reply:
        """No such name or record; or a server that knows the alias alone, or is not the one to ask."""
        for record in authority:
            if record.rdtype == dns.rdatatype.SOA and name[-len(record.owner) :] == record.owner:
                minimum = int.from_bytes(self._octets[record.start : record.start + record.length][-4:])
                return Reply(ttl=min(ttl, record.ttl, minimum))
        if self._rcode == dns.rcode.NXDOMAIN:
            return Reply(ttl=min(ttl, _TTL_WITHOUT_SOA))
        if name != self._query.name:
            return Reply(ttl=ttl, alias=name)
        refers = any(record.rdtype == dns.rdatatype.NS for record in authority)
        if refers and not self._flags & (dns.flags.AA | dns.flags.RA):
            raise Useless("refers to other servers instead of answering")
        return Reply()

    def _target(self, alias: _Record) -> Labels:
        data = self._data(alias)
        return _lower(data.target.labels) if isinstance(data, CNAME) else ()

    def _data(self, record: _Record) -> dns.rdata.Rdata:
        return dns.rdata.from_wire(
            dns.rdataclass.IN, dns.rdatatype.RdataType(record.rdtype), self._octets, record.start, record.length
        )


def _lower(name: Labels) -> Labels:
    return tuple(label.lower() for label in name)


def _text(data: dns.rdata.Rdata) -> str | None:
    """None for a host name that could be read as another one: nobody can be asked about it."""
    match data:
        case TXT():
            return b"".join(data.strings).decode("latin-1")
        case MX():
            host = written(data.exchange.labels)
            return host and f"{data.preference} {host}"
        case PTR():
            return written(data.target.labels)
        case A() | AAAA():
            return str(ip_address(data.address))
    return None
