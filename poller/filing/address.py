"""Envelope address -> what it asks for: a project number, no project, or nothing that exists (RFC 5233)."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from poller.settings.model import FilingAddress, OrganizationSettings, RoutingSettings

# What a local part may hold between its dots (RFC 5322, 3.2.3), other letters of the world included (RFC 6532),
# but for the plus sign, which separates.
_NUMBER = re.compile(r"[^\x00-\x20\x7f\"(),:;<>@\[\\\]+.]+(?:\.[^\x00-\x20\x7f\"(),:;<>@\[\\\]+.]+)*")


class Problem(Enum):
    """Why an address of ours can file nothing, whatever the directory says."""

    OTHER_PREFIX = auto()
    RETIRED = auto()
    MALFORMED_NUMBER = auto()


class Target(NamedTuple):
    """An address of ours. Without a problem, `number` is the project number as written, or None for "no project"."""

    address: str
    organization: OrganizationSettings | None
    number: str | None = None
    problem: Problem | None = None


def parse_target(key: str, routing: RoutingSettings) -> Target | None:
    """Address key -> what it asks for, or None when the address is not ours.

    The local part without its subaddress is the prefix, or ends with "." and the prefix; it is never split at dots,
    because prefixes and numbers may hold them. Where several prefixes fit, the longest wins.
    """
    local, _, domain = key.rpartition("@")
    if not any(_has_domain(one, domain) for one in routing.organizations):
        return None
    base, plus, detail = local.partition("+")
    candidates = sorted(_addresses(routing), key=lambda one: len(one.address.prefix), reverse=True)
    for candidate in candidates:
        if candidate.address.domain == domain and _has_prefix(base, candidate.address.prefix):
            return _of_prefix(key, candidate, base, detail if plus else "")
    if domain in {candidate.address.domain for candidate in candidates if not candidate.retired}:
        # On a domain with other mail too, an address without a prefix of ours is somebody's.
        return (
            Target(address=key, organization=None, problem=Problem.OTHER_PREFIX) if routing.dedicated_domain else None
        )
    return None


class _Candidate(NamedTuple):
    address: FilingAddress
    organization: OrganizationSettings
    retired: bool


def _has_domain(organization: OrganizationSettings, domain: str) -> bool:
    return domain == organization.filing_address.domain or domain in [old.domain for old in organization.retired]


def _addresses(routing: RoutingSettings) -> list[_Candidate]:
    active = [_Candidate(one.filing_address, one, retired=False) for one in routing.organizations]
    return active + [_Candidate(old, one, retired=True) for one in routing.organizations for old in one.retired]


def _has_prefix(base: str, prefix: str) -> bool:
    return base == prefix or base.endswith("." + prefix)


def _of_prefix(key: str, candidate: _Candidate, base: str, detail: str) -> Target:
    if candidate.retired:
        return Target(address=key, organization=candidate.organization, problem=Problem.RETIRED)
    number = detail if base == candidate.address.prefix else base[: -len(candidate.address.prefix) - 1]
    if number == "" and base == candidate.address.prefix:
        return Target(address=key, organization=candidate.organization)
    if not _NUMBER.fullmatch(number):
        return Target(address=key, organization=candidate.organization, problem=Problem.MALFORMED_NUMBER)
    return Target(address=key, organization=candidate.organization, number=number)
