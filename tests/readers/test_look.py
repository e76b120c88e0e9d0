from __future__ import annotations

from dataclasses import replace

import pytest

from poller.errors import Transient
from poller.readers.frames import Failed
from poller.readers.look import Look
from poller.readers.spooling import spooled, with_spooled
from tests.readers.making import LOOKING, told


def here():
    pytest.fail("nobody is to look here")


def made(wait):
    return Look("one", told(), None, wait)


def seen(tmp_path):
    return with_spooled(LOOKING.look(told()), tmp_path)


def test_it_is_waited_for_once(tmp_path):
    waits = []
    look = made(lambda look: (waits.append(look), look.answer(seen(tmp_path))))
    assert look.take(here) is look.take(here)
    assert waits == [look]


def test_one_that_is_answered_is_not_waited_for():
    look = made(lambda _: pytest.fail("nobody is to wait"))
    look.answer(None)
    assert look.take(here) is None


def test_where_nobody_answers_it_is_taken_here_once():
    looks = []
    look = made(lambda _: None)
    assert look.take(lambda: looks.append("here") or LOOKING.look(told())).screened.message.subject == "Message 1"
    look.take(here)
    assert looks == ["here"]


def test_trouble_with_the_disk_is_raised():
    look = made(lambda look: look.answer(Failed(why="no room", later=True)))
    with pytest.raises(Transient, match="no room"):
        look.take(here)
    look.forget()


def test_what_is_forgotten_leaves_no_file_unless_it_was_moved_away(tmp_path):
    one, other, unanswered, failed = (made(lambda _: None) for _ in range(4))
    one.answer(seen(tmp_path))
    other.answer(seen(tmp_path))
    failed.answer(None)
    (file,) = other.take(here).screened.message.attachments
    spooled(file).rename(tmp_path / "moved")
    for look in (one, other, unanswered, failed):
        look.forget()
    assert [path.name for path in tmp_path.iterdir()] == ["moved"]


def test_its_load_grows_with_its_octets_and_outlives_them():
    large = Look("one", replace(told(), source=b"x" * 1_000_000), None, lambda _: None)
    assert large.load == made(lambda _: None).load - len(told().source) + 1_000_000
