"""What is said of the mailbox, at servers as no real one is."""

from __future__ import annotations

import pytest

from poller.checking.mailbox import check_mailbox
from tests.checking.test_recipients import checked
from tests.servers.scripted import HANG_UP, SELECTED, ScriptedServer

EMPTY = {"UID SEARCH": "* SEARCH\nTAG OK done", "MYRIGHTS": "TAG NO no", "IDLE": "+ idling"}


def told(tmp_path, server, **settings):
    keys = {"IMAP_PORT": str(server.port), "IMAP_USERNAME": "anna", "IMAP_PASSWORD": "x"}
    looked = checked(tmp_path, [], **keys | settings)
    looked.mailbox = None
    found = list(check_mailbox(looked))
    return looked, [("✗!✓"[one.ok + (one.ok and not one.remedy)], one.sentence, one.remedy) for one in found]


@pytest.mark.parametrize(
    ("answers", "capabilities", "sentence", "remedy"),
    [
        ({"LOGIN": "TAG NO wrong"}, "", "refused the user anna: wrong",
         "IMAP_USERNAME=anna and IMAP_PASSWORD=… as the server knows them"),
        ({}, "LOGINDISABLED STARTTLS", "takes no passwords on this connection", "IMAP_SECURITY=starttls"),
        ({"LOGIN": "TAG NO [PRIVACYREQUIRED] TLS first"}, "", "wants TLS before a password", "IMAP_SECURITY=starttls"),
        ({"EXAMINE": "TAG NO [NONEXISTENT] no"}, "", "has no folder INBOX", "IMAP_FOLDER=INBOX"),
        ({"EXAMINE": HANG_UP}, "", "the server closed the connection", "mailfiler check, later, and the server's"),
        ({"LOGIN": "TAG NO [UNAVAILABLE] later"}, "", "lets nobody in now", "mailfiler check, later, and the server's"),
    ],
)  # fmt: skip
def test_a_mailbox_that_cannot_be_opened_is_told_with_what_to_set(tmp_path, answers, capabilities, sentence, remedy):
    with ScriptedServer(answers=EMPTY | answers, capabilities=f"IMAP4rev1 {capabilities}") as server:
        looked, ((mark, said, what),) = told(tmp_path, server)
    assert mark == "✗"
    assert sentence in said
    assert what.startswith(remedy)
    assert looked.mailbox is None


def test_a_password_in_a_file_is_to_be_changed_there(tmp_path):
    (tmp_path / "password").write_text("wrong\n")
    with ScriptedServer(answers={"LOGIN": "TAG NO wrong"}) as server:
        _, ((_, _, remedy),) = told(tmp_path, server, IMAP_PASSWORD="", IMAP_PASSWORD_FILE="password")
    assert remedy == f"IMAP_USERNAME=anna and the first line of {tmp_path}/password as the server knows them"


def test_what_the_server_offers_is_listed_with_what_it_lacks(tmp_path):
    with ScriptedServer(answers=EMPTY, capabilities="IMAP4rev1 UIDPLUS IDLE") as server:
        looked, said = told(tmp_path, server)
    assert ("✓", "the server offers UIDPLUS, IDLE, and not MOVE, NAMESPACE, ACL", "") in said
    assert looked.mailbox.where == f"localhost:{server.port}"


@pytest.mark.parametrize(("capabilities", "idle"), [("IMAP4rev1", "+ idling"), ("IMAP4rev1 IDLE", "TAG NO not today")])
def test_without_idle_it_is_said_how_often_the_server_is_asked(tmp_path, capabilities, idle):
    with ScriptedServer(answers=EMPTY | {"IDLE": idle}, capabilities=capabilities) as server:
        _, said = told(tmp_path, server, POLL_INTERVAL="90s")
    assert said[1][0] == "!"
    assert said[1][1].endswith(": it is asked every 90 s")
    assert said[1][2] == "POLL_INTERVAL=… if that is too seldom"


def test_a_folder_without_keywords_is_told(tmp_path):
    answers = EMPTY | {"EXAMINE": f"* OK [PERMANENTFLAGS (\\Seen \\Deleted)] .\n{SELECTED}"}
    with ScriptedServer(answers=answers, capabilities="IMAP4rev1 MOVE") as server:
        _, said = told(tmp_path, server)
    assert any(sentence.startswith("the server keeps no keywords in this folder") for _, sentence, _ in said)


def test_folders_are_not_looked_at_where_mail_stays(tmp_path):
    with ScriptedServer(answers=EMPTY, capabilities="IMAP4rev1 MOVE") as server:
        looked, said = told(tmp_path, server, SETTLE="flag")
        assert not [command for command in server.said if "Filed" in command]
    assert ("✓", "mail stays where it is, with a keyword or a flag", "") in said
    assert looked.mailbox.folders == ()
