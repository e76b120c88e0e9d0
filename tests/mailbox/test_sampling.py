"""The newest messages of an open folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from poller.deadline import Deadline
from poller.mailbox.connection import Connection
from poller.mailbox.folders import select
from poller.mailbox.sampling import newest
from tests.servers.scripted import ScriptedServer

DAY = datetime(2026, 3, 2, tzinfo=UTC)
DESCRIBED = '* 1 FETCH (UID {} INTERNALDATE "02-Mar-2026 12:00:00 +0000" RFC822.SIZE 9)'


@pytest.fixture
def opened():
    with Deadline(60) as deadline:
        connections = []

        def connect(settings):
            connections.append(Connection(settings, deadline))
            return connections[-1], select(connections[-1], "INBOX", read_only=True).exists

        yield connect
        for connection in connections:
            connection.close()


@pytest.mark.parametrize(("there", "wanted", "expected"), [(0, 5, []), (3, 5, [0, 1, 2]), (7, 3, [4, 5, 6])])
def test_they_are_those_with_the_highest_numbers(dovecot, opened, there, wanted, expected):
    user = dovecot.user()
    for number in range(there):
        user.deliver(f"Subject: {number}\r\n\r\nText.\r\n".encode(), DAY + timedelta(hours=number))
    connection, messages = opened(dovecot.settings(user))
    found = newest(connection, "INBOX", messages, wanted)
    assert [int(one.header.fields[0].value) for one in found] == expected
    assert [one.internal_date for one in found] == [DAY + timedelta(hours=number) for number in expected]


def test_the_body_of_a_message_does_not_become_its_header(dovecot, opened):
    user = dovecot.user()
    user.deliver(b"Subject: x\r\n\r\nX-Original-To: forged@in.example.com\r\n")
    connection, messages = opened(dovecot.settings(user))
    (found,) = newest(connection, "INBOX", messages, 5)
    assert [field.name for field in found.header.fields] == ["subject"]


def test_a_message_that_vanishes_meanwhile_is_left_out(opened):
    answers = {
        "UID SEARCH": "* SEARCH 7 8\nTAG OK done",
        r"UID FETCH 7:8 \(UID INTERNALDATE": f"{DESCRIBED.format(7)}\n{DESCRIBED.format(8)}\nTAG OK done",
        "UID FETCH 7:8": "* 1 FETCH (UID 8 BODY[HEADER]<0> {14}\nSubject: 1\n\n)\nTAG NO [EXPUNGEISSUED] some are gone",
    }
    with ScriptedServer(answers=answers) as server:
        connection, messages = opened(server.settings())
        assert len(newest(connection, "INBOX", messages, 5)) == 1
        connection.drop()
