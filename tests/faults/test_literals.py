"""A message is all there or not at all: whatever happens inside the literal that it comes in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.faults.site import BODIES
from tests.servers.proxy import ALWAYS, Action, Cut
from tests.workplace import mail

SIZE = len(mail(1))
LITERAL = rb"BODY\[\] \{\d+\}\r\n"

# What of the server's answer passes: up to the end of what matches, and so many octets more.
PLACES = {
    "before the answer": (b"", 0),
    "inside the size": (rb"BODY\[\] \{\d", 0),
    "between size and literal": (rb"BODY\[\] \{\d+\}", 1),
    "before the first octet": (LITERAL, 0),
    "after the first octet": (LITERAL, 1),
    "in the middle": (LITERAL, SIZE // 2),
    "before the last octet": (LITERAL, SIZE - 1),
    "before the parenthesis": (LITERAL, SIZE),
    "after the parenthesis": (LITERAL, SIZE + 1),
}


def check(site, worker, number, cut):
    """A cycle in which no message comes through, whatever is tried; and one without the fault, a day later."""
    worker.close()  # time-outs are of a connection
    site.deliver(number)
    site.cycle(worker, cut)
    assert (site.count(), site.count(".Filed")) == (1, number), cut


def recover(site, worker):
    site.ahead += timedelta(days=1)
    worker.close()
    site.cycle(worker)


def test_f05_an_end_of_file_in_a_literal_stores_nothing_of_it(site, caplog):
    with site.worker() as worker:
        for number, (answer, offset) in enumerate(PLACES.values()):
            cut = Cut(action=Action.EOF, said=BODIES, times=ALWAYS, answer=answer, offset=offset)
            check(site, worker, number, cut)
            recover(site, worker)
    assert "cannot be fetched, and is left for later: localhost" in caplog.text
    assert "the server closed the connection, while fetching mail" in caplog.text
    site.all_filed(*range(len(PLACES)))


@pytest.mark.parametrize("action", [Action.EOF, Action.RESET])
def test_f05_a_break_in_one_of_many_literals_is_mended_in_the_same_cycle(site, action):
    site.deliver(*range(20))
    tenth = rb"(?s)(BODY\[\].*){10}\{\d+\}\r\n"
    assert site.cycle(None, Cut(action=action, said=BODIES, answer=tenth, offset=SIZE // 2)).total() == 20
    site.all_filed(*range(20))


def test_f06_a_stall_in_a_literal_ends_with_the_time_out_and_stores_nothing(site, monkeypatch, caplog):
    with site.worker() as worker:
        for number, (answer, offset) in enumerate(PLACES.values()):
            cut = Cut(action=Action.STALL, said=BODIES, times=ALWAYS, answer=answer, offset=offset)
            with monkeypatch.context() as patched:
                patched.setattr("poller.mailbox.client.READ_SECONDS", 0.2)
                check(site, worker, number, cut)
            recover(site, worker)
    assert "the server did not answer in time, while fetching mail" in caplog.text
    site.all_filed(*range(len(PLACES)))


def test_f07_a_literal_that_drips_ends_with_the_deadline_and_stores_nothing(site, monkeypatch, caplog):
    with site.worker() as worker:
        for number, (answer, offset) in enumerate(list(PLACES.values())[:5]):
            cut = Cut(action=Action.DRIP, said=BODIES, times=ALWAYS, answer=answer, offset=offset)
            with monkeypatch.context() as patched:
                patched.setattr("poller.mailbox.answers.STEP_SECONDS", 0.3)
                check(site, worker, number, cut)
            recover(site, worker)
    assert "the time for this conversation was up, while fetching mail" in caplog.text
    site.all_filed(*range(5))


def test_f07_the_time_for_a_fetch_grows_with_what_is_fetched(site, monkeypatch):
    """A slow line is no broken one: a large message comes through in more time than a small one has."""
    monkeypatch.setattr("poller.mailbox.answers.STEP_SECONDS", 0)
    monkeypatch.setattr("poller.mailbox.answers.SLOWEST", 10)
    site.deliver(1)
    site.cycle()
    site.deliver(2)
    drip = Cut(action=Action.DRIP, said=BODIES, answer=LITERAL)
    assert site.cycle(None, drip).total() == 1
