from __future__ import annotations

import pytest

from poller.errors import ConfigurationError, Transient
from poller.mailbox.folders import Naming
from poller.mailbox.inbox import Inbox
from tests.servers.scripted import HANG_UP, SELECTED, ScriptedServer


@pytest.mark.parametrize(
    ("prefix", "separator", "folder", "name"),
    [
        ("", "/", "Filed", "Filed"),
        ("", "/", "Filed/2026", "Filed/2026"),
        ("", ".", "Filed/2026", "Filed.2026"),
        ("INBOX.", ".", "Filed/2026", "INBOX.Filed.2026"),
        ("INBOX.", ".", "INBOX.Filed", "INBOX.Filed"),
        ("INBOX.", ".", "INBOX/Filed", "INBOX.Filed"),
        ("INBOX.", ".", "inbox", "INBOX"),
        ("", "/", "Inbox", "INBOX"),
        ("", "/", "Inbox/Filed", "Inbox/Filed"),
    ],
)
def test_a_folder_gets_the_servers_prefix_and_separator_once(prefix, separator, folder, name):
    naming = Naming(prefix=prefix, separator=separator)
    assert naming.server_name(folder) == name
    assert naming.server_name(name) == name


@pytest.mark.parametrize(
    ("listed", "created"),
    [
        ('* LIST () "/" Filed\n', False),
        ('* LIST (\\HasChildren) "/" Filed\n', False),
        ('* LIST (\\Noselect) "/" Filed\n', True),
        ('* LIST (\\NonExistent) "/" Filed\n', True),
        ("", True),
    ],
)
def test_a_folder_is_created_unless_it_can_hold_mail(listed, created):
    script = {'LIST "" "Filed"|LIST "" Filed': f"{listed}TAG OK ."}
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        assert inbox.ensure_folders(["Filed"]) == []
        assert any(said.startswith("CREATE") for said in server.said) is created


def test_a_folder_that_does_not_exist_is_a_wrong_setting(dovecot):
    with pytest.raises(ConfigurationError, match=r"IMAP_FOLDER: .* has no folder Nowhere"):
        Inbox(dovecot.settings(dovecot.user(), folder="Nowhere"))


@pytest.mark.parametrize(
    ("selected", "error"),
    [
        (SELECTED.replace("* OK [UIDVALIDITY 7] .\n", ""), ConfigurationError),
        (SELECTED.replace("UIDVALIDITY 7", "UIDVALIDITY 0"), ConfigurationError),
        (SELECTED.replace("UIDVALIDITY 7", "UIDVALIDITY seven"), Transient),
        ("TAG NO [NONEXISTENT] no such folder", ConfigurationError),
        ("TAG NO no such folder", ConfigurationError),
        ("TAG BAD User is authenticated but not connected.", Transient),
        ("* BYE shutting down", Transient),
        (HANG_UP, Transient),
    ],
)
def test_a_mailbox_that_cannot_be_trusted_is_not_opened(selected, error):
    with ScriptedServer(answers={"SELECT": selected}) as server, pytest.raises(error):
        Inbox(server.settings())


def test_a_folder_that_exists_and_does_not_open_now_is_tried_again():
    script = {"SELECT": "TAG NO try later.", "LIST": '* LIST () "/" INBOX\nTAG OK .'}
    with ScriptedServer(answers=script) as server, pytest.raises(Transient, match="try later; it is tried again"):
        Inbox(server.settings())


def test_what_select_does_not_tell_is_asked_for():
    script = {"SELECT": "* OK [UIDVALIDITY 7] .\nTAG OK .", "UID SEARCH": "* SEARCH 41\nTAG OK ."}
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        assert (inbox.uidvalidity, inbox.uidnext) == (7, 42)


@pytest.mark.parametrize(
    ("status", "search", "selected", "state"),
    [
        ("* STATUS INBOX (UIDNEXT 3 UIDVALIDITY 7)", "* SEARCH 2", SELECTED, (7, 3)),
        ("* STATUS INBOX (UIDNEXT 5 UIDVALIDITY 7)", "* SEARCH 3 4", SELECTED, (7, 5)),
        ("* STATUS INBOX (UIDNEXT 4 UIDVALIDITY 7)", "* SEARCH 3 4", SELECTED, (7, 5)),
        ("* 4 EXISTS\n* STATUS INBOX ()", "* SEARCH 3 4", SELECTED, (7, 5)),
        ("* STATUS INBOX (UIDNEXT 5 UIDVALIDITY 7)", "* SEARCH 2", SELECTED.replace("UIDNEXT 3", "UIDNEXT 5"), (7, 5)),
        (
            "* STATUS INBOX (UIDNEXT 3 UIDVALIDITY 8)",
            "* SEARCH 2",
            SELECTED.replace("VALIDITY 7", "VALIDITY 8"),
            (8, 3),
        ),
        ("* STATUS INBOX (UIDNEXT 2 UIDVALIDITY 7)", "* SEARCH 1", SELECTED.replace("UIDNEXT 3", "UIDNEXT 2"), (7, 2)),
    ],
)
def test_a_refresh_sees_new_mail_and_another_epoch(status, search, selected, state):
    script = {
        "SELECT": [SELECTED, selected],
        "STATUS": f"{status}\nTAG OK .",
        "UID SEARCH UID 3:.": f"{search}\nTAG OK .",
    }
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        inbox.refresh()
        assert (inbox.uidvalidity, inbox.uidnext) == state
    assert sum(said.startswith("SELECT") for said in server.said) == (1 if selected == SELECTED else 2)


def test_a_server_that_tells_no_status_of_an_open_folder_is_asked_all_the_same():
    script = {"STATUS": "TAG NO not of an open folder", "UID SEARCH": "* SEARCH 3\nTAG OK ."}
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        inbox.refresh()
        assert inbox.uidnext == 4


@pytest.mark.parametrize(
    ("capabilities", "namespace"),
    [
        ("IMAP4rev1", "TAG BAD what?"),
        ("IMAP4rev1 NAMESPACE", "* NAMESPACE NIL NIL NIL\nTAG OK ."),
        ("IMAP4rev1 NAMESPACE", "TAG NO not now"),
    ],
)
def test_the_names_of_a_server_without_namespace_follow_its_separator(capabilities, namespace):
    script = {
        'LIST "" ""': '* LIST (\\Noselect) "." ""\nTAG OK .',
        "CREATE": "TAG NO [ALREADYEXISTS] it is there",
        "NAMESPACE": namespace,
    }
    with ScriptedServer(answers=script, capabilities=capabilities) as server, Inbox(server.settings()) as inbox:
        assert inbox.ensure_folders(["Mail/Filed"]) == []
        assert 'CREATE "Mail.Filed"' in server.said


def test_a_folder_that_cannot_be_created_is_an_alert():
    with ScriptedServer(answers={"CREATE": "TAG NO [NOPERM] never"}) as server, Inbox(server.settings()) as inbox:
        (alert,) = inbox.ensure_folders(["Filed"])
    assert alert.startswith("The folder Filed is missing and cannot be created: ")
