"""Mail that was judged again, moved from where it lies to where it belongs now, in a real mailbox."""

from __future__ import annotations

import pytest

from models.inbound import Delivery
from poller.errors import Transient
from poller.mailbox.inbox import Inbox
from tests.refused import (
    connected_to,
    flagged,
    import_project,
    imported,
    keywords,
    lying,
    messages,
    poll,
    rebuild,
    rejected,
    retried,
)
from tests.workplace import Workplace


@pytest.fixture
def workplace(dovecot, tmp_path):
    return imported(Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user()))


def test_what_comes_to_the_same_again_stays_where_it_is(workplace):
    rejected(workplace)
    ended = retried(workplace, 1)
    assert ended.stdout.startswith("1: rejected (recipient-invalid): ")
    assert (lying(workplace), flagged(workplace, ".Rejected")) == ({"Rejected": 1}, 1)


def test_another_reason_moves_mail_to_the_folder_of_that(workplace):
    rejected(workplace)
    import_project(workplace)
    (workplace.folder / "users.csv").write_text("key,name,addresses,active\nanna,Anna Aalto,anna@acme.fi,false\n")
    workplace.do("import", "users", str(workplace.folder / "users.csv"))
    assert retried(workplace, 1).stdout.startswith("1: quarantined (no-user)")
    assert (lying(workplace), flagged(workplace, ".Quarantine")) == ({"Quarantine": 1}, 1)


def test_mail_that_was_only_marked_in_the_inbox_is_marked_as_filed(workplace):
    rejected(workplace, SETTLE="flag")
    assert (flagged(workplace), keywords(workplace)) == (1, ["$MailfilerRejected"])
    import_project(workplace)
    assert retried(workplace, 1, SETTLE="flag").stdout == "1: filed as activity 1\n"
    assert (lying(workplace), flagged(workplace), keywords(workplace)) == ({"INBOX": 1}, 0, ["$MailfilerFiled"])


def test_mail_that_was_marked_in_the_inbox_is_moved_when_mail_is_moved_now(workplace):
    rejected(workplace, SETTLE="flag")
    import_project(workplace)
    retried(workplace, 1)
    assert (lying(workplace), flagged(workplace, ".Filed")) == ({"Filed": 1}, 0)


UNKNOWN_PLACES = {
    "the server never told its UID": Delivery.update(folder_uid=None, folder_uidvalidity=None),
    "the folder was made anew": Delivery.update(folder_uidvalidity=7),
    "the folder is gone": Delivery.update(folder="Elsewhere"),
    "it was marked in a mailbox that was rebuilt": Delivery.update(folder=None, folder_uid=None),
}


@pytest.mark.parametrize("place", UNKNOWN_PLACES)
def test_mail_that_nobody_knows_the_place_of_is_filed_and_stays_there(workplace, caplog, place):
    rejected(workplace)
    import_project(workplace)
    if "rebuilt" in place:
        rebuild(workplace)
    with connected_to(workplace):
        UNKNOWN_PLACES[place].execute()
    ended = retried(workplace, 1)
    assert ended.stdout == "1: filed as activity 1\n"
    assert "is filed now, and stays in" in ended.stderr
    assert lying(workplace) == {"Rejected": 1}
    assert poll(workplace) == {}
    assert "stays in" not in caplog.text


def test_mail_that_somebody_moved_in_the_meantime_counts_as_settled(workplace):
    rejected(workplace)
    import_project(workplace)
    for path in (workplace.user.maildir / ".Rejected" / "cur").iterdir():
        path.unlink()
    assert retried(workplace, 1).stdout == "1: filed as activity 1\n"
    assert poll(workplace) == {}


def test_a_folder_that_cannot_be_opened_now_is_left_to_the_next_poll(workplace, monkeypatch):
    rejected(workplace)
    import_project(workplace)

    turn_to = Inbox.turn_to

    def in_use(self, folder):
        if folder == "Rejected":
            raise Transient("the folder is in use")
        return turn_to(self, folder)

    with monkeypatch.context() as patched:
        patched.setattr(Inbox, "turn_to", in_use)
        ended = retried(workplace, 1)
    assert (ended.exit_code, ended.stdout) == (0, "1: filed as activity 1\n")
    assert "what was retried stays there for now: the folder is in use" in ended.stderr
    assert (messages(workplace), lying(workplace)) == ([(1, "filed", None)], {"Rejected": 1})
    assert poll(workplace) == {}
    assert lying(workplace) == {"Filed": 1}


def test_a_folder_where_nothing_may_be_changed_is_left_as_it_is(workplace):
    rejected(workplace)
    import_project(workplace)
    (workplace.user.maildir / ".Rejected" / "dovecot-acl").write_text("owner lr\n")
    assert retried(workplace, 1).stdout == "1: filed as activity 1\n"
    assert lying(workplace) == {"Rejected": 1}
    (workplace.user.maildir / ".Rejected" / "dovecot-acl").unlink()
    poll(workplace)
    assert lying(workplace) == {"Filed": 1}
