"""Targets and the projects that exist -> where the message goes, and which of its addresses lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from poller.filing.address import Problem, Target
from poller.filing.facts import Project
from poller.filing.reasons import Reason
from poller.filing.route import Routed
from poller.settings.model import UnknownProject


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An address of ours that can file nothing; `detail` is a sentence for whoever used it."""

    address: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """`reachable`: at least one address was valid, be it the bare one. `unknown`: numbers stored without project."""

    reachable: bool
    projects: tuple[Project, ...]
    refused: tuple[Refused, ...]
    unknown: tuple[str, ...]


def find_destination(
    targets: Iterable[Routed], projects: Mapping[str, tuple[Project, ...]], unknown_project: UnknownProject
) -> Destination:
    """`projects`: for each number asked for, those that it may mean; exactly one must be meant."""
    found: dict[int, Project] = {}
    refused: list[Refused] = []
    unknown: list[str] = []
    reachable = False
    for target in (routed.target for routed in targets):
        meant = projects.get(target.number, ()) if target.number else ()
        if unknown_project is UnknownProject.STORE and target.number and not meant:
            unknown.append(target.number)
        elif refusal := _refusal(target, meant):
            refused.append(refusal)
            continue
        reachable = True
        found.update({project.id: project for project in meant})
    return Destination(
        reachable=reachable, projects=tuple(found.values()), refused=tuple(refused), unknown=tuple(unknown)
    )


def _refusal(target: Target, meant: tuple[Project, ...]) -> Refused | None:
    address = target.address
    if target.problem is Problem.RETIRED:
        return Refused(address=address, reason=Reason.RETIRED_ADDRESS, detail=f"{address} is no longer in use")
    detail = _why_invalid(target, meant)
    return Refused(address=address, reason=Reason.RECIPIENT_INVALID, detail=detail) if detail else None


def _why_invalid(target: Target, meant: tuple[Project, ...]) -> str | None:
    if target.problem is Problem.OTHER_PREFIX:
        return f"{target.address} is not a filing address"
    if target.problem is Problem.MALFORMED_NUMBER:
        return f"{target.address} holds no well-formed project number"
    if target.number is None:
        return None
    if not meant:
        return f"{target.address}: there is no project {target.number}"
    if len(meant) > 1:
        numbers = ", ".join(project.number for project in meant)
        return f"{target.address}: project {target.number} could be any of {numbers}"
    if meant[0].state == "archived":
        return f"{target.address}: project {meant[0].number} is archived"
    return None
