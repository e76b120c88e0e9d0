"""One SPF evaluation of pyspf, with what it leaves open closed (RFC 7208).

That is: its own resolver, time that grows with the square of a record, look-ups that no verdict depends on, a pass
that half the world gets, and exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

import spf

from poller.authentication.dns import QueryBudgetSpent, RecordType, Resolver, TemporaryFailure
from poller.authentication.findings import Result
from poller.authentication.received import Address

MAX_RECORD = 4_096
"""Octets of a record that is evaluated; two UDP answers of the largest usual size hold as much."""

MAX_TEXT = 16_384
"""Octets of all records of one evaluation: several times what the ten look-ups of anybody honest bring."""

MAX_MACROS = 100
"""Percent signs in a record; honest ones have a handful."""

MAX_TERM = 512
"""Octets of one mechanism or modifier: twice the longest domain name, for the macros that it may be written with."""

MAX_ADDRESSES = 10_000
"""Addresses that the client is compared to. RFC 7208 (4.6.4) limits the names that have them, not their number."""

MAX_LABEL = 63

WIDE_IP4, WIDE_IP6 = 8, 16
"""A mechanism with a shorter prefix names so many clients that having it match proves nothing."""

_MODIFIER = re.compile(r"(?<= )([a-z][a-z0-9_.-]*+=)([^ ]*+)", re.IGNORECASE)
_CHANGING = re.compile(r"%\{[iplsh]", re.IGNORECASE)  # in a name that is not the same for every message
_CLIENT_NAME = re.compile(r"%\{p", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    client: Address
    sender: str
    helo: str
    resolver: Resolver


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`mechanism` is the one of the domain's own record that decided, `error` why none could."""

    result: Result
    counts: bool = False
    mechanism: str | None = None
    error: str = ""


def evaluate(question: Question) -> Answer:
    """A pass is asked about again without the wide mechanisms, where there were any: it counts if it still is one."""
    engine = _Engine(question)
    answer = engine.answer()
    if answer.result is not Result.PASS or not engine.wide:
        return answer
    narrow = _Engine(question, narrow=True, cache=engine.cache).answer()
    if narrow.result in (Result.PASS, Result.TEMPERROR):
        return narrow
    return Answer(result=Result.PASS, mechanism=answer.mechanism)


