"""The RFC 7208 test suite of the SPF Council, out of pyspf's archive: its cases, and its zones as a resolver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv6Address, ip_address

import yaml

from poller.authentication.dns import RecordType, TemporaryFailure
from poller.authentication.received import Address
from tests.archives import archive_file

TIMEOUT = "TIMEOUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    client: Address
    mail_from: str
    helo: str
    results: tuple[str, ...]
    zone: SuiteZone


class SuiteZone:
    """A resolver. `records` by name, each ("A", "192.0.2.1"), ("TXT", TIMEOUT), or TIMEOUT for all other types."""

    def __init__(self, records: Mapping[str, Sequence[tuple[str, str] | str]]) -> None:
        self.records = {name.lower(): tuple(entries) for name, entries in records.items()}

    def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
        for _ in range(10):
            entries = self.records.get(name.lower().removesuffix("."), ())
            found = tuple(entry[1] for entry in entries if entry[0] == kind)
            if TIMEOUT in found or (TIMEOUT in entries and not found):
                raise TemporaryFailure(f"no answer for {kind} of {name}")
            alias = next((entry[1] for entry in entries if entry[0] == "CNAME"), None)
            if found or alias is None:
                return found
            name = alias
        return ()


@cache
def cases() -> tuple[Case, ...]:
    documents = yaml.safe_load_all(archive_file("pyspf", "test/rfc7208-tests.yml"))
    return tuple(case for document in documents for case in _cases(document))


def _cases(document: dict) -> Iterator[Case]:
    zone = SuiteZone({name: list(_entries(records)) for name, records in document["zonedata"].items()})
    for name, case in document["tests"].items():
        host = ip_address(case["host"])
        yield Case(
            name=name,
            client=(host.ipv4_mapped or host) if isinstance(host, IPv6Address) else host,
            mail_from=case["mailfrom"],
            helo=case["helo"] or "",
            results=tuple([case["result"]] if isinstance(case["result"], str) else case["result"]),
            zone=zone,
        )


def _entries(records: list) -> Iterator[tuple[str, str] | str]:
    """SPF stands for a TXT record too, unless the name has TXT records of its own ("NONE" for none)."""
    own = any("TXT" in record for record in records if isinstance(record, dict))
    for record in records:
        if record == TIMEOUT:
            yield TIMEOUT
            continue
        ((kind, value),) = record.items()
        kind = "TXT" if kind == "SPF" and not own else kind
        if value != "NONE":
            yield kind, _written(kind, value)


def _written(kind: str, value: object) -> str:
    if kind == "MX":
        return f"{value[0]} {value[1].removesuffix('.')}"
    if kind in ("TXT", "SPF"):
        return "".join(value).encode().decode("latin-1")
    if kind in ("A", "AAAA"):
        return str(ip_address(value))
    return value.removesuffix(".")


def served(zone: SuiteZone) -> tuple[dict[str, list[str]], set[str]]:
    """The zone as records by "name TYPE", and the questions that have no answer."""
    records: dict[str, list[str]] = {}
    silent: set[str] = set()
    for name, entries in zone.records.items():
        own = {kind for kind, _ in (entry for entry in entries if entry != TIMEOUT)}
        if TIMEOUT in entries:
            silent |= {f"{name} {kind}" for kind in RecordType if kind not in own}
        for kind, value in (entry for entry in entries if entry != TIMEOUT and entry[0] != "SPF"):
            if value == TIMEOUT:
                silent.add(f"{name} {kind}")
            else:
                records.setdefault(f"{name} {kind}", []).append(value)
    return records, silent
