from __future__ import annotations

from datetime import UTC, datetime

import pytest

from poller.mailbox.describing import Described
from poller.settings import ImapSettings, Security


@pytest.fixture
def imap_settings():
    def make(**keys):
        usual = {
            "host": "localhost",
            "port": 143,
            "security": Security.PLAIN,
            "username": "anna",
            "password": "x",
            "folder": "INBOX",
        }
        return ImapSettings(**usual | keys)

    return make


@pytest.fixture
def described():
    def make(uid, size):
        return Described(uid=uid, internal_date=datetime(2026, 1, 1, tzinfo=UTC), size=size)

    return make
