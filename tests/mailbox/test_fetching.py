from __future__ import annotations

import pytest

from poller.errors import Transient
from poller.mailbox.describing import LARGE
from poller.mailbox.inbox import Inbox
from tests.mailbox.making import LIMIT, MESSAGE, body, fetch, fetched, literal
from tests.servers.scripted import HANG_UP, ScriptedServer

PIECE = "x" * LARGE


def test_fetching_changes_no_flag(dovecot, tmp_path):
    user = dovecot.user()
    user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user)) as inbox:
        fetched(inbox, tmp_path)
    with Inbox(dovecot.settings(user)) as inbox:
        flags = inbox._connection.ask("reading flags", lambda client: client.get_flags([1]))
    assert b"\\Seen" not in flags[1]


def test_after_a_no_nothing_that_came_is_lost_and_the_rest_is_asked_for_one_by_one(tmp_path, described):
    script = {
        "UID FETCH 1:3": f"{body(1, 'one')}\nTAG NO [EXPUNGEISSUED] something is gone",
        "UID FETCH 2": "TAG NO [SERVERBUG] cannot read it",
        "UID FETCH 3": f"{body(3, 'three')}\nTAG OK .",
    }
    messages = [described(uid, 5) for uid in (1, 2, 3)]
    assert fetch(tmp_path, messages, answers=script) == {1: b"one", 3: b"three"}


def test_a_server_in_trouble_is_not_asked_message_by_message(tmp_path, described):
    with (
        ScriptedServer(answers={"UID FETCH": "TAG NO [UNAVAILABLE] not now"}) as server,
        Inbox(server.settings()) as inbox,
        pytest.raises(Transient, match="not now"),
    ):
        list(inbox.fetch([described(uid, 5) for uid in range(1, 50)], tmp_path, LIMIT))
    assert len([said for said in server.said if said.startswith("UID FETCH")]) == 1


def test_a_large_message_is_read_into_a_file_of_the_spool(dovecot, tmp_path):
    user = dovecot.user()
    source = MESSAGE + b"x" * 70 + b"\n" + b"0123456789abcde\n" * (3 * LARGE // 16)
    user.deliver(source)
    user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user)) as inbox:
        large, small = fetched(inbox, tmp_path)
    assert large.spooled.parent == tmp_path
    assert large.source[:] == large.spooled.read_bytes() == source.replace(b"\n", b"\r\n")
    assert small.spooled is None


@pytest.mark.parametrize("size", [LARGE - 1, LARGE, LARGE + 1, 2 * LARGE - 1, 2 * LARGE, 2 * LARGE + 1])
def test_a_message_is_whole_at_every_size_around_a_piece(dovecot, tmp_path, size):
    user = dovecot.user()
    source = b"Subject: x\r\n\r\n"
    source += b"y" * (size - len(source) - 2) + b"\r\n"
    user.deliver(source)
    with Inbox(dovecot.settings(user)) as inbox:
        (message,) = fetched(inbox, tmp_path)
    assert message.source[:] == source


@pytest.mark.parametrize(
    ("size", "pieces", "length"),
    [
        (LARGE + 5, [PIECE, "tail5"], LARGE + 5),
        (LARGE + 9, [PIECE, "tail5", ""], LARGE + 5),  # the size was a little too high
        (LARGE + 1, [PIECE, PIECE, "tail5"], 2 * LARGE + 5),  # the size was much too low
        (3 * LARGE, [PIECE, None], None),  # it vanished
        (2 * LARGE, [None], None),
        (2 * LARGE, [""], None),
        (LARGE + 1, ["short", PIECE, ""], LARGE + 5),  # pieces of the server's own size
    ],
)
def test_a_large_message_is_read_to_its_end_or_not_at_all(tmp_path, described, size, pieces, length):
    answers = [
        "TAG OK ." if piece is None else f"* 1 FETCH (UID 1 {literal(piece, 'BODY[]<0>')})\nTAG OK ."
        for piece in pieces
    ]
    found = fetch(tmp_path, [described(1, size)], answers={"UID FETCH": answers})
    assert {uid: len(source) for uid, source in found.items()} == ({} if length is None else {1: length})


@pytest.mark.parametrize("size", [10, LARGE // 1000, 3 * LARGE])
def test_of_a_message_over_the_limit_only_the_header_is_read(dovecot, tmp_path, size):
    user = dovecot.user()
    user.deliver(MESSAGE + b"0123456789abcde\n" * (size // 16 + 1))
    with Inbox(dovecot.settings(user)) as inbox:
        (message,) = fetched(inbox, tmp_path, max_size=min(size, 2 * LARGE))
    assert message.oversized
    assert message.source == b"From: anna@example.com\r\nSubject: offer\r\n\r\n"
    assert message.size > size
    assert not list(tmp_path.iterdir())


def test_a_message_that_turns_out_to_be_over_the_limit_is_not_read_on(tmp_path, described):
    script = {
        "UID FETCH 1 .UID BODY.PEEK.HEADER": f"* 1 FETCH (UID 1 {literal('Subject: x', 'BODY[HEADER]<0>')})\nTAG OK .",
        "UID FETCH": f"* 1 FETCH (UID 1 {literal(PIECE, 'BODY[]<0>')})\nTAG OK .",
    }
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        (message,) = inbox.fetch([described(1, LARGE + 1)], tmp_path, 3 * LARGE)
    assert (message.oversized, message.source) == (True, b"Subject: x")
    assert not list(tmp_path.iterdir())


def test_a_spool_that_takes_nothing_is_told_and_tried_again(tmp_path, described):
    with (
        ScriptedServer() as server,
        Inbox(server.settings()) as inbox,
        pytest.raises(Transient, match=r"nowhere: a message cannot be stored here \(No such file or directory\)"),
    ):
        list(inbox.fetch([described(1, LARGE + 1)], tmp_path / "nowhere", LIMIT))


def test_a_connection_that_breaks_off_leaves_nothing_in_the_spool(tmp_path, described):
    script = {"UID FETCH": [f"* 1 FETCH (UID 1 {literal(PIECE, 'BODY[]<0>')})\nTAG OK .", HANG_UP]}
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        assert list(inbox.fetch([described(1, 3 * LARGE)], tmp_path, LIMIT)) == []
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("size", "found"), [(0, {1: b""}), (1, {})])
def test_an_empty_message_is_one_only_where_the_server_said_so(tmp_path, described, size, found):
    script = {"UID FETCH": '* 1 FETCH (UID 1 BODY[] "")\nTAG OK .'}
    assert fetch(tmp_path, [described(1, size)], script) == found
