from __future__ import annotations

from datetime import UTC, datetime

import pytest

from poller.mailbox.describing import LARGE, batches
from poller.mailbox.inbox import Inbox
from tests.servers.scripted import ScriptedServer


@pytest.mark.parametrize(
    "line",
    [
        '* 1 FETCH (RFC822.SIZE 9 INTERNALDATE "01-Mar-2026 00:00:00 +0000")',
        "* 1 FETCH (UID 1 RFC822.SIZE 9)",
        '* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE "yesterday")',
        '* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE "31-Dec-9999 23:00:00 -1200")',
        '* 1 FETCH (UID 1 RFC822.SIZE NIL INTERNALDATE "01-Mar-2026 00:00:00 +0000")',
        "* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE NIL)",
        "* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE (",
        "* 1 FETCH (UID 1 FLAGS (\\Seen))",
        "* 1 FETCH (UID",
        "* 1 FETCH ()",
        "* 1 FETCH",
    ],
)
def test_an_answer_that_cannot_be_read_costs_no_other(line):
    good = '* 2 FETCH (UID 2 RFC822.SIZE 9 INTERNALDATE "01-Mar-2026 02:00:00 +0200" FLAGS (\\Seen))'
    with (
        ScriptedServer(answers={"UID FETCH": f"{line}\n{good}\nTAG OK ."}) as server,
        Inbox(server.settings()) as inbox,
    ):
        (message,) = inbox.describe([1, 2])
    assert (message.uid, message.internal_date, message.size) == (2, datetime(2026, 3, 1, tzinfo=UTC), 9)


def test_batches_hold_so_many_messages_and_octets_but_for_one_that_has_more(described):
    messages = [described(uid, size) for uid, size in enumerate([10, 20, 2 * LARGE, 30, LARGE, LARGE, LARGE], 1)]
    made = batches(messages, max_messages=3, max_octets=2 * LARGE)
    assert [[message.uid for message in batch] for batch in made] == [[1, 2], [3], [4, 5], [6, 7]]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        (" 1-Mar-2026 02:00:00 +0200", datetime(2026, 3, 1, tzinfo=UTC)),
        ("28-Feb-2026 19:00:00 -0500", datetime(2026, 3, 1, tzinfo=UTC)),
        ("01-Mar-2026 00:00:00 +0000", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_date_is_told_in_utc(written, moment):
    script = {"UID FETCH": f'* 1 FETCH (UID 4294967295 RFC822.SIZE 5000000000 INTERNALDATE "{written}")\nTAG OK .'}
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        (message,) = inbox.describe([4294967295])
    assert (message.uid, message.internal_date, message.size) == (4294967295, moment, 5_000_000_000)
    assert message.internal_date.tzinfo is UTC
