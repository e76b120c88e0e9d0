"""Every case of every variant against the rules, in one run of the program for each variant."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.judge import Judged, disagreements, lying
from tests.acceptance.mailboxes import Account, Lying, contents, put
from tests.acceptance.rules import RULES
from tests.acceptance.variants import VARIANTS, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.case import Case
    from tests.acceptance.program import Program
    from tests.acceptance.ready import Ready


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_every_message_of_the_mailbox_is_judged_as_its_rule_says(variant: Variant, ready: Callable[..., Ready]) -> None:
    here = ready(variant.settings, variant.organizations)
    for settings in variant.organizations.values():
        here.program.load(settings["FILING_ADDRESS"].partition("@")[0])
    uids = put(here.account, variant.cases)
    here.program.do("once")
    told, found = listings(here.program), contents(here.account)
    wrong = [*compared(told, uids, here.account), *places(variant, here.account, found), *ours(told)]
    if variant.twice:
        here.program.do("once")
        wrong += ["a second once changed the mailbox"] if contents(here.account) != found else []
        wrong += ["a second once changed the listings"] if listings(here.program) != told else []
    assert not wrong, "\n" + "\n".join(wrong)


@dataclass(frozen=True, slots=True)
class Told:
    """What the listings say after a run."""

    messages: list[dict[str, Any]]
    activities: list[dict[str, Any]]


def listings(program: Program) -> Told:
    return Told(program.do("messages", "--json").rows, program.do("activities", "--json").rows)


def compared(told: Told, uids: dict[int, Case], account: Account) -> Iterator[str]:
    """Every disagreement between the entries and the two listings."""
    rows = {row["uid"]: row for row in told.messages}
    stored = {activity["id"]: activity for activity in told.activities}
    of_one: dict[str, set[int]] = defaultdict(set)
    for uid, case in uids.items():
        if uid not in rows:
            yield f"{case.name}: not in the ledger"
            continue
        row = rows[uid]
        yield from disagreements(Judged(case, case.source(account.login), row, stored.get(row["activity"])))
        if row["activity"] is not None:
            of_one[case.one or case.name].add(row["activity"])
    yield from (f"{one}: {len(ids)} activities for one message" for one, ids in of_one.items() if len(ids) != 1)
    linked = Counter(id_ for ids in of_one.values() for id_ in ids)
    yield from (f"activity {id_} is that of {n} different messages" for id_, n in linked.items() if n > 1)
    yield from (f"activity {id_} belongs to no message" for id_ in set(stored) - set(linked))
    if len(told.messages) != len(uids):
        yield f"{len(uids)} messages were delivered, {len(told.messages)} are in the ledger"


def places(variant: Variant, account: Account, found: list[Lying]) -> Iterator[str]:
    """Every message that is not in the folder of its outcome, flagged or unflagged, seen or unseen as it was."""
    by_content: dict[str, list[Lying]] = defaultdict(list)
    for one in found:
        by_content[one.sha256].append(one)
    for case in variant.cases:
        here = by_content[sha256(case.source(account.login)).hexdigest()]
        yield from lying(case, here.pop() if here else None, variant.folders[case.expected.outcome])
    yield from (f"{len(rest)} more of a message in {rest[0].folder}" for rest in by_content.values() if rest)


def ours(told: Told) -> Iterator[str]:
    """P2: no address of ours among participants, in any activity of any case."""
    for activity in told.activities:
        for participant in activity["participants"]:
            if re.search(r"company@in\.|globex@in\.|^notices@|^catchall", participant["address"]):
                yield f"activity {activity['id']}: participant {participant}"


def test_no_two_cases_of_a_variant_have_one_name() -> None:
    for variant in VARIANTS:
        names = Counter(case.key for case in variant.cases)
        assert not [name for name, number in names.items() if number > 1], variant.name


def test_every_rule_has_cases() -> None:
    judged = {case.name.split()[0] for variant in VARIANTS for case in variant.cases}
    assert judged == {*RULES} - {"Q", "V", "F"} | {"Q8"}  # which `notices` has
