from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.fields.moments import moment_of


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 2 Mar 2026 10:00:00 +0200",
        "Mon, 2 Mar 2026 08:00:00 GMT",
        "2 Mar 2026 10:00 +0200 (EET)",
        "2026-03-02T10:00:00+02:00",
        "2026-03-02 10:00 +0200",
        "2 March 2026 at 10.00.00 EET",
        "March 2, 2026 at 12:00:00 AM GMT-8",
        "March 2, 2026 at 8:00:00 AM UTC",
        "2. maaliskuuta 2026 klo 10.00.00 UTC+2",
        "2 mars 2026 10:00:00 CET+1",
        "den 2 mars 2026 kl. 09:00 CET",
        "Am 2. März 2026 um 09:00:00 MEZ, GMT+1",
        "2 de marzo de 2026, 9:00:00 CET",
        "2. märts 2026 10:00 EET",
        "maandag 2 maart 2026 09:00 GMT+1",
        "2.3.2026 10.00 EET",
    ],
)
def test_a_date_that_names_a_moment_is_that_moment(text):
    assert moment_of(text) == datetime(2026, 3, 2, 9 if "CET+1" in text else 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "today", "2 March 2026", "Monday, March 2, 2026 10:00 AM", "2 March 2026 10:00", "10:00 EET"),
        *("3/4/2026 10:00 EET", "2 Marzipan 10:00 EET", "32 March 2026 10:00 EET", "2 March 2026 25:00 EET"),
        *("2 March 2026 10:00 IST", "2 March 2026 10:00 +99:00", "2 Foo 2026 10:00 EET", "2.13.2026 10:00 EET"),
        *("１２ March 2026 ²:00 EET"),
    ],
)
def test_what_names_no_moment_beyond_doubt_is_none(text):
    assert moment_of(text) is None


@given(
    st.text()
    | st.lists(st.sampled_from(["2", " ", "March", "2026", ":", ".", "10", "+", "EET", "-", ","])).map("".join)
)
def test_any_text_is_a_moment_or_none(text):
    moment = moment_of(text)
    assert moment is None or moment.tzinfo is UTC
