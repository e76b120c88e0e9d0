"""A server that says goodbye, not now, or not this one: that waits, everything else goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.faults.site import BODIES
from tests.servers.proxy import Edit, Instead

COMMANDS = [
    rb"CAPABILITY",
    rb"AUTHENTICATE",
    rb"NAMESPACE",
    rb"LIST ",
    rb"SELECT",
    rb"STATUS",
    rb"NOOP",
    rb"UID SEARCH",
    rb"UID FETCH \S+ \(UID INTERNALDATE",
    rb"UID FETCH \S+ \(UID BODY",
    rb"UID MOVE",
]


def test_f23_a_goodbye_anywhere_ends_the_cycle_and_the_next_completes(site):
    with site.worker() as worker:
        for number, command in enumerate(COMMANDS):
            site.deliver(number)
            site.cycle(worker, Instead(said=command, answer=b"* BYE restarting", times=1))
            site.cycle(worker)
        site.ahead = timedelta(days=1)  # where it was mail that was asked for, that mail waits a minute
        site.cycle(worker)
    site.all_filed(*range(len(COMMANDS)))
    assert all("restarting" in told for told in site.told)


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INUSE", "LIMIT"])
def test_f24_refused_for_now_it_is_tried_later_and_counts_against_no_message(site, caplog, code):
    with site.worker() as worker:
        for number, command in enumerate(COMMANDS):
            site.deliver(number)
            site.cycle(worker, Instead(said=command, answer=f"TAG NO [{code}] not now".encode()))
            site.cycle(worker)
    assert "left for later" not in caplog.text
    assert {one["outcome"] for one in site.workplace.listing("messages")} == {"filed"}
    assert len(site.subjects()) == len(COMMANDS)


def only_the_second_waits(site, *faults):
    """Of three messages; a day later, without the fault, it is filed too."""
    site.deliver(1, 2, 3)
    site.cycle(None, *faults)
    assert site.subjects() == ["Message 1", "Message 3"]
    assert site.count() == 1
    site.deliver(4)
    site.cycle(None, *faults)
    assert site.subjects() == ["Message 1", "Message 3", "Message 4"]
    site.ahead = timedelta(days=1)
    site.cycle()
    site.all_filed(1, 2, 3, 4)


@pytest.mark.parametrize("answer", [b"TAG BAD internal error", b"TAG NO [SERVERBUG] cannot read it", b"* BYE oops"])
def test_f25_mail_that_a_server_cannot_hand_out_waits_and_the_others_go_on(site, caplog, answer):
    # For `1:3`, and for it alone.
    about = rb"UID FETCH (1:\d|2|2:\d|2,\d) \(UID BODY"
    only_the_second_waits(site, Instead(said=about, answer=answer))
    assert "/2: deferred (unreadable): the server lists this message, and does not hand it out" in caplog.text


BODY_OF_2 = rb"(?s)\(UID 2 BODY\[\] \{\d+\}\r\n.*?Text 2\.\r\n\)"


@pytest.mark.parametrize(
    "into",
    [rb"(UID 2 BODY[] NIL)", rb'(UID 2 BODY[] "")', rb"(UID 2)", rb"(UID 2 BODY[] {0}\r\n)", rb"(UID 2 FLAGS ())"],
)
def test_f26_a_body_that_is_nil_means_later_and_never_empty(site, caplog, into):
    only_the_second_waits(site, Edit(said=BODIES, pattern=BODY_OF_2, into=into))
    assert "/2: deferred (unreadable): the server lists this message, and does not hand it out" in caplog.text


@pytest.mark.parametrize(
    ("pattern", "into"),
    [
        (rb"\* 2 FETCH \(UID 2 [^\n]*\n", b""),
        (rb'(UID 2 INTERNALDATE) "[^"]*"', rb'\1 "31-Feb-2026 99:00:00 +0000"'),
        (rb'(UID 2 INTERNALDATE) "[^"]*"', rb"\1 NIL"),
        (rb"(UID 2 .*RFC822.SIZE) \d+", rb"\1 many"),
    ],
)
def test_f26_mail_without_a_date_or_a_size_waits_and_the_others_go_on(site, caplog, pattern, into):
    only_the_second_waits(site, Edit(said=rb"INTERNALDATE", pattern=pattern, into=into))
    assert "/2: deferred (unreadable): the server lists this message, and does not hand it out" in caplog.text


@pytest.mark.parametrize("size", [0, 1, 100, 1_048_576, 2_000_000, 99_999_999_999])
def test_f26_a_wrong_size_is_only_a_hint(site, size):
    site.deliver(1, 2, 3)
    wrong = Edit(said=rb"INTERNALDATE", pattern=rb"RFC822.SIZE \d+", into=f"RFC822.SIZE {size}".encode())
    site.cycle(None, wrong)
    site.ahead = timedelta(days=1)
    site.cycle()
    if size < 99_999_999_999:  # what is too large by its own account is refused for it
        site.all_filed(1, 2, 3)
    assert site.count() == 0
