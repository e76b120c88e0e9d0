"""A mailbox looked at from outside, at a real Dovecot and at servers as no real one is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from poller.deadline import Deadline
from poller.errors import ConfigurationError
from poller.mailbox.inspecting import SAMPLES, Place, inspect
from tests.servers.dovecot import Kind, give
from tests.servers.scripted import HANG_UP, SELECTED, ScriptedServer

ALL = frozenset("lrswipkxtea")
DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def look(server, user=None, wanted=("Filed",)):
    settings = server.settings(user) if user else server.settings()
    with Deadline(60) as deadline:
        return inspect(settings, wanted, deadline)


def message(number):
    return f"X-Original-To: {number}.m@in.example.com\r\nSubject: {number}\r\n\r\nText.\r\n".encode()


def subjects(found):
    fields = [field for one in found.samples for field in one.header.fields]
    return [int(field.value) for field in fields if field.name == "subject"]


def test_the_newest_messages_of_all_folders_are_seen_and_none_is_changed(dovecot):
    user = dovecot.user()
    for number in range(SAMPLES):
        user.deliver(message(number), DAY + timedelta(hours=number))
    for number in range(100, 103):
        user.deliver(message(number), DAY + timedelta(hours=number), folder=".Filed")
    found = look(dovecot, user)
    assert subjects(found) == [102, 101, 100, *reversed(range(3, SAMPLES))]
    assert found.samples[0].internal_date == DAY + timedelta(hours=102)
    assert (found.inbox.name, found.messages, found.idle) == ("INBOX", SAMPLES, "")
    for folder in ("", ".Filed"):
        names = [path.name for path in (user.maildir / folder / "cur").iterdir()]
        assert not [name for name in names if not name.endswith(":2,")]


def test_of_a_message_nothing_but_its_header_is_fetched():
    answers = {
        "UID SEARCH": "* SEARCH 7\nTAG OK done",
        r"UID FETCH 7 \(UID INTERNALDATE": '* 1 FETCH (UID 7 INTERNALDATE "02-Mar-2026 12:00:00 +0000" '
        "RFC822.SIZE 9)\nTAG OK done",
        "UID FETCH 7": "* 1 FETCH (UID 7 BODY[HEADER]<0> {14}\nSubject: 1\n\n)\nTAG OK done",
        "MYRIGHTS": "* MYRIGHTS INBOX lrswi\nTAG OK done",
    }
    with ScriptedServer(answers=answers) as server:
        found = look(server, wanted=())
        said = list(server.said)
    assert subjects(found) == [1]
    assert "UID FETCH 7 (UID BODY.PEEK[HEADER]<0.65536>)" in said
    allowed = ("CAPABILITY", "LOGIN", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH", "MYRIGHTS", "LOGOUT", "NOOP")
    assert [line for line in said if not line.startswith(allowed)] == []


def test_rights_are_told_of_folders_that_are_there_and_of_those_to_be_made(dovecot):
    user = dovecot.user()
    user.deliver(message(1))
    user.allow("lr")
    user.deliver(message(2), folder=".Filed")
    acl = user.maildir / ".Filed" / "dovecot-acl"
    acl.write_text("owner lri\n")
    give(acl)
    found = look(dovecot, user, ("Filed", "Rejected"))
    filed, rejected = found.folders
    assert (found.inbox.rights, filed.rights) == (frozenset("lr"), frozenset("lri"))
    assert (filed.exists, rejected.exists) == (True, False)
    assert rejected.lacks("k") == ""
    assert found.inbox.lacks("ltre") == "te"


def test_a_folder_that_nobody_may_read_is_no_obstacle(dovecot):
    user = dovecot.user()
    user.deliver(message(1))
    user.deliver(message(2), folder=".Filed")
    acl = user.maildir / ".Filed" / "dovecot-acl"
    acl.write_text("owner li\n")
    give(acl)
    found = look(dovecot, user)
    assert subjects(found) == [1]
    assert found.folders[0].lacks("r") == "r"


@pytest.mark.parametrize(
    ("capabilities", "told", "rights"),
    [
        ("ACL RIGHTS=texk", "lrswi", set("lrswi")),
        ("ACL RIGHTS=texk", "lrswipd", set("lrswipd")),
        ("ACL", "lrswipcd", set("lrswipcdkte")),
    ],
)
def test_letters_of_older_servers_mean_what_they_meant(capabilities, told, rights):
    answers = {"MYRIGHTS": f"* MYRIGHTS INBOX {told}\nTAG OK done", "UID SEARCH": "* SEARCH\nTAG OK done"}
    with ScriptedServer(answers=answers, capabilities=f"IMAP4rev1 {capabilities}") as server:
        assert look(server, wanted=()).inbox.rights == rights


@pytest.mark.parametrize("answer", ["TAG NO not for you", "TAG BAD what?", HANG_UP])
def test_a_server_that_tells_no_rights_leaves_them_open(answer):
    with ScriptedServer(answers={"MYRIGHTS": answer, "UID SEARCH": "* SEARCH\nTAG OK done"}) as server:
        found = look(server, wanted=("Filed",))
    assert found.inbox.rights is None
    assert found.folders == (Place(name="Filed", exists=False, rights=None),)
    assert found.inbox.lacks("te") == ""


@pytest.mark.parametrize(
    ("capabilities", "answers", "told"),
    [
        ("IMAP4rev1", {}, "the server does not offer IDLE"),
        ("IMAP4rev1 IDLE", {"IDLE": "TAG NO not today"}, "offers IDLE and does not keep to it: "),
        ("IMAP4rev1 IDLE", {"IDLE": HANG_UP}, "offers IDLE and does not keep to it: "),
        ("IMAP4rev1 IDLE", {"IDLE": "+ idling", "DONE": HANG_UP}, "offers IDLE and does not keep to it: "),
    ],
)
def test_idle_is_tried(capabilities, answers, told):
    usual = {"UID SEARCH": "* SEARCH\nTAG OK done", "MYRIGHTS": "TAG NO no"}
    with ScriptedServer(answers=usual | answers, capabilities=capabilities) as server:
        assert told in look(server, wanted=()).idle


@pytest.mark.parametrize(
    ("flags", "keywords"),
    [("", None), ("* OK [PERMANENTFLAGS ()] .\n", None), ("* OK [PERMANENTFLAGS (\\Seen)] .\n", False),
     ("* OK [PERMANENTFLAGS (\\Seen \\*)] .\n", True)],
)  # fmt: skip
def test_whether_keywords_are_kept_is_seen_where_it_is_told(flags, keywords):
    answers = {"EXAMINE": flags + SELECTED, "UID SEARCH": "* SEARCH\nTAG OK done", "MYRIGHTS": "TAG NO no"}
    with ScriptedServer(answers=answers) as server:
        assert look(server, wanted=()).keywords is keywords


def test_folders_have_the_prefix_of_the_server(dovecot_of):
    dovecot = dovecot_of(Kind(prefix="INBOX."))
    user = dovecot.user()
    user.deliver(message(1))
    assert [place.name for place in look(dovecot, user).folders] == ["INBOX.Filed"]


def test_a_folder_that_is_missing_is_told_as_everywhere(dovecot):
    user = dovecot.user()
    settings = dovecot.settings(user, folder="Eingang")
    with Deadline(60) as deadline, pytest.raises(ConfigurationError, match="has no folder Eingang"):
        inspect(settings, (), deadline)
