"""Somebody else in the same mailbox, between our SEARCH and our FETCH, and a server that tells of it unasked."""

from __future__ import annotations

import pytest

from poller.mailbox.inbox import Inbox
from tests.faults.site import BODIES
from tests.servers.proxy import Edit


@pytest.fixture
def meddling(site, monkeypatch):
    """Another client does something to UID 2 after our SEARCH, or after we asked for sizes: once."""

    def arrange(verb, doing):
        ours = getattr(Inbox, verb)

        def after_the_other(self, *rest):
            monkeypatch.setattr(Inbox, verb, ours)
            with Inbox(site.workplace.dovecot.settings(site.workplace.user)) as other:
                doing(other)
            return ours(self, *rest)

        monkeypatch.setattr(Inbox, verb, after_the_other)

    return arrange


def expunge(other):
    other._connection.ask("marking", lambda client: client.add_flags([2], ["\\Deleted"]))
    other._connection.ask("removing", lambda client: client.uid_expunge([2]))


def move(other):
    other.settle([2], folder="Elsewhere", flagged=False, keyword="$Elsewhere")


def flag(other):
    other._connection.ask("marking", lambda client: client.add_flags([2], ["\\Seen", "\\Deleted", "\\Flagged", "own"]))


@pytest.mark.parametrize("verb", ["describe", "fetch"])
def test_f19_mail_that_another_client_expunges_is_missed_and_holds_up_no_other(site, meddling, verb):
    gone(site, meddling, verb, expunge)


@pytest.mark.parametrize("verb", ["describe", "fetch"])
def test_f20_mail_that_another_client_moves_is_missed_and_holds_up_no_other(site, meddling, verb):
    gone(site, meddling, verb, move)
    assert site.count(".Elsewhere") == 1


def gone(site, meddling, verb, doing):
    meddling(verb, doing)
    site.deliver(1, 2, 3)
    with site.worker() as worker:
        site.cycle(worker)
        site.deliver(4)
        site.cycle(worker)
    assert site.subjects() == ["Message 1", "Message 3", "Message 4"]
    assert (site.count(), site.count(".Filed")) == (0, 3)
    assert not site.told


@pytest.mark.parametrize("verb", ["describe", "fetch"])
def test_f21_flags_that_another_client_sets_change_nothing(site, meddling, verb):
    meddling(verb, flag)
    site.deliver(1, 2, 3)
    site.cycle()
    site.all_filed(1, 2, 3)
    assert not site.told


UNASKED = (
    b"* 1 FETCH (FLAGS (\\\\Seen))\r\n* 2 FETCH (UID 2 FLAGS (\\\\Seen))\r\n* 9 EXISTS\r\n* 1 RECENT\r\n* 3 EXPUNGE\r\n"
)
FORGED = b'* 1 FETCH (UID 77 BODY[] "")\r\n* 2 FETCH (BODY[] "no UID")\r\n'


@pytest.mark.parametrize("said", [b"SELECT", b"STATUS", b"NOOP", b"UID SEARCH", b"UID FETCH", b"UID MOVE"])
@pytest.mark.parametrize("where", [rb"\A", rb"(?m)^(?=\w+ OK )"], ids=["before", "after"])
def test_f22_what_a_server_tells_unasked_is_not_mixed_up(site, said, where):
    with site.worker() as worker:
        for number in (1, 2):
            site.deliver(number, 10 + number)
            site.cycle(worker, Edit(said=said, pattern=where, into=UNASKED))
            site.cycle(worker)
    site.all_filed(1, 2, 11, 12)
    assert not site.told


def test_f22_an_answer_about_other_mail_is_nobodys(site):
    site.deliver(1, 2)
    site.cycle(None, Edit(said=BODIES, pattern=rb"\A", into=FORGED))
    site.all_filed(1, 2)


@pytest.mark.parametrize(
    "into", [rb"* SEARCH \1\r\n* 9 EXISTS\r\n* SEARCH \2", rb"* SEARCH \2 \1 \2\r\n* SEARCH", rb"* SEARCH \1 99 \2"]
)
def test_f22_two_search_lines_are_one_answer(site, into):
    site.deliver(1, 2)
    site.cycle(None, Edit(said=rb"UID SEARCH", pattern=rb"\* SEARCH (\d+) (\d+)", into=into))
    site.all_filed(1, 2)
    assert not site.told
