"""Targets and the projects that exist -> where the message goes, and which of its addresses lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from poller.filing.address import Problem, Target
from poller.filing.facts import Project
from poller.filing.reasons import Reason
from poller.filing.route import Routed
from poller.settings.model import UnknownProject

MAX_NAMED = 20
"""Refused addresses of one message that are named, and of which its sender is told; people name one or two."""


class Case(StrEnum):
    """What is wrong with an address that is refused as invalid."""

    UNKNOWN_PROJECT = "unknown-project"
    AMBIGUOUS_PROJECT = "ambiguous-project"
    ARCHIVED_PROJECT = "archived-project"
    MALFORMED_NUMBER = "malformed-number"
    OTHER_PREFIX = "other-prefix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An address of ours that can file nothing; `detail` is a sentence for the administrator.

    `case` says what is wrong where the reason is RECIPIENT_INVALID, `number` what was taken for a project's.
    """

    address: str
    reason: Reason
    detail: str
    case: Case | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """`reachable`: at least one address was valid, be it the bare one. `unknown`: numbers stored without project."""

    reachable: bool
    projects: tuple[Project, ...]
    refused: tuple[Refused, ...]
    unknown: tuple[str, ...]

    @property
    def bare(self) -> bool:
        """Whether nothing was named but the organization's bare address."""
        return self.reachable and not (self.projects or self.refused or self.unknown)


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
    case = _case(target, meant)
    if case is None:
        return None
    return Refused(
        address=address,
        reason=Reason.RECIPIENT_INVALID,
        detail=_in_words(case, target, meant),
        case=case,
        number=target.number,
    )


def _case(target: Target, meant: tuple[Project, ...]) -> Case | None:
    if target.problem is Problem.OTHER_PREFIX:
        return Case.OTHER_PREFIX
    if target.problem is Problem.MALFORMED_NUMBER:
        return Case.MALFORMED_NUMBER
    if target.number is None:
        return None
    if not meant:
        return Case.UNKNOWN_PROJECT
    if len(meant) > 1:
        return Case.AMBIGUOUS_PROJECT
    return Case.ARCHIVED_PROJECT if meant[0].state == "archived" else None


def _in_words(case: Case, target: Target, meant: tuple[Project, ...]) -> str:
    numbers = ", ".join(project.number for project in meant)
    return {
        Case.OTHER_PREFIX: f"{target.address} is not a filing address",
        Case.MALFORMED_NUMBER: f"{target.address} holds no well-formed project number",
        Case.UNKNOWN_PROJECT: f"{target.address}: there is no project {target.number}",
        Case.AMBIGUOUS_PROJECT: f"{target.address}: project {target.number} could be any of {numbers}",
        Case.ARCHIVED_PROJECT: f"{target.address}: project {numbers} is archived",
    }[case]
