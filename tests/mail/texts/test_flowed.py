from __future__ import annotations

import pytest

from poller.mail.texts.flowed import unflowed


@pytest.mark.parametrize(
    ("text", "delete_space", "paragraphs"),
    [
        ("one \ntwo\nthree", False, "one two\nthree"),
        ("one \ntwo", True, "onetwo"),
        (" stuffed\n From here", False, "stuffed\nFrom here"),
        ("> a \n> b\n>> c \nd", False, "> a b\n>> c \nd"),
        ("-- \nAnna", False, "-- \nAnna"),
        ("open ", False, "open "),
        ("", False, ""),
    ],
)
def test_soft_line_breaks_are_joined(text, delete_space, paragraphs):
    assert unflowed(text, delete_space=delete_space) == paragraphs
