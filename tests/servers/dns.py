"""A DNS server on loopback, over UDP and TCP, that answers from a dict, with troubles where the test wants them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Self, TypeVar

import dnslib
from dnslib import QTYPE, RCODE, RR, DNSLabel, DNSRecord

from poller.settings import DnsSettings, NameServer

T = TypeVar("T")


class Trouble(StrEnum):
    """What a server does instead of answering."""

    NONE = "none"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    DROP = "drop"  # never answers
    TRUNCATE = "truncate"  # answers over TCP only
    GARBAGE = "garbage"  # octets that are no DNS message, with the right id
    FORGED = "forged"  # first answers with a wrong id and to another question, then rightly
    NO_EDNS = "no EDNS"  # FORMERR to whoever uses it
    REFERRAL = "referral"  # names other servers


@dataclass(kw_only=True)
class DnsServer:
    """Knows all names; those without records do not exist. A context manager.

    `records` by "name TYPE", as in {"acme.fi TXT": ["v=spf1 -all"], "acme.fi MX": ["10 mx.acme.fi"]}; types are A,
    AAAA, CNAME, DNAME, MX, PTR and TXT. `troubles`, `delays` (seconds) and `ttls` (seconds) by "name TYPE", "name" or
    "*"; of a list of troubles each question takes the next one, and the last one stays. All of them may be changed at
    any time. `bare_aliases` gives a CNAME alone, as a server does that does not have the target.

    `asked` is what was asked for over UDP, `asked_over_tcp` over TCP, as "name TYPE" in lower case but for the type.
    """

    records: Mapping[str, Sequence[str]] = field(default_factory=dict)
    troubles: Mapping[str, Trouble | list[Trouble]] = field(default_factory=dict)
    delays: Mapping[str, float] = field(default_factory=dict)
    ttls: Mapping[str, int] = field(default_factory=dict)
    bare_aliases: bool = False
    with_soa: bool = True
    asked: list[str] = field(default_factory=list)
    asked_over_tcp: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._tcp, self._udp = _bound()
        self.port = self._tcp.getsockname()[1]
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        for work in (self._serve_udp, self._serve_tcp):
            self._start(work)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for line in (self._udp, self._tcp):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)  # on Linux, it wakes up who reads there
        for thread in self._threads:
            thread.join()
        for line in (self._udp, self._tcp):
            line.close()

    @property
    def address(self) -> NameServer:
        return NameServer(address="127.0.0.1", port=self.port)

    def settings(
        self, *, timeout: float = 5, query_budget: int = 60, time_budget: float = 20, more: tuple[NameServer, ...] = ()
    ) -> DnsSettings:
        """How mailfiler reaches this server, and then `more`."""
        return DnsSettings(
            servers=(self.address, *more),
            timeout=timedelta(seconds=timeout),
            query_budget=query_budget,
            time_budget=timedelta(seconds=time_budget),
        )

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _serve_udp(self) -> None:
        with contextlib.suppress(OSError):
            while not self._stop.is_set():
                octets, client = self._udp.recvfrom(65535)
                if octets:
                    self._answer_datagram(octets, client)

    def _answer_datagram(self, octets: bytes, client: object) -> None:
        request = DNSRecord.parse(octets)
        self.asked.append(_key(request))
        answers = self._answers(request, tcp=False)
        if delay := self._of(self.delays, _key(request)):
            self._start(self._send_later, delay, answers, client)
        else:
            self._send(answers, client)

    def _send_later(self, delay: float, answers: list[bytes], client: object) -> None:
        if not self._stop.wait(delay):
            self._send(answers, client)

    def _send(self, answers: list[bytes], client: object) -> None:
        for answer in answers:
            with contextlib.suppress(OSError):  # the client has gone
                self._udp.sendto(answer, client)  # type: ignore[call-overload]

    def _serve_tcp(self) -> None:
        with contextlib.suppress(OSError):
            while not self._stop.is_set():
                line, _ = self._tcp.accept()
                self._start(self._converse, line)

    def _converse(self, line: socket.socket) -> None:
        with line, contextlib.suppress(OSError):
            line.settimeout(5)
            request = DNSRecord.parse(_message(line))
            self.asked_over_tcp.append(_key(request))
            if not self._stop.wait(self._of(self.delays, _key(request)) or 0):
                for answer in self._answers(request, tcp=True):
                    line.sendall(len(answer).to_bytes(2) + answer)

    def _answers(self, request: DNSRecord, *, tcp: bool) -> list[bytes]:
        reply = request.reply(ra=0)
        room = max((one.edns_len for one in request.ar if one.rtype == QTYPE.OPT), default=0)
        match self._trouble(_key(request)):
            case Trouble.DROP:
                return []
            case Trouble.SERVFAIL | Trouble.REFUSED as trouble:
                reply.header.rcode = getattr(RCODE, trouble)
            case Trouble.GARBAGE:
                return [reply.pack()[:12] + b"\xff" * 20]
            case Trouble.NO_EDNS if room:
                reply.header.rcode = RCODE.FORMERR
            case Trouble.REFERRAL:
                reply.header.aa = 0
                reply.add_auth(RR(request.q.qname, QTYPE.NS, ttl=60, rdata=dnslib.NS("ns.example.net")))
            case Trouble.TRUNCATE if not tcp:
                return [reply.truncate().pack()]
            case Trouble.FORGED:
                self._fill(reply)
                return [*_forgeries(request), reply.pack()]
            case _:
                self._fill(reply)
        if room:
            reply.add_ar(dnslib.EDNS0(udp_len=1232))
        octets = reply.pack()
        return [octets if tcp or len(octets) <= max(room, 512) else reply.truncate().pack()]

    def _fill(self, reply: DNSRecord) -> None:
        """RFC 1034, 4.3.2, for one who has all zones."""
        name, _, kind = _key(reply).rpartition(" ")
        for _ in range(10):
            if found := self._records(name, kind):
                for record in found:
                    reply.add_answer(record)
                return
            target = self._alias(reply, name)
            if target is None:
                break
            if self.bare_aliases:
                return
            name = target
        if not self._exists(name):
            reply.header.rcode = RCODE.NXDOMAIN
        if self.with_soa:
            soa = dnslib.SOA(
                "ns.example.net", "hostmaster.example.net", (1, 3600, 600, 86400, self._ttl(f"{name} SOA"))
            )
            reply.add_auth(RR(_label(".".join(name.split(".")[-2:])), QTYPE.SOA, ttl=3600, rdata=soa))

    def _alias(self, reply: DNSRecord, name: str) -> str | None:
        if direct := self._values(name, "CNAME"):
            reply.add_answer(*self._records(name, "CNAME"))
            return direct[0].lower()
        words = name.split(".")
        for start in range(1, len(words)):
            above = ".".join(words[start:])
            if targets := self._values(above, "DNAME"):
                target = f"{'.'.join(words[:start])}.{targets[0]}"
                reply.add_answer(*self._records(above, "DNAME"), self._rr(name, "CNAME", target))
                return target.lower()
        return None

    def _records(self, name: str, kind: str) -> list[RR]:
        return [self._rr(name, kind, value) for value in self._values(name, kind)]

    def _values(self, name: str, kind: str) -> Sequence[str]:
        return next((values for key, values in self.records.items() if key.lower() == f"{name} {kind}".lower()), ())

    def _exists(self, name: str) -> bool:
        names = [key.rpartition(" ")[0].lower() for key in self.records]
        return any(one == name or one.endswith(f".{name}") for one in names)

    def _rr(self, name: str, kind: str, value: str) -> RR:
        return RR(_label(name), getattr(QTYPE, kind), ttl=self._ttl(f"{name} {kind}"), rdata=_data(kind, value))

    def _ttl(self, key: str) -> int:
        ttl = self._of(self.ttls, key)
        return 300 if ttl is None else ttl

    def _trouble(self, key: str) -> Trouble:
        with self._lock:
            trouble = self._of(self.troubles, key)
            if isinstance(trouble, list):
                return trouble.pop(0) if len(trouble) > 1 else trouble[0]
            return trouble or Trouble.NONE

    def _of(self, table: Mapping[str, T], key: str) -> T | None:
        lowered = {name.lower(): value for name, value in table.items()}
        name = key.rpartition(" ")[0]
        return next((lowered[one] for one in (key.lower(), name, "*") if one in lowered), None)


def _bound() -> tuple[socket.socket, socket.socket]:
    """Both of one number, which nobody else has."""
    while True:
        tcp = socket.create_server(("127.0.0.1", 0), backlog=100)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
        except OSError:
            tcp.close()
            udp.close()
        else:
            return tcp, udp


def _message(line: socket.socket) -> bytes:
    octets = b""
    while len(octets) < 2 or len(octets) < 2 + int.from_bytes(octets[:2]):
        piece = line.recv(65535)
        if not piece:
            raise ConnectionError
        octets += piece
    return octets[2:]


def _forgeries(request: DNSRecord) -> list[bytes]:
    forged = RR(request.q.qname, QTYPE.TXT, ttl=300, rdata=dnslib.TXT("v=spf1 +all"))
    wrong_id = request.reply()
    wrong_id.header.id ^= 1
    wrong_id.add_answer(forged)
    other = DNSRecord.question("other.example", "TXT").reply()
    other.header.id = request.header.id
    other.add_answer(forged)
    return [wrong_id.pack(), other.pack()]


def _key(message: DNSRecord) -> str:
    return f"{b'.'.join(message.q.qname.label).decode('latin-1').lower()} {QTYPE[message.q.qtype]}"


def _label(name: str) -> DNSLabel:
    return DNSLabel([] if name in {"", "."} else name.removesuffix(".").encode("latin-1").split(b"."))


def _data(kind: str, value: str) -> dnslib.RD:
    match kind:
        case "TXT":
            octets = value.encode("latin-1")
            cuts = [*range(0, max(len(octets), 1), 255), max(len(octets), 1)]
            return dnslib.TXT([octets[start:end] for start, end in pairwise(cuts)])
        case "MX":
            preference, _, host = value.partition(" ")
            return dnslib.MX(_label(host), int(preference))
        case "DNAME":  # never compressed (RFC 6672, 2.5)
            return dnslib.RD(b"".join(bytes([len(one)]) + one for one in (*_label(value).label, b"")))
        case "CNAME" | "PTR":
            return getattr(dnslib, kind)(_label(value))
        case _:
            return getattr(dnslib, kind)(value)
