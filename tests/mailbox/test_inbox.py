from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from poller.deadline import Deadline
from poller.errors import Transient
from poller.mailbox.inbox import Inbox
from poller.settings import Security
from tests.mailbox.making import LIMIT, MESSAGE, body, everything, fetch, fetched
from tests.servers.scripted import HANG_UP, SELECTED, ScriptedServer

ON_THE_WIRE = MESSAGE.replace(b"\n", b"\r\n")


@pytest.mark.parametrize("security", Security)
def test_mail_is_read_over_every_kind_of_connection(dovecot, tmp_path, monkeypatch, security):
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.authority))
    user = dovecot.user()
    user.deliver(MESSAGE, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    with Inbox(dovecot.settings(user, security)) as inbox:
        (message,) = fetched(inbox, tmp_path)
    assert bytes(message.source) == ON_THE_WIRE
    assert message.internal_date == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (message.ref.mailbox, message.ref.uid, message.size) == (f"{user.name}@localhost/INBOX", 1, len(ON_THE_WIRE))


def test_a_kept_connection_sees_new_mail_after_a_refresh(dovecot):
    user = dovecot.user()
    with Inbox(dovecot.settings(user)) as inbox:
        assert everything(inbox) == []
        user.deliver(MESSAGE)
        inbox.refresh()
        assert inbox.uidnext == 2
        assert everything(inbox) == [1]


def test_a_search_beyond_the_last_message_finds_nothing(dovecot):
    user = dovecot.user()
    user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user)) as inbox:
        assert inbox.search(2, 1) == []
        assert inbox.search(2, 100) == []


def test_a_large_mailbox_is_searched_in_windows():
    selected = SELECTED.replace("* 2 EXISTS", "* 150000 EXISTS")
    with (
        ScriptedServer(answers={"SELECT": selected, "UID SEARCH": "TAG OK ."}) as server,
        Inbox(server.settings()) as inbox,
    ):
        inbox.search(1, 120_001)
        windows = [said.split()[-1].split(":") for said in server.said if said.startswith("UID SEARCH")]
    assert windows[0] == ["1", "50000"]
    assert windows[-1] == ["100001", "120001"]
    assert all(int(before[1]) + 1 == int(after[0]) for before, after in pairwise(windows))


@pytest.mark.parametrize(
    ("internal_date", "found"),
    [
        (datetime(2026, 3, 1, 0, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 2, 28, 20, 0, 0, tzinfo=timezone(-timedelta(hours=8))), True),
        (datetime(2026, 3, 1, 3, 0, 0, tzinfo=timezone(timedelta(hours=9))), False),
    ],
)
def test_since_means_the_day_in_utc(dovecot, internal_date, found):
    user = dovecot.user()
    with Inbox(dovecot.settings(user)) as inbox:
        inbox._connection.ask("appending", lambda client: client.append("INBOX", MESSAGE, (), internal_date))
        inbox.refresh()
        assert inbox.search(1, inbox.uidnext - 1, date(2026, 3, 1)) == ([1] if found else [])


def test_since_asks_a_day_earlier_and_compares_exactly():
    dates = {1: "01-Mar-2026 00:00:00 +0000", 2: " 1-Mar-2026 01:59:59 +0200", 3: "28-Feb-2026 19:00:00 -0500"}
    answers = "\n".join(f'* {uid} FETCH (UID {uid} RFC822.SIZE 9 INTERNALDATE "{day}")' for uid, day in dates.items())
    script = {"UID SEARCH": "* SEARCH 1 2 3\nTAG OK .", "UID FETCH": f"{answers}\nTAG OK ."}
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        assert inbox.search(1, 3, date(2026, 3, 1)) == [1, 3]
        assert "UID SEARCH UID 1:3 SINCE 28-Feb-2026" in server.said


def test_a_uid_that_is_gone_is_absent_and_holds_up_no_other(dovecot, tmp_path):
    user = dovecot.user()
    for _ in range(3):
        user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user)) as inbox, Inbox(dovecot.settings(user)) as other:
        messages = inbox.describe([1, 2, 3, 99])
        assert [message.uid for message in messages] == [1, 2, 3]
        other.settle([2], folder="Elsewhere", flagged=False, keyword="$Filed")
        assert [message.ref.uid for message in inbox.fetch(messages, tmp_path, LIMIT)] == [1, 3]


def test_a_bad_for_one_message_holds_up_no_other(tmp_path, described):
    script = {
        "UID FETCH 1:3": "TAG BAD internal error",
        "UID FETCH 1 ": f"{body(1, 'one')}\nTAG OK .",
        "UID FETCH 2 ": "TAG BAD internal error",
        "UID FETCH 3 ": f"{body(3, 'three')}\nTAG OK .",
    }
    messages = [described(uid, 5) for uid in (1, 2, 3)]
    assert fetch(tmp_path, messages, answers=script) == {1: b"one", 3: b"three"}


