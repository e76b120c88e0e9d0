"""The embedded DNS server: what the sample domains publish, so that their mail is authenticated like anybody's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.rdatatype
import dns.rrset

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

TTL = 60  # seconds


class NameServer(asyncio.DatagramProtocol):
    """Says of each of `domains` that mail from `client` is its own (SPF), and of all else that it is not there."""

    def __init__(self, domains: Iterable[str], client: str) -> None:
        self._domains = {f"{domain}." for domain in domains}
        self._record = f'"v=spf1 ip4:{client} -all"'
        self._transport: asyncio.DatagramTransport

    async def listen(self, sock: socket.socket) -> asyncio.DatagramTransport:
        """A bound socket -> the server on it."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=sock)
        return transport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # of UDP
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            self._transport.sendto(self._answer(data), addr)
        except (dns.exception.DNSException, IndexError):
            return  # no question

    def _answer(self, query: bytes) -> bytes:
        message = dns.message.make_response(dns.message.from_wire(query), recursion_available=True)
        asked = message.question[0]
        if asked.rdtype == dns.rdatatype.TXT and asked.name.to_text().lower() in self._domains:
            message.answer.append(dns.rrset.from_text(asked.name, TTL, "IN", "TXT", self._record))
        return message.to_wire()
