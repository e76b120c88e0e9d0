"""Mail that arrives from now on, in several folders."""

from __future__ import annotations

import pytest

from poller.deadline import Deadline
from poller.errors import ConfigurationError
from poller.mailbox.seeking import Seeker
from tests.workplace import mail

WORD = "0123456789ab"
LIMIT = 1_000_000


@pytest.fixture
def user(dovecot):
    return dovecot.user()


def about(number, word=WORD):
    return mail(number).replace(b"Subject: Message", f"Subject: {word} Message".encode())


@pytest.fixture
def seek(dovecot, user, tmp_path):
    """Opens a seeker; what it finds at each look, as folder and the number in the subject."""
    opened = []

    def start(*others):
        seeker = Seeker(dovecot.settings(user), others, Deadline())
        opened.append(seeker)
        return lambda: [
            (one.folder, one.fetched.source.partition(b"Message ")[2].partition(b"\r")[0].decode())
            for one in seeker.new_with(WORD, tmp_path, LIMIT)
        ]

    yield start
    for one in opened:
        one.__exit__(None, None, None)


def test_what_is_there_already_is_not_found_and_what_comes_is_found_once(user, seek):
    user.deliver(about(1))
    look = seek()
    assert look() == []
    user.deliver(about(2))
    user.deliver(mail(3))
    assert look() == [("INBOX", "2")]
    user.deliver(about(4))
    assert look() == [("INBOX", "4")]


def test_a_word_in_the_text_is_enough(user, seek):
    look = seek()
    user.deliver(mail(5) + WORD.encode())
    assert look() == [("INBOX", "5")]


def test_a_folder_that_is_made_meanwhile_is_looked_into(user, seek):
    look = seek("Ignored", "Never")
    assert look() == []
    user.deliver(about(6), folder=".Ignored")
    assert look() == [("Ignored", "6")]


def test_other_folders_are_named_only_where_the_subject_has_the_word(dovecot, user):
    for folder, source in ((".Junk", about(1)), (".Notes", mail(2)), (".Ignored", about(3))):
        user.deliver(source, folder=folder)
    with Seeker(dovecot.settings(user), ["Ignored"], Deadline()) as seeker:
        assert seeker.elsewhere(WORD) == ["Junk"]


def test_an_inbox_that_is_not_there_is_a_mistake_in_the_settings(dovecot, user, tmp_path):
    settings = dovecot.settings(user, folder="Nowhere")
    with Seeker(settings, [], Deadline()) as seeker, pytest.raises(ConfigurationError, match="IMAP_FOLDER"):
        list(seeker.new_with(WORD, tmp_path, LIMIT))
