"""Connections that break, at every command and every class of octets: the cycle ends, and the next one completes."""

from __future__ import annotations

import re
from itertools import cycle

import pytest

from tests.servers.dovecot import Kind
from tests.servers.proxy import Action, Cut
from tests.workplace import mail

COMMANDS = [
    rb"AUTHENTICATE",
    rb"CAPABILITY",
    rb"NAMESPACE",
    rb"LIST ",
    rb"CREATE",
    rb"SUBSCRIBE",
    rb"SELECT",
    rb"STATUS",
    rb"NOOP",
    rb"UID SEARCH",
    rb"UID FETCH \S+ \(UID INTERNALDATE",
    rb"UID FETCH \S+ \(UID BODY",
    rb"UID STORE .*Flagged",
    rb"UID MOVE",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_f04_a_reset_at_each_command_ends_the_cycle_and_the_next_completes(site, command):
    with site.worker() as worker:
        # First the server does not hear the command, then its answer is lost.
        for number, before in ((1, True), (2, False)):
            site.deliver(number)
            site.workplace.user.deliver(mail(100 + number, to="x.mycompany@in.example.com"))
            site.cycle(worker, Cut(action=Action.RESET, said=command, before=before))
            site.cycle(worker)
    assert any(re.search(command, said) for said in site.proxy.said)
    assert all(told.startswith("localhost:") for told in site.told)
    assert site.subjects() == ["Message 1", "Message 2"]
    assert (site.count(), site.count(".Filed"), site.count(".Rejected")) == (0, 2, 2)


@pytest.mark.parametrize("command", [rb"UID COPY", rb"UID STORE .*Deleted", rb"UID EXPUNGE"])
def test_f04_where_a_copy_is_followed_by_a_reset_a_copy_may_be_made_again_and_nothing_else(
    site_at, dovecot_of, command
):
    site = site_at(dovecot_of(Kind(without=("MOVE",))))
    with site.worker() as worker:
        for number, before in ((1, True), (2, False)):
            site.deliver(number)
            site.cycle(worker, Cut(action=Action.RESET, said=command, before=before))
            assert len(site.told) == number
            site.cycle(worker)
    assert site.subjects() == ["Message 1", "Message 2"]
    assert site.count() == 0
    assert 2 <= site.count(".Filed") <= 4


def classes(heard: bytes) -> list[int]:
    """Offsets into what a client heard: of each kind of line one, in turn in its middle, in its end, and after it."""
    kinds = {re.sub(rb"\d+", b"", line[0])[:30]: line.span() for line in re.finditer(rb"[^\n]*\n", heard)}
    places = cycle((lambda start, end: (start + end) // 2, lambda _, end: end - 1, lambda _, end: end))
    return [0, *sorted(place(*span) for place, span in zip(places, kinds.values(), strict=False))]


def test_f04_a_break_at_every_class_of_octets_of_a_cycle_loses_and_doubles_nothing(site):
    with site.worker() as worker:
        for number in (0, 1):
            site.deliver(number)
            worker.close()
            site.cycle(worker)
        offsets = classes(bytes(site.proxy.heard[-1]))
        for number, offset in enumerate(offsets, 2):
            site.deliver(number)
            worker.close()
            site.cycle(worker, Cut(action=(Action.RESET, Action.EOF)[number % 2], offset=offset))
            site.cycle(worker)
            assert (site.count(), site.count(".Filed")) == (0, number + 1), f"broken after {offset} octets"
    assert len(offsets) > 30
    site.all_filed(*range(len(offsets) + 2))
