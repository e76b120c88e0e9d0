from __future__ import annotations

import pytest

from poller.submission.reply import Reply


@pytest.mark.parametrize(
    ("code", "positive", "final"), [(220, True, False), (354, False, False), (451, False, False), (550, False, True)]
)
def test_the_first_digit_says_what_it_means(code, positive, final):
    reply = Reply.read(code, b"")
    assert (reply.is_positive, reply.is_final) == (positive, final)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"5.1.1 no such user.", "550 5.1.1 no such user"),
        (b"two\nlines", "550 two lines"),
        (b"\xff\x1b[2J\x00", "550 \ufffd[2J"),
        (b"", "550"),
        ("as smtplib itself says it", "550 as smtplib itself says it"),
        (b"x" * 9_000, "550 " + "x" * 500),
    ],
)
def test_it_is_shown_on_one_clean_line_of_bounded_length(text, shown):
    assert str(Reply.read(550, text)) == shown