class _Engine(spf.query):  # type: ignore[misc] # pyspf has no types
    """One evaluation. `wide` is whether a wide mechanism was seen; `narrow` makes such ones neutral."""

    def __init__(
        self, question: Question, *, narrow: bool = False, cache: dict[tuple[str, str], list[object]] | None = None
    ) -> None:
        super().__init__(str(question.client), question.sender, question.helo)
        self.resolver = question.resolver
        self.narrow = narrow
        self.wide = False
        self.text = 0
        self.addresses = 0
        self.names: list[str] | None = None
        self.unreachable: spf.TempError | None = None
        self.cache = {} if cache is None else cache

    def answer(self) -> Answer:
        try:
            word, _, words = self.check()
        except (AssertionError, LookupError, ValueError) as escaped:  # of a record that nobody expected
            return Answer(result=Result.PERMERROR, error=str(escaped))
        result = Result(word)
        if self.unreachable and result in (Result.FAIL, Result.SOFTFAIL, Result.NEUTRAL):
            return Answer(result=Result.TEMPERROR, error=str(self.unreachable))
        error = words.partition(" Error: ")[2].rstrip(".")
        return Answer(result=result, counts=result is Result.PASS, mechanism=self.mechanism, error=error)

    def dns_spf(self, domain: str) -> str | None:
        """The record, sure to cost little, with the names of its modifiers in lower case, as pyspf compares them."""
        record: str | None = super().dns_spf(domain)
        if record is None:
            return None
        self.text += len(record)
        if len(record) > MAX_RECORD or self.text > MAX_TEXT or max(map(len, record.split(" "))) > MAX_TERM:
            raise spf.PermError(f"the record of {domain} is too long")
        if record.count("%") > MAX_MACROS:
            raise spf.PermError(f"the record of {domain} has too many macros")
        return _MODIFIER.sub(_cheap_modifier, record)

    def get_explanation(self, _spec: str) -> None:
        """Nobody reads it, and pyspf swallows whatever goes wrong in here."""

    def validate_mechanism(self, mech: str) -> tuple[str, str, str, int, str]:
        text, kind, argument, prefix, result = super().validate_mechanism(mech)
        wide = kind == "all" or (kind == "exists" and not _CHANGING.search(text))
        if result == "pass" and (wide or prefix < (WIDE_IP6 if self.v == "ip6" else WIDE_IP4)):
            self.wide = True
            result = "neutral" if self.narrow else result
        return text, kind, argument, prefix, result

    def validated_ptrs(self) -> list[str]:
        """A client whose names cannot be looked up is not matched by them, and that is all (RFC 7208, 5.5)."""
        if self.names is None:
            names = self._leniently(self.dns_ptr, self.i)[: spf.MAX_PTR]
            own = (name for name in names if self.cidrmatch(self._leniently(self.dns_a, name, self.A), self.cidrmax))
            self.names = list(own)
        return self.names

    def cidrmatch(self, ipaddrs: list[str], n: int) -> bool:
        """Two networks, as pyspf makes of each address, take ten times as long."""
        self.addresses += len(ipaddrs)
        if self.addresses > MAX_ADDRESSES:
            raise spf.PermError("the names in it have too many addresses")
        rest = self.cidrmax - n
        return any(_number(one) >> rest == int(self.ipaddr) >> rest for one in ipaddrs)

    def _leniently(self, look_up: Callable[..., list[str]], *arguments: str) -> list[str]:
        try:
            return look_up(*arguments)
        except spf.TempError as failure:
            self.unreachable = failure
            return []

    def dns(self, name: str, qtype: str, _aliases: object = None, ignore_void: bool = False) -> list[object]:  # noqa: FBT001, FBT002 - pyspf's signature
        """What pyspf asks of its own resolver: [] for none and for what is no name."""
        name = name.removesuffix(".").lower()
        if not all(0 < len(label) <= MAX_LABEL for label in name.split(".")):
            return []
        if (name, qtype) not in self.cache:
            self.cache[name, qtype] = self._looked_up(name, RecordType(qtype))
        found = self.cache[name, qtype]
        self._count_void(0 if found or ignore_void or qtype == "AAAA" else 1)
        return list(found)

    def _looked_up(self, name: str, kind: RecordType) -> list[object]:
        try:
            records = self.resolver.lookup(name, kind)
        except TemporaryFailure as failure:
            raise spf.TempError(str(failure)) from failure
        except QueryBudgetSpent as spent:
            raise spf.PermError("it needs more look-ups than DNS_QUERY_BUDGET allows") from spent
        if kind is RecordType.TXT:
            return [(text.encode("latin-1"),) for text in records]
        if kind is RecordType.MX:
            return [(int(preference), host) for preference, _, host in (record.partition(" ") for record in records)]
        return list(records)

    def _count_void(self, more: int) -> None:
        self.void_lookups += more
        if self.void_lookups > spf.MAX_VOID_LOOKUPS:
            raise spf.PermError("more than two names in it do not exist")


@lru_cache(maxsize=4096)
def _number(address: str) -> int:
    """Most mail is named by the records of a few large senders, with the same addresses each time."""
    return int(ip_address(address))


def _cheap_modifier(modifier: re.Match[str]) -> str:
    """Only redirect= decides anything. Of the others the syntax is checked, for which no name need be looked up."""
    name, value = modifier[1].lower(), modifier[2]
    return name + (value if name == "redirect=" else _CLIENT_NAME.sub("%{d", value))
