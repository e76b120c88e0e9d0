from __future__ import annotations

import pytest

from poller.errors import Transient
from poller.mailbox.inbox import Inbox
from poller.mailbox.settling import Way
from tests.servers.dovecot import Kind
from tests.servers.scripted import SELECTED, ScriptedServer

MESSAGE = b"Subject: offer\n\nhello\n"
KEYWORD = "$MailfilerFiled"


def flags(dovecot, user, folder="INBOX"):
    with Inbox(dovecot.settings(user, folder=folder)) as inbox:
        uids = inbox.search(1, inbox.uidnext - 1)
        answer = inbox._connection.ask("reading flags", lambda client: client.get_flags(uids))
        return [set(answer[uid]) - {b"\\Recent"} for uid in uids]


def settle(dovecot, user, uids=(1,), folder="Filed", *, flagged=False):
    with Inbox(dovecot.settings(user)) as inbox:
        return inbox.settle(uids, folder=folder, flagged=flagged, keyword=KEYWORD)


@pytest.mark.parametrize(
    ("without", "way"),
    [
        ((), Way.MOVED),
        (("MOVE",), Way.COPIED),
        (("UIDPLUS",), Way.MOVED),
        (("MOVE", "UIDPLUS"), Way.KEYWORD),
    ],
)
def test_mail_is_settled_by_the_strongest_means_that_the_server_announces(dovecot_of, without, way):
    dovecot = dovecot_of(Kind(without=without))
    user = dovecot.user()
    for _ in range(3):
        user.deliver(MESSAGE)
    report = settle(dovecot, user, [1, 3], flagged=True)
    assert report.way is way
    if way is Way.KEYWORD:
        assert report.alerts == ("The server offers neither MOVE nor UIDPLUS: mail stays where it is.",)
        assert flags(dovecot, user) == [{b"\\Flagged", KEYWORD.encode()}, set(), {b"\\Flagged", KEYWORD.encode()}]
    else:
        assert report.alerts == ()
        assert report.new_uids == {1: 1, 3: 2}
        assert flags(dovecot, user) == [set()]
        assert flags(dovecot, user, "Filed") == [{b"\\Flagged"}, {b"\\Flagged"}]


def test_without_move_what_other_clients_have_marked_deleted_stays(dovecot_of):
    dovecot = dovecot_of(Kind(without=("MOVE",)))
    user = dovecot.user()
    user.deliver(MESSAGE)
    user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user)) as other:
        other._connection.ask("marking", lambda client: client.delete_messages([2], silent=True))
        settle(dovecot, user, [1])
    assert flags(dovecot, user) == [{b"\\Deleted"}]


@pytest.mark.parametrize(("flagged", "kept"), [(True, {b"\\Flagged", KEYWORD.encode()}), (False, {KEYWORD.encode()})])
def test_without_a_folder_mail_stays_in_the_inbox_with_a_mark(dovecot, flagged, kept):
    user = dovecot.user()
    user.deliver(MESSAGE)
    report = settle(dovecot, user, folder=None, flagged=flagged)
    assert (report.way, report.alerts) == (Way.KEYWORD, ())
    assert flags(dovecot, user) == [kept]


def test_mail_that_is_gone_counts_as_settled(dovecot):
    assert settle(dovecot, dovecot.user(), [7, 8]).alerts == ()


def test_nothing_to_settle_asks_nothing_of_the_server(dovecot):
    assert settle(dovecot, dovecot.user(), []).way is Way.MOVED


def test_a_missing_folder_is_created_and_subscribed(dovecot):
    user = dovecot.user()
    user.deliver(MESSAGE)
    assert settle(dovecot, user, folder="Mail filer/Größe & Co").way is Way.MOVED
    with Inbox(dovecot.settings(user)) as inbox:
        subscribed = inbox._connection.ask("listing", lambda client: client.list_sub_folders())
    assert [name for _, _, name in subscribed] == ["Mail filer/Größe & Co"]


def test_a_server_with_a_prefix_gets_its_own_names(dovecot_of):
    dovecot = dovecot_of(Kind(prefix="INBOX."))
    user = dovecot.user()
    user.deliver(MESSAGE)
    with Inbox(dovecot.settings(user)) as inbox:
        assert inbox.ensure_folders(["Filed", "INBOX.Rejected", "Mailfiler/Review"]) == []
        assert inbox.ensure_folders(["Filed"]) == []
        names = [name for _, _, name in inbox._connection.ask("listing", lambda client: client.list_folders())]
        assert sorted(names) == ["INBOX", "INBOX.Filed", "INBOX.Mailfiler", "INBOX.Mailfiler.Review", "INBOX.Rejected"]
        assert inbox.settle([1], folder="Filed", flagged=False, keyword=KEYWORD).way is Way.MOVED
    assert user.count(".Filed") == 1


def test_over_quota_mail_stays_with_a_keyword_and_an_alert(dovecot_of):
    dovecot = dovecot_of(Kind(without=("MOVE",), quota=3_000))
    user = dovecot.user()
    user.deliver(b"Subject: x\n\n" + b"y" * 2_000 + b"\n")
    report = settle(dovecot, user)
    assert report.way is Way.KEYWORD
    assert "OVERQUOTA" in report.alerts[0]
    assert flags(dovecot, user) == [{KEYWORD.encode()}]


