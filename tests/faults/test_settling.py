"""Mail that cannot be moved, or not as it should be: it is filed once all the same, in a weaker way, with an alert."""

from __future__ import annotations

from collections import Counter

import pytest

from poller.mailbox.inbox import Inbox
from tests.servers.proxy import Edit, Instead


def filed_where_it_is(site, *faults):
    """Three cycles: one with mail, one with more, one without."""
    site.deliver(1, 2)
    assert site.cycle(None, *faults).total() == 2
    site.deliver(3)
    assert site.cycle(None, *faults).total() == 1
    assert not site.cycle(None, *faults)
    assert site.subjects() == ["Message 1", "Message 2", "Message 3"]
    assert (site.count(), site.count(".Filed")) == (3, 0)
    assert not site.told


def test_f14_a_read_only_mailbox_is_filed_once_and_settled_when_it_can_be(site, caplog):
    site.workplace.user.allow("lr")
    filed_where_it_is(site)
    assert "The mailbox is read-only: mail is filed, but stays where it is." in caplog.text
    site.workplace.user.allow("lrwstipekxa")
    assert not site.cycle()
    site.all_filed(1, 2, 3)


def test_f15_without_move_uidplus_and_idle_mail_is_marked_where_it_is(in_place, caplog):
    filed_where_it_is(in_place)
    assert "The server offers neither MOVE nor UIDPLUS: mail stays where it is." in caplog.text


@pytest.mark.parametrize("answer", [b"TAG NO no keywords here", b"TAG OK done"], ids=["refused", "ignored"])
def test_f16_a_keyword_that_is_not_kept_is_told_and_nothing_is_filed_again(in_place, caplog, answer):
    filed_where_it_is(in_place, Instead(said=rb"UID STORE .*\$", answer=answer))
    assert "does not let us set $" in caplog.text or "took the keyword $" in caplog.text


def test_f16_where_no_keyword_may_be_made_none_is_tried(in_place):
    filed_where_it_is(in_place, Edit(said=rb"SELECT", pattern=rb" \\\*\)\]", into=b")]"))
    assert b"STORE" not in b"".join(bytes(said) for said in in_place.proxy.said)


@pytest.mark.parametrize("code", ["OVERQUOTA", "NOPERM", "CANNOT", "LIMIT"])
def test_f17_mail_that_may_not_be_moved_is_marked_and_told_of_once_for_a_connection(site, caplog, code):
    refusal = Instead(said=rb"UID MOVE", answer=f"TAG NO [{code}] no room".encode())
    with site.worker() as worker:
        for number in range(3):
            site.deliver(number)
            assert site.cycle(worker, refusal).total() == 1
        assert not site.cycle(worker, refusal)
    alerts = [record.getMessage() for record in caplog.records if "cannot be moved to Filed" in record.getMessage()]
    assert len(alerts) == 1
    assert "no room" in alerts[0]
    assert (site.count(), Counter(site.outcomes().values())) == (3, {"filed": 3})
    assert len(site.subjects()) == 3


@pytest.mark.parametrize("code", ["TRYCREATE", "NONEXISTENT"])
def test_f18_a_folder_that_was_removed_is_made_again_once(site, code):
    with site.worker() as worker:
        site.deliver(1)
        site.cycle(worker)
        with Inbox(site.workplace.dovecot.settings(site.workplace.user)) as other:
            other._connection.ask("removing a folder", lambda client: client.delete_folder("Filed"))
        site.deliver(2, 3)
        changed = Edit(said=rb"UID MOVE", pattern=rb"TRYCREATE", into=code.encode())
        site.cycle(worker, changed)
        assert (
            bytes(site.proxy.said[-1]).count(b"CREATE Filed") + bytes(site.proxy.said[-1]).count(b'CREATE "Filed"') == 2
        )
    assert (site.count(), site.count(".Filed")) == (0, 2)
    assert site.subjects() == ["Message 1", "Message 2", "Message 3"]
