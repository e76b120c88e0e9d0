"""Every case of every variant against the rules, in one run of the program for each variant."""

from __future__ import annotations

from collections import Counter, defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.judge import Judged, disagreements, lying
from tests.acceptance.mailboxes import Account, Lying, contents, put
from tests.acceptance.variants import VARIANTS, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.case import Case
    from tests.acceptance.program import Program
    from tests.acceptance.ready import Ready


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_every_message_of_the_mailbox_is_judged_as_its_rule_says(variant: Variant, ready: Callable[..., Ready]) -> None:
    here = ready(variant.settings, variant.organizations)
    program, account = here.program, here.account
    for settings in variant.organizations.values():
        program.load(settings["FILING_ADDRESS"].partition("@")[0])
    uids = put(account, variant.cases)
    program.do("once")
    found = contents(account)
    wrong = [*compared(program, variant, uids, account), *places(variant, account, found), *strangers(program, variant)]
    if variant.twice:
        wrong += second(program, account, found)
    assert not wrong, "\n" + "\n".join(wrong)


def compared(program: Program, variant: Variant, uids: dict[int, Case], account: Account) -> Iterator[str]:
    """Every disagreement between the entries and the two listings."""
    rows = {row["uid"]: row for row in program.do("messages", "--json").rows}
    stored = {activity["id"]: activity for activity in program.do("activities", "--json").rows}
    of_one: dict[str, set[object]] = defaultdict(set)
    alone: list[object] = []
    for uid, case in uids.items():
        if uid not in rows:
            yield f"{case.name}: not in the ledger"
            continue
        row = rows[uid]
        yield from disagreements(Judged(case, case.source(account.login), row, stored.get(row["activity"])))
        if row["activity"] is not None:
            of_one[case.one].add(row["activity"]) if case.one else alone.append(row["activity"])
    yield from (f"{one}: copies have {len(ids)} activities" for one, ids in of_one.items() if len(ids) != 1)
    shared = [*alone, *(id_ for ids in of_one.values() for id_ in ids)]
    yield from (f"activity {id_} is that of {n} different messages" for id_, n in Counter(shared).items() if n > 1)
    yield from (f"activity {id_} belongs to no message" for id_ in set(stored) - set(shared))
    if len(rows) != len(uids):
        yield f"{len(uids)} messages were delivered, {len(rows)} are in the ledger"


def places(variant: Variant, account: Account, found: list[Lying]) -> Iterator[str]:
    """Every message that is not in the folder of its outcome, flagged or unflagged, seen or unseen as it was."""
    by_content: dict[str, list[Lying]] = defaultdict(list)
    for one in found:
        by_content[one.sha256].append(one)
    for case in variant.cases:
        here = by_content[sha256(case.source(account.login)).hexdigest()]
        yield from lying(case, here.pop() if here else None, variant.folders[case.expected.outcome])
    yield from (f"{len(rest)} more of a message in {rest[0].folder}" for rest in by_content.values() if rest)


def strangers(program: Program, variant: Variant) -> Iterator[str]:
    """P2: no filing address among participants, in any activity of any case."""
    ours = ("mycompany@in.example.com", "globex@in.example.com", "notices@")
    for activity in program.do("activities", "--json").rows:
        yield from (
            f"activity {activity['id']}: participant {p}"
            for p in activity["participants"]
            if p["address"].endswith(ours[:2]) or p["address"].startswith(ours[2])
        )


def second(program: Program, account: Account, found: list[Lying]) -> Iterator[str]:
    """What another `once` changes."""
    before = [program.do(listing, "--json").out for listing in ("messages", "activities")]
    program.do("once")
    if contents(account) != found:
        yield "a second once changed the mailbox"
    if [program.do(listing, "--json").out for listing in ("messages", "activities")] != before:
        yield "a second once changed the listings"


def test_no_two_cases_of_a_variant_have_one_name() -> None:
    for variant in VARIANTS:
        names = Counter(case.key for case in variant.cases)
        assert not [name for name, number in names.items() if number > 1], variant.name


def test_every_rule_has_cases() -> None:
    judged = {case.name.split()[0] for variant in VARIANTS for case in variant.cases}
    assert judged >= {
        *(f"A{n}" for n in range(1, 10)),
        *(f"P{n}" for n in range(1, 11)),
        "S3",
        "S4",
        "S5",
        "S6",
        "S7",
        "S8",
        "5",
    }
