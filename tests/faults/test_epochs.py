"""UIDVALIDITY and UIDNEXT that are not what they were: nothing is filed twice, nothing is taken for something else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.servers.proxy import Edit
from tests.workplace import mail

STATES = rb"SELECT|STATUS"


def test_f11_another_uidvalidity_files_nothing_twice(site):
    site.keys = {"SETTLE": "flag"}
    site.deliver(1, 2)
    site.cycle()
    site.deliver(3)
    renumbered = Edit(said=STATES, pattern=rb"UIDVALIDITY \d+", into=b"UIDVALIDITY 4242")
    assert site.cycle(None, renumbered)["filed"] == 1
    assert not site.cycle(None, renumbered)
    assert site.subjects() == ["Message 1", "Message 2", "Message 3"]
    assert not site.told


def test_f11_a_uidvalidity_that_changes_on_an_open_connection_is_noticed(site):
    site.keys = {"SETTLE": "flag"}
    renumbered = Edit(said=STATES, pattern=rb"UIDVALIDITY \d+", into=b"UIDVALIDITY 4242")
    with site.worker() as worker:
        site.deliver(1)
        site.cycle(worker)
        site.deliver(2)
        site.cycle(worker, renumbered)
        site.cycle(worker, renumbered)
    assert site.subjects() == ["Message 1", "Message 2"]


def rewind(user, uidnext):
    """The empty mailbox as an older copy of it would be: under the same UIDVALIDITY, UIDs are given again."""
    uidlist = user.maildir / "dovecot-uidlist"
    version, uidvalidity, *_ = uidlist.read_text().split()
    for path in user.maildir.glob("dovecot*"):
        if path.is_file() and path != uidlist:
            path.unlink()
    uidlist.write_text(f"{version} {uidvalidity} N{uidnext} G{'0' * 31}1\n")


def test_f12_a_uidnext_that_went_back_files_what_is_new_under_old_uids(site):
    site.deliver(1, 2, 3)
    site.cycle()
    rewind(site.workplace.user, 2)
    earlier = datetime.now(UTC) - timedelta(hours=1)  # not in the very second of what had these UIDs, at the same size
    for number in (4, 1):
        site.workplace.user.deliver(mail(number), earlier)
    site.cycle()
    site.cycle()
    assert site.subjects() == ["Message 1", "Message 2", "Message 3", "Message 4"]
    assert site.count() == 0
    assert not site.told


def test_f13_without_a_uidvalidity_the_mailbox_is_refused(site):
    site.deliver(1)
    site.cycle(None, Edit(said=rb"SELECT", pattern=rb"\* OK \[UIDVALIDITY[^\n]*\n", into=b""))
    assert "INBOX has no UIDVALIDITY" in site.told[0]
    assert "Use another IMAP_FOLDER" in site.told[0]
    assert site.outcomes() == {}
    site.cycle()
    site.all_filed(1)
