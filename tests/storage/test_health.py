from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from poller.storage.health import Sign, last_sign, record_end, record_sign

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SIGN = Sign(version="1", pid=7, began_at=NOON, beat_at=NOON, polled_at=NOON, failures=0, trouble="")


def test_nobody_has_given_a_sign(database):
    assert last_sign("anna@host/INBOX") is None


def test_the_newest_sign_of_each_mailbox_is_kept(database):
    newer = replace(SIGN, pid=8, beat_at=NOON + timedelta(minutes=1), failures=2, trouble="poll: away")
    record_sign("anna@host/INBOX", SIGN)
    record_sign("bert@host/INBOX", SIGN)
    record_sign("anna@host/INBOX", newer)
    assert last_sign("anna@host/INBOX") == newer
    assert last_sign("bert@host/INBOX") == SIGN


def test_who_has_not_polled_yet_keeps_the_time_of_the_last_poll(database):
    record_sign("anna@host/INBOX", SIGN)
    record_sign("anna@host/INBOX", replace(SIGN, pid=8, polled_at=None))
    assert last_sign("anna@host/INBOX") == replace(SIGN, pid=8)


def test_the_end_of_a_service_is_told_of_its_mailbox_alone_and_its_last_poll_is_kept(database):
    ended = NOON + timedelta(seconds=5)
    record_sign("anna@host/INBOX", SIGN)
    record_sign("bert@host/INBOX", SIGN)
    record_end("anna@host/INBOX", ended)
    assert last_sign("anna@host/INBOX") == replace(SIGN, pid=0, beat_at=ended)
    assert last_sign("bert@host/INBOX") == SIGN
    record_sign("anna@host/INBOX", replace(SIGN, pid=8))
    assert last_sign("anna@host/INBOX") == replace(SIGN, pid=8)
