from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from poller.errors import ConfigurationError, Transient
from poller.mailbox.describing import LARGE, batches
from poller.mailbox.inbox import Inbox
from poller.settings import Security

MESSAGE = b"From: anna@example.com\nSubject: offer\n\nhello\n"
ON_THE_WIRE = MESSAGE.replace(b"\n", b"\r\n")
LIMIT = 100 * LARGE


def everything(inbox):
    return inbox.search(1, inbox.uidnext - 1)


def fetched(inbox, spool, max_size=LIMIT):
    messages = inbox.describe(everything(inbox))
    return [one for batch in batches(messages) for one in inbox.fetch(batch, spool, max_size)]


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


def test_fetching_changes_no_flag(dovecot, tmp_path):
    user = dovecot.user()
    user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user)) as inbox:
        fetched(inbox, tmp_path)
    with Inbox(dovecot.settings(user)) as inbox:
        flags = inbox._connection.ask("reading flags", lambda client: client.get_flags([1]))
    assert b"\\Seen" not in flags[1]


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


def test_a_uid_that_is_gone_is_absent_and_holds_up_no_other(dovecot, tmp_path):
    user = dovecot.user()
    for _ in range(3):
        user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user)) as inbox, Inbox(dovecot.settings(user)) as other:
        messages = inbox.describe([1, 2, 3, 99])
        assert [message.uid for message in messages] == [1, 2, 3]
        other.settle([2], folder="Elsewhere", flagged=False, keyword="$Filed")
        assert [message.ref.uid for message in inbox.fetch(messages, tmp_path, LIMIT)] == [1, 3]


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


def test_a_folder_that_does_not_exist_is_a_wrong_setting(dovecot):
    with pytest.raises(ConfigurationError, match=r"IMAP_FOLDER: .* has no folder Nowhere"):
        Inbox(dovecot.settings(dovecot.user(), folder="Nowhere"))


def test_after_an_abort_from_outside_the_connection_is_dropped(dovecot):
    with Inbox(dovecot.settings(dovecot.user())) as inbox:
        inbox.abort()
        with pytest.raises(Transient, match="time for this conversation was up"):
            inbox.refresh()
        assert not inbox.alive
        with pytest.raises(Transient, match="was dropped before"):
            inbox.refresh()


def test_batches_hold_so_many_messages_and_octets_and_large_ones_travel_alone(described):
    messages = [described(uid, size) for uid, size in enumerate([10, 20, 2 * LARGE, 30, LARGE, LARGE, LARGE], 1)]
    made = batches(messages, max_messages=3, max_octets=2 * LARGE)
    assert [[message.uid for message in batch] for batch in made] == [[1, 2], [3], [4, 5], [6, 7]]
