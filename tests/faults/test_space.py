"""A disk that is full before anything is fetched. What happens where it is only found full later: test_disk.py."""

from __future__ import annotations

import pytest

from poller.storage import disk
from poller.storage.disk import NoSpace
from tests.faults.ending import assert_all_filed, made, opened
from tests.workplace import mail


def test_f53_on_a_full_disk_nothing_is_fetched_and_with_space_it_goes_on(dovecot, tmp_path, monkeypatch):
    place = made(tmp_path, dovecot)
    place.user.deliver(mail(1))
    with opened(place) as worker:
        with monkeypatch.context() as full:
            full.setattr(disk, "RESERVE", 1 << 60)
            for _ in range(2):
                with pytest.raises(NoSpace, match="the mail waits in the mailbox"):
                    worker.poll_until_empty()
            assert place.listing("messages") == []
            assert place.user.count() == 1
        worker.poll_until_empty()
    assert_all_filed(place, [1])
