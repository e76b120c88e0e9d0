"""The text of a setting -> its value. Each parser raises ValueError with words that fit behind the key's name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar

from poller.mail.fields.address import a_labels, key_of
from poller.settings.model import WITHOUT_ID, Exempt, FilingAddress, MetricsSettings, NameServer, StartPolicy

Choice = TypeVar("Choice", bound=StrEnum)

MAX_WORKERS = 64
_USUAL_WORKERS = 8  # one process can hardly keep more of them busy, and a container may have less memory than its host

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SCALES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_LONGEST = timedelta(days=36500)
_SHOWN = 80  # characters of a wrong value that are repeated
_SERVER = re.compile(r"(?:\[(?P<six>[^\[\]]*:[^\[\]]*)\]|(?P<four>[0-9.]+))(?::(?P<port>[0-9]+))?")
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))
_HOST_SUFFIX = re.compile(r"\.?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_HOST = re.compile(r"[^\s/@:\[\]]+|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?")


def _shown(value: str) -> str:
    return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")


def text(value: str) -> str:
    return value


def required(value: str) -> str:
    if not value:
        raise ValueError("is missing")
    return value


def boolean(value: str) -> bool:
    try:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[value.lower()]
    except KeyError:
        raise ValueError(f"{_shown(value)} is neither true nor false (true, yes, 1, false, no, 0)") from None


def duration(value: str) -> timedelta:
    """`90s`, `5m`, `72h`, `30d`; a bare number is seconds."""
    found = re.fullmatch(r"([0-9]{1,10})\s*([smhd]?)", value, re.ASCII | re.IGNORECASE)
    if not found:
        raise ValueError(f"{_shown(value)} is not a duration such as 90s, 5m, 72h or 30d")
    seconds = int(found[1]) * _UNITS[found[2].lower()]
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"{_shown(value)} is longer than a century")
    return timedelta(seconds=seconds)


def positive_duration(value: str) -> timedelta:
    parsed = duration(value)
    if not parsed:
        raise ValueError("must be longer than nothing")
    return parsed


def retention(value: str) -> timedelta | None:
    """A duration; empty is for ever."""
    return positive_duration(value) if value else None


def size(value: str) -> int:
    """`50M`, `500k`, `1G`, in powers of 1,024; a bare number is octets."""
    found = re.fullmatch(r"([0-9]{1,12})\s*([kmg]?)(?:i?b)?", value, re.ASCII | re.IGNORECASE)
    if not found or not int(found[1]):
        raise ValueError(f"{_shown(value)} is not a size such as 50M, 500k or 1G")
    return int(found[1]) * _SCALES[found[2].lower()]


def integer(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) or not lowest <= int(value) <= highest:
            raise ValueError(f"{_shown(value)} is not a whole number from {lowest} to {highest}")
        return int(value)

    return parse


def workers(value: str) -> int:
    """Of processes; empty is one for each processor that this one may use, as long as these are few."""
    return integer(1, MAX_WORKERS)(value) if value else min(_processors(), _USUAL_WORKERS)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def choice(kind: type[Choice]) -> Callable[[str], Choice]:
    def parse(value: str) -> Choice:
        try:
            return kind(value.lower())
        except ValueError:
            raise ValueError(f"{_shown(value)} is not one of {', '.join(kind)}") from None

    return parse


def words(value: str) -> tuple[str, ...]:
    """A list, separated by blanks or commas."""
    return tuple(word for word in re.split(r"[\s,]+", value) if word)


def host(value: str) -> str:
    """A host's name or address; empty is none."""
    if value and not _HOST.fullmatch(value):
        raise ValueError(f"{_shown(value)} is not a host's name or address (the port and the security are keys apart)")
    return value.strip("[]")


def required_host(value: str) -> str:
    return host(required(value))


def host_suffixes(value: str) -> tuple[str, ...]:
    """Host names, or what they end with (`.example.com`), in lower case and without the final dot."""
    names = tuple(word.lower().removesuffix(".") for word in words(value))
    for name in names:
        if not _HOST_SUFFIX.fullmatch(name):
            raise ValueError(f"{_shown(name)} is neither a host's name nor an ending such as .example.com")
    return names


def domains(value: str) -> tuple[str, ...]:
    """Domains in A-labels and lower case."""
    found = []
    for word in words(value):
        labels = a_labels(word.lower().removesuffix("."))
        if labels is None or "." not in labels:
            raise ValueError(f"{_shown(word)} is not a domain such as example.com")
        found.append(labels)
    return tuple(found)


