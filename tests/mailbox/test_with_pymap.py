"""The embedded server, pymap, through the main paths: another implementation of the same standard."""

from __future__ import annotations

from datetime import UTC, date, datetime
from threading import Event

import pytest

from poller.demo.imap import Account
from poller.demo.servers import Ports, serving
from poller.mailbox.describing import LARGE, batches
from poller.mailbox.idle import IdleWatcher
from poller.mailbox.inbox import Inbox
from poller.mailbox.settling import Way
from tests.patience import PATIENCE

MESSAGE = b"From: anna@example.com\r\nSubject: offer\r\n\r\nhello\r\n"
LARGE_MESSAGE = MESSAGE + b"0123456789abcd\r\n" * (2 * LARGE // 16 + 3)


@pytest.fixture
def settings(imap_settings):
    account = Account(login="catchall@in.example.com", password="secret")
    with serving(account, "in.example.com", wanted=Ports(imap=0, smtp=0, dns=0)) as ports:
        yield imap_settings(host="127.0.0.1", port=ports.imap, username=account.login, password=account.password)


def deliver(settings, source=MESSAGE, day=1):
    with Inbox(settings) as inbox:
        received = datetime(2026, 3, day, tzinfo=UTC)
        inbox._connection.ask("appending", lambda client: client.append("INBOX", source, (), received))


def test_mail_is_found_and_read(settings, tmp_path):
    with Inbox(settings) as inbox:
        for source in (MESSAGE, LARGE_MESSAGE, MESSAGE):
            deliver(settings, source)
        before = inbox.uidnext
        inbox.refresh()
        messages = inbox.describe(inbox.search(before, inbox.uidnext - 1))
        read = [one for batch in batches(messages) for one in inbox.fetch(batch, tmp_path, 100 * LARGE)]
        assert [one.source[:] for one in read] == [MESSAGE, LARGE_MESSAGE, MESSAGE]
        assert {one.internal_date for one in read} == {datetime(2026, 3, 1, tzinfo=UTC)}
        (header,) = inbox.fetch(messages[1:2], tmp_path, LARGE)
        assert (header.oversized, header.source) == (True, MESSAGE.removesuffix(b"hello\r\n"))


def test_mail_since_a_day_is_found(settings):
    for day in (1, 2, 3):
        deliver(settings, day=day)
    with Inbox(settings) as inbox:
        assert inbox.search(1, inbox.uidnext - 1, date(2026, 3, 2)) == [inbox.uidnext - 2, inbox.uidnext - 1]


def test_mail_is_settled(settings):
    for _ in range(3):
        deliver(settings)
    with Inbox(settings) as inbox:
        first, second, third = inbox.search(1, inbox.uidnext - 1)
        assert inbox.ensure_folders(["Mailfiler/Rejected"]) == []
        report = inbox.settle([first], folder="Mailfiler/Rejected", flagged=True, keyword="$MailfilerFiled")
        assert (report.way, report.alerts, list(report.new_uids)) == (Way.MOVED, (), [first])
        assert inbox.settle([second], folder="Größe", flagged=False, keyword="$MailfilerFiled").way is Way.MOVED
        assert inbox.search(1, inbox.uidnext - 1) == [third]
        assert inbox.settle([third], folder=None, flagged=True, keyword="$MailfilerFiled").way in {
            Way.KEYWORD,
            Way.FLAGGED,
        }


def test_new_mail_is_noticed(settings):
    arrived = Event()
    with IdleWatcher(settings, arrived.set):
        assert arrived.wait(PATIENCE)
        arrived.clear()
        deliver(settings)
        assert arrived.wait(PATIENCE)
