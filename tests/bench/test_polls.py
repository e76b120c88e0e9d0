from __future__ import annotations

from tests.bench.polls import KEPT_EMPTY, KINDS, Spending, Spent, figures


def test_medians_are_set_beside_each_other_and_beside_their_aims():
    spending = Spending()
    for kind in KINDS:
        for few, many in ((2.0, 3.0), (4.0, 6.0), (90.0, 4.0)):
            spending.note(kind, 1_000, Spent(wall=few * 2, cpu=few))
            spending.note(kind, 100_000, Spent(wall=many * 2, cpu=many))
    found = {one.name: one for one in figures(spending, 1_000, 100_000)}
    assert len(found) == 6 * len(KINDS)
    assert [found[f"{KEPT_EMPTY} of {size}: CPU"].value for size in ("1,000", "100,000")] == [4.0, 4.0]
    assert found[f"{KEPT_EMPTY} of 100,000: CPU"].aim == "≤ 5"
    assert found[f"{KEPT_EMPTY}: wall, many/few"].value == 1.0