def authserv_ids(value: str) -> tuple[str, ...]:
    """Ids as servers write them, endings that start with a dot, or `!exchange-online` for a field without an id."""
    for word in words(value):
        if word.startswith("!") and word.lower() != WITHOUT_ID:
            raise ValueError(f"{_shown(word)} is neither a server's id nor {WITHOUT_ID}")
    return tuple(word.lower() for word in words(value))


def dns_servers(value: str) -> tuple[NameServer, ...]:
    """`192.0.2.1`, `127.0.0.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353`."""
    return tuple(_name_server(word) for word in words(value))


def _name_server(word: str) -> NameServer:
    found = _SERVER.fullmatch(word)
    server, number = (found["six"] or found["four"], found["port"] or "") if found else (word, "")
    try:
        return NameServer(address=str(ip_address(server)), port=port(53)(number))
    except ValueError:
        raise ValueError(f"{_shown(word)} is not a server such as 192.0.2.1 or 127.0.0.1:5353") from None


def loopback(value: str) -> MetricsSettings | None:
    """`127.0.0.1:9464` or `[::1]:9464`; empty is nowhere. Names are none: what they mean may change."""
    if not value:
        return None
    found = _SERVER.fullmatch(value)
    try:
        where = ip_address((found["six"] or found["four"]) if found else "")
        number = port(0)(found["port"] or "") if found else 0
    except ValueError:
        number = 0
    if not number:
        raise ValueError(f"{_shown(value)} is not an address with a port such as 127.0.0.1:9464 or [::1]:9464")
    if not any(where in network for network in _LOOPBACK):
        raise ValueError(f"{_shown(value)} can be reached from elsewhere: write 127.0.0.1:{number} or [::1]:{number}")
    return MetricsSettings(address=str(where), port=number)


def header_name(value: str) -> str:
    if not re.fullmatch(r"[\x21-\x39\x3b-\x7e]+", value):
        raise ValueError(f"{_shown(value)} is not a header field's name")
    return value.lower()


def header_names(value: str) -> tuple[str, ...]:
    return tuple(header_name(word) for word in words(value))


def networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    found = []
    for word in words(value):
        try:
            found.append(ip_network(word, strict=False))
        except ValueError:
            raise ValueError(f"{_shown(word)} is neither an address such as 192.0.2.1 nor 192.0.2.0/24") from None
    return tuple(found)


def address(value: str) -> str:
    key = key_of(value)
    domain = key.rpartition("@")[2] if key else ""
    if key is None or not domain.isascii() or not all(domain.split(".")):
        raise ValueError(f"{_shown(value)} is not an e-mail address")
    return key


def optional_address(value: str) -> str:
    return address(value) if value else ""


def filing_address(value: str) -> FilingAddress:
    """`mycompany@in.example.com`, without subaddress or misplaced dots: numbers could not be told apart."""
    prefix, _, domain = address(value).rpartition("@")
    if "+" in prefix or '"' in prefix or not all(prefix.split(".")):
        why = "its local part has a plus sign, a quote or a misplaced dot"
        raise ValueError(f"{_shown(value)} cannot take project numbers: {why}")
    return FilingAddress(prefix=prefix, domain=domain)


def required_filing_address(value: str) -> FilingAddress:
    return filing_address(required(value))


def filing_addresses(value: str) -> tuple[FilingAddress, ...]:
    return tuple(filing_address(word) for word in words(value))


def start_policy(value: str) -> StartPolicy:
    if value.lower() in {"new", "all"}:
        return StartPolicy(everything=value.lower() == "all", since=None)
    kind, _, day = value.partition(":")
    try:
        if kind.lower() == "since":
            return StartPolicy(everything=False, since=date.fromisoformat(day.strip()))
    except ValueError:
        pass
    raise ValueError(f"{_shown(value)} is not new, all or since:YYYY-MM-DD")


def exemptions(value: str) -> tuple[Exempt, ...]:
    """`domain@cidr …`: domains whose mail from these clients is taken without authentication."""
    found = []
    for word in words(value):
        domain, at, cidr = word.partition("@")
        if not at or not cidr or len(domains(domain)) != 1:
            raise ValueError(f"{_shown(word)} is not of the form domain@192.0.2.0/24")
        found += [Exempt(domain=domains(domain)[0], network=network) for network in networks(cidr)]
    return tuple(found)


def folder(value: str) -> str:
    """INBOX is the same in any case (RFC 9051, 5.1), other names are not."""
    return "INBOX" if value.upper() == "INBOX" else required(value)


def one_of(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in allowed:
            raise ValueError(f"{_shown(value)} is not one of {', '.join(allowed)}")
        return value.lower()

    return parse


def port(default: int) -> Callable[[str], int]:
    parse = integer(1, 65535)
    return lambda value: parse(value) if value else default
