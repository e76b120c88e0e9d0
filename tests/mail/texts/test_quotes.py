from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.texts.quotes import quoted_from
from tests.cpu import cpu_within


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", None),
        ("Hello", None),
        ("> all quoted", "> all quoted"),
        ("Hi\n\nOn 1.1.2024 10:00, Bo wrote:\n> old", "On 1.1.2024 10:00, Bo wrote:\n> old"),
        ("Hi\n\nAm 01.01.24 um 10:00 schrieb Bo:\n> alt", "Am 01.01.24 um 10:00 schrieb Bo:\n> alt"),
        ("Hei\nBo kirjoitti 1.1.2024 klo 10.00:\n> vanha\n\n", "Bo kirjoitti 1.1.2024 klo 10.00:\n> vanha\n\n"),
        ("Hej\n\n2024-01-01 10:00 skrev Bo:\n\ngammal", "2024-01-01 10:00 skrev Bo:\n\ngammal"),
        ("Thanks\nOn Mon 10:00\nBo <b@x.fi> wrote:\nold", "On Mon 10:00\nBo <b@x.fi> wrote:\nold"),
        (
            "Hi\n________________________________\nFrom: Bo\nSent: today\nSubject: x\n\nold",
            f"{'_' * 32}\nFrom: Bo\nSent: today\nSubject: x\n\nold",
        ),
        ("Hi\n_____\nFrom: Bo\nSent: today\nSubject: x\n\nold", "From: Bo\nSent: today\nSubject: x\n\nold"),
        ("Bo <b@x.fi>, 9.00:\nMeet us there.", None),
        ("FYI\n\n---------- Forwarded message ---------\nFrom: Bo", "---------- Forwarded message ---------\nFrom: Bo"),
        ("He wrote:\nnothing", None),
        ("Bo kirjoitti raportin 2024:\nse on hyvä.", None),
        ("On January 1, 2024, Bo wrote:\n\nold", "On January 1, 2024, Bo wrote:\n\nold"),
        ("Agenda\n\nFrom: Helsinki\nTo: Tampere\nDate: Monday 9:00", None),
        ("> q\nanswer", None),
    ],
)
def test_quoted_history_is_marked(text, quoted):
    start = quoted_from(text)
    assert (None if start is None else text[start:]) == quoted


@pytest.mark.parametrize(
    "piece", [">", "\n", "> a\n", "On a 1:00 wrote:\n", "From: x\n", "-", " ", "a 1:00 wrote ", "- \n", ":\n"]
)
def test_work_is_bounded_for_a_long_text(piece):
    with cpu_within(5):
        quoted_from(piece * (2_000_000 // len(piece)))


@given(
    st.lists(st.sampled_from([">", " ", "On 1:00 a@b wrote:", "\n", "From: x", "Sent: y", "text", "---"])).map("".join)
)
def test_the_offset_starts_a_line(text):
    start = quoted_from(text)
    assert start is None or start == 0 or text[start - 1] == "\n"


def test_of_lines_that_might_end_an_attribution_so_many_are_looked_at():
    with cpu_within(1):  # it takes a tenth of that
        quoted_from(("wrote " * 65 + "：\n") * 4_900)
