"""A name and a type -> what the DNS says now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from poller.authentication.dns import TemporaryFailure
from poller.resolver.exchange import NoAnswer, exchange
from poller.resolver.names import labels
from poller.resolver.question import Answer, Question
from poller.resolver.servers import system_servers
from poller.resolver.wire import Query, Reply, WithoutEdns, query
from poller.settings import NameServer

_MOST_QUESTIONS = 8  # for one name, to servers that give no more than the alias


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
    name = labels(question.name)
    seen = {name}
    reply = _ask(servers, query(name, question.kind), end)
    ttl = reply.ttl
    while reply.alias and reply.alias not in seen and len(seen) < _MOST_QUESTIONS:
        seen.add(reply.alias)
        reply = _ask(servers, query(reply.alias, question.kind), end)
        ttl = min(ttl, reply.ttl)
    return Answer(records=reply.records, ttl=ttl)


def _ask(servers: Iterable[NameServer], question: Query, end: float) -> Reply:
    try:
        return exchange(question.octets, servers, question.read, end - time.monotonic())
    except WithoutEdns:
        plain = query(question.name, question.kind, edns=False)
        return exchange(plain.octets, servers, plain.read, end - time.monotonic())