def test_a_read_only_mailbox_settles_nothing_and_alerts(dovecot):
    user = dovecot.user()
    user.deliver(MESSAGE)
    user.allow("lr")
    with Inbox(dovecot.settings(user)) as inbox:
        assert inbox.read_only
        assert inbox.search(1, 1) == [1]
        report = inbox.settle([1], folder="Filed", flagged=True, keyword=KEYWORD)
        assert (report.way, report.alerts) == (
            Way.NOTHING,
            ("The mailbox is read-only: mail is filed, but stays where it is.",),
        )
        inbox.refresh()


def test_a_mailbox_that_nothing_may_be_removed_from_keeps_its_mail_marked(dovecot):
    user = dovecot.user()
    user.deliver(MESSAGE)
    user.allow("lrsw")
    report = settle(dovecot, user, flagged=True)
    assert report.way is Way.KEYWORD
    assert len(report.alerts) == 1
    assert flags(dovecot, user) == [{b"\\Flagged", KEYWORD.encode()}]
    assert user.count(".Filed") == 0


PERMANENT = SELECTED.replace("* 2 EXISTS", "* OK [PERMANENTFLAGS (\\Flagged{})] .\n* 2 EXISTS")


@pytest.mark.parametrize(
    ("permanent", "answers", "way", "alerts"),
    [
        (" \\*", {"UID STORE": "TAG OK done", "UID SEARCH": "* SEARCH\nTAG OK done"}, Way.KEYWORD, 0),
        (" \\*", {"UID STORE": "TAG OK done", "UID SEARCH": "* SEARCH 1\nTAG OK done"}, Way.FLAGGED, 1),
        (" $mailfilerfiled", {"UID STORE": "TAG OK done", "UID SEARCH": "TAG OK done"}, Way.KEYWORD, 0),
        ("", {"UID STORE": "TAG OK done"}, Way.FLAGGED, 0),
        ("", {"UID STORE": "TAG NO [NOPERM] never"}, Way.NOTHING, 1),
    ],
)
def test_a_keyword_is_set_where_it_may_be_and_read_back(permanent, answers, way, alerts):
    with (
        ScriptedServer(answers={"SELECT": PERMANENT.format(permanent), **answers}) as server,
        Inbox(server.settings()) as inbox,
    ):
        report = inbox.settle([1, 2], folder=None, flagged=True, keyword=KEYWORD)
    assert (report.way, len(report.alerts)) == (way, alerts)


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INUSE"])
def test_a_server_that_cannot_move_now_is_asked_again_later(code):
    with (
        ScriptedServer(capabilities="IMAP4rev1 MOVE", answers={"UID MOVE": f"TAG NO [{code}] not now"}) as server,
        Inbox(server.settings()) as inbox,
    ):
        with pytest.raises(Transient, match="not now"):
            inbox.settle([1, 2], folder="Filed", flagged=False, keyword=KEYWORD)
        assert not inbox.alive


@pytest.mark.parametrize(
    ("answers", "way"),
    [
        (["TAG NO [TRYCREATE] no", "TAG OK done"], Way.MOVED),
        (["TAG NO [TRYCREATE] no", "TAG NO [TRYCREATE] still no"], Way.KEYWORD),
        (["TAG NO [EXPUNGEISSUED] some are gone", "TAG OK done"], Way.MOVED),
        (["TAG NO [NONEXISTENT] no such folder", "TAG OK done"], Way.MOVED),
        (["TAG NO [LIMIT] the folder is full"], Way.KEYWORD),
        (["TAG NO no"], Way.KEYWORD),
        (["TAG NO [SERVERBUG] no"], Way.KEYWORD),
        (["* OK [COPYUID 9 1:2 garbage] moved\nTAG OK done"], Way.MOVED),
        (["* OK [COPYUID] moved\nTAG OK done"], Way.MOVED),
    ],
)
def test_a_move_is_tried_again_once_after_what_can_be_mended(answers, way):
    script = {
        "UID MOVE": answers,
        "CREATE": "TAG OK done",
        "SUBSCRIBE": "TAG NO why",
        "UID STORE": "TAG OK done",
        "UID SEARCH": "* SEARCH\nTAG OK done",
    }
    with (
        ScriptedServer(capabilities="IMAP4rev1 MOVE", answers=script) as server,
        Inbox(server.settings()) as inbox,
    ):
        report = inbox.settle([1, 2], folder="Filed", flagged=False, keyword=KEYWORD)
    assert report.way is way
    assert report.new_uids == {}
    assert not any(said in {"EXPUNGE", "CLOSE"} for said in server.said)


def test_marks_are_taken_off_the_named_mail_alone(dovecot):
    user = dovecot.user()
    for _ in range(2):
        user.deliver(MESSAGE)
    settle(dovecot, user, [1, 2], folder=None, flagged=True)
    with Inbox(dovecot.settings(user)) as inbox:
        assert inbox.unmark([1, 7], ["\\Flagged", "$Nobody"]) == ()
        assert inbox.unmark([2], [KEYWORD]) == ()
    assert flags(dovecot, user) == [{KEYWORD.encode()}, {b"\\Flagged"}]


def test_marks_that_a_server_does_not_let_us_take_off_are_told_of():
    answers = {"SELECT": PERMANENT.format(""), "UID STORE": "TAG NO [NOPERM] not yours"}
    with (
        ScriptedServer(answers=answers) as server,
        Inbox(server.settings()) as inbox,
    ):
        [alert] = inbox.unmark([1], ["\\Flagged", "$NeverSet"])
        assert inbox.unmark([1], ["$NeverSet"]) == ()
    assert alert.startswith("The server does not let us take marks off: ")
