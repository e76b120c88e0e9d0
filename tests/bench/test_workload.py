from __future__ import annotations

from tests.bench.workload import mixed, small


def test_a_workload_is_the_same_but_for_its_signatures():
    first, second = (list(mixed(12)) for _ in range(2))
    assert [one.attachments for one in first] == [one.attachments for one in second]
    assert [one.source[-60:] for one in first] == [one.source[-60:] for one in second]


def test_small_is_small():
    assert all(1_800 < len(one.source) < 2_800 for one in small(20))
