"""Clocks that disagree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from poller.checking.clock import check_clock
from tests.checking.test_recipients import checked

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("database", "newest", "told"),
    [
        (None, None, []),
        (0, 0, []),
        (1, 1, []),
        (-1, -600, []),  # mail of before says nothing
        (5, None, ["PostgreSQL's clock is 300 s ahead of this machine"]),
        (-5, None, ["PostgreSQL's clock is 300 s behind this machine"]),
        (None, 10, ["the newest message in the mailbox is 600 s ahead of this machine"]),
        (5, 10, ["PostgreSQL's clock is 300 s ahead of", "the newest message in the mailbox is 600 s ahead of"]),
    ],
)
def test_more_than_two_minutes_apart_is_told(tmp_path, database, newest, told):
    now = datetime.now(UTC)
    looked = checked(tmp_path, [["Subject: x"]] * (newest is not None))
    looked.now = now
    looked.database_clock = None if database is None else now + database * MINUTE
    samples = tuple(replace(one, internal_date=now + newest * MINUTE) for one in looked.mailbox.samples)
    looked.mailbox = replace(looked.mailbox, samples=samples)
    found = list(check_clock(looked))
    assert all(one.ok != bool(told) for one in found)
    assert len(found) == max(len(told), 1)
    for one, start in zip(found, told, strict=False):
        assert one.sentence.startswith(start)
        assert one.remedy.startswith("timedatectl set-ntp true")


def test_without_a_mailbox_there_is_less_to_compare(tmp_path):
    looked = checked(tmp_path, [])
    looked.mailbox = None
    assert [one.ok for one in check_clock(looked)] == [True]
