"""Sessions that end with their access token: which of them are followed by the next one at once."""

from __future__ import annotations

import pytest

from poller.mailbox.errors import LoginExpired
from poller.mailbox.renewals import Renewals

OLD, FRESH = LoginExpired("others had used its token", fresh=False), LoginExpired("its token has expired")


@pytest.mark.parametrize(
    ("ends", "at_once"),
    [
        ([(0, FRESH)], [True]),
        ([(0, OLD)], [True]),
        ([(0, OLD), (1, FRESH)], [True, True]),
        ([(0, FRESH), (1, OLD)], [True, True]),
        ([(0, FRESH), (60, FRESH)], [True, False]),
        ([(0, FRESH), (61, FRESH)], [True, True]),
        ([(0, OLD), (1, OLD)], [True, False]),
        ([(0, OLD), (1, FRESH), (2, OLD), (3, FRESH)], [True, True, False, False]),
        ([(0, FRESH), (50, FRESH), (100, FRESH), (161, FRESH)], [True, False, False, True]),
    ],
)
def test_each_kind_is_renewed_at_once_where_the_last_end_was_more_than_a_minute_ago(monkeypatch, ends, at_once):
    now = iter([seconds for seconds, _ in ends])
    monkeypatch.setattr("poller.mailbox.renewals.time.monotonic", lambda: next(now))
    renewals = Renewals()
    assert [renewals.at_once(ended) for _, ended in ends] == at_once