def test_a_server_that_understands_no_fetch_at_all_is_not_asked_for_ever(tmp_path, described):
    with (
        ScriptedServer(answers={"UID FETCH": "TAG BAD what?"}) as server,
        Inbox(server.settings()) as inbox,
        pytest.raises(Transient),
    ):
        list(inbox.fetch([described(uid, 5) for uid in range(1, 50)], tmp_path, LIMIT))
    assert len([said for said in server.said if said.startswith("UID FETCH")]) == 6


def test_a_message_at_which_the_server_hangs_up_holds_up_no_other(tmp_path, described):
    script = {
        "UID FETCH 1:3": HANG_UP,
        "UID FETCH 1 ": f"{body(1, 'one')}\nTAG OK .",
        "UID FETCH 2 ": HANG_UP,
        "UID FETCH 3 ": f"{body(3, 'three')}\nTAG OK .",
    }
    messages = [described(uid, 5) for uid in (1, 2, 3)]
    assert fetch(tmp_path, messages, answers=script) == {1: b"one", 3: b"three"}


def test_a_mailbox_that_is_replaced_while_it_is_read_is_not_mixed_up(tmp_path, described):
    script = {
        "SELECT": [SELECTED, SELECTED.replace("UIDVALIDITY 7", "UIDVALIDITY 8")],
        "UID FETCH": ["TAG BAD internal error", f"{body(1, 'one')}\nTAG OK ."],
    }
    with (
        ScriptedServer(answers=script) as server,
        Inbox(server.settings()) as inbox,
        pytest.raises(Transient, match="its UIDs changed"),
    ):
        list(inbox.fetch([described(1, 3)], tmp_path, LIMIT))


def test_after_its_deadline_the_connection_is_dropped(dovecot):
    with Deadline() as deadline, Inbox(dovecot.settings(dovecot.user()), deadline) as inbox:
        deadline.expire()
        with pytest.raises(Transient, match="time for this conversation was up"):
            inbox.refresh()
        assert not inbox.alive
        with pytest.raises(Transient, match="was dropped before"):
            inbox.refresh()


def test_other_folders_are_looked_into_over_the_same_connection_and_nothing_is_changed(dovecot):
    user = dovecot.user()
    user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user)) as inbox:
        inbox.ensure_folders(["Filed"])
        inbox.settle([1], folder="Filed", flagged=False, keyword="$Mark")
    with Inbox(dovecot.settings(user), examine=True) as inbox:
        before = inbox.uidvalidity
        assert everything(inbox) == []
        assert not inbox.turn_to("Nowhere")
        assert inbox.turn_to("Filed")
        assert (everything(inbox), inbox.name, inbox.read_only) == ([1], f"{user.name}@localhost/Filed", True)
        assert inbox.uidvalidity != before
        assert inbox.move([1], "INBOX") != ()
        assert inbox.turn_to("INBOX")
        assert inbox.uidvalidity == before


def test_mail_is_moved_back_unmarked(dovecot):
    user = dovecot.user()
    user.deliver(MESSAGE)
    user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user, folder="INBOX")) as inbox:
        inbox.ensure_folders(["Filed"])
        inbox.settle([1, 2], folder="Filed", flagged=False, keyword="$Mark")
        assert inbox.turn_to("Filed")
        assert inbox.move([2, 3], "INBOX") == ()
        assert everything(inbox) == [1]
        assert inbox.turn_to("INBOX")
        assert everything(inbox) == [3]
        assert inbox.search_marked(1, 10, "$Mark") == []


def test_the_state_of_another_folder_is_told_without_opening_it(dovecot):
    user = dovecot.user()
    user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user)) as inbox:
        assert inbox.state_of("Filed") is None
        inbox.ensure_folders(["Filed"])
        inbox.settle([1], folder="Filed", flagged=False, keyword="$Mark")
        assert inbox.state_of("Filed").uidnext == 2
        assert everything(inbox) == []


def test_marked_mail_is_found_by_its_keyword(dovecot):
    user = dovecot.user()
    for _ in range(3):
        user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user)) as inbox:
        inbox.settle([1, 3], folder=None, flagged=False, keyword="$Mark")
        assert inbox.search_marked(1, 3, "$Mark") == [1, 3]
        assert inbox.search_marked(2, 3, "$Mark") == [3]
        assert inbox.search_marked(4, 3, "$Mark") == []
