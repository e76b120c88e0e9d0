"""What the directory has learned, applied to activities that are filed already: page by page, oldest first.

Each page that changes anything is a transaction of its own. Whoever is killed has lost nothing: the next run goes on,
because what is done already is no change any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from poller.filing.facts import Customer
from poller.filing.match import MatchRules
from poller.storage.rematching import Judged, Scope, apply, find_ids, judge, last_id

_PAGE: Final = 200
"""Activities that are judged, and perhaps written, at once: so long a worker may have to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which activities: with a `project` (an id) or a `customer` those that concern it, before or afterwards."""

    scopes: tuple[Scope, ...]
    project: int | None = None
    customer: Customer | None = None

    def includes(self, one: Judged) -> bool:
        project, customer = self.project, self.customer
        return (project is None or project in one.project_ids) and (customer is None or one.concerns(customer))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What came of so many activities. `done` of `total` is the way there."""

    looked_at: int
    judged: list[Judged]
    done: int
    total: int

    def documents(self) -> Iterator[dict[str, Any]]:
        """A change each, with the keys that others rely on."""
        for one in self.judged:
            for change in one.changes:
                yield {
                    "activity": one.stored.id,
                    "what": change.what,
                    "before": change.before,
                    "after": change.after,
                    "why": change.why,
                }


def rematch(wanted: Wanted, rules: MatchRules, now: Callable[[], datetime], *, dry_run: bool) -> Iterator[Page]:
    """Inside a connection. With `dry_run` the pages are the same, and nothing is written."""
    lengths = [last_id(scope) for scope in wanted.scopes]
    for number, scope in enumerate(wanted.scopes):
        behind = 0
        while ids := find_ids(scope, behind, _PAGE):
            behind = ids[-1]
            done = sum(lengths[:number]) + behind
            judged = [one for one in judge(scope.organization_id, ids, rules) if wanted.includes(one)]
            if judged and not dry_run:
                again = [one.stored.id for one in judged]
                judged = apply(scope.organization_id, again, rules, wanted.includes, now())
            yield Page(looked_at=len(ids), judged=judged, done=done, total=max(sum(lengths), done))
