from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from poller.errors import ConfigurationError, Transient
from poller.mailbox.deadline import Deadline
from poller.mailbox.describing import LARGE
from poller.mailbox.inbox import Inbox
from poller.settings import Security
from tests.servers.certificates import certificate
from tests.servers.scripted import DRIP, HANG_UP, SELECTED, ScriptedServer

LIMIT = 100 * LARGE


def literal(text, name="BODY[]"):
    return f"{name} {{{len(text)}}}\n{text}"


def body(uid, text):
    return f"* {uid} FETCH (UID {uid} {literal(text)})"


def fetch(tmp_path, messages, **answers):
    with ScriptedServer(answers=answers.pop("answers")) as server, Inbox(server.settings()) as inbox:
        found = {message.ref.uid: message.source[:] for message in inbox.fetch(messages, tmp_path, LIMIT)}
    assert not list(tmp_path.iterdir()) or any(message.size > LARGE for message in messages)
    return found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("* SEARCH 1 2\nTAG OK .", [1, 2]),
        ("* SEARCH 2\n* SEARCH 1\nTAG OK .", [1, 2]),
        ("* SEARCH 2 1 2\nTAG OK .", [1, 2]),
        ("* SEARCH\nTAG OK .", []),
        ("TAG OK .", []),
        ("* SEARCH 1 2 (MODSEQ 917162500)\nTAG OK .", [1, 2]),
        ("* 3 EXISTS\n* SEARCH 1\n* 1 EXPUNGE\n* 2 FETCH (FLAGS (\\Seen))\nTAG OK .", [1]),
        ("* SEARCH 1 99\nTAG OK .", [1]),
    ],
)
def test_a_search_finds_what_is_asked_for_however_it_is_told(answer, found):
    with ScriptedServer(answers={"UID SEARCH": answer}) as server, Inbox(server.settings()) as inbox:
        assert inbox.search(1, 2) == found
        assert "UID SEARCH UID 1:2" in server.said


def test_a_large_mailbox_is_searched_in_windows():
    selected = SELECTED.replace("* 2 EXISTS", "* 150000 EXISTS")
    with (
        ScriptedServer(answers={"SELECT": selected, "UID SEARCH": "TAG OK ."}) as server,
        Inbox(server.settings()) as inbox,
    ):
        inbox.search(1, 120_001)
        windows = [said.split()[-1].split(":") for said in server.said if said.startswith("UID SEARCH")]
    assert windows[0] == ["1", "50000"]
    assert windows[-1] == ["100001", "120001"]
    assert all(int(before[1]) + 1 == int(after[0]) for before, after in pairwise(windows))


def test_since_asks_a_day_earlier_and_compares_exactly():
    dates = {1: "01-Mar-2026 00:00:00 +0000", 2: " 1-Mar-2026 01:59:59 +0200", 3: "28-Feb-2026 19:00:00 -0500"}
    answers = "\n".join(f'* {uid} FETCH (UID {uid} RFC822.SIZE 9 INTERNALDATE "{day}")' for uid, day in dates.items())
    script = {"UID SEARCH": "* SEARCH 1 2 3\nTAG OK .", "UID FETCH": f"{answers}\nTAG OK ."}
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        assert inbox.search(1, 3, date(2026, 3, 1)) == [1, 3]
        assert "UID SEARCH UID 1:3 SINCE 28-Feb-2026" in server.said


@pytest.mark.parametrize(
    "line",
    [
        '* 1 FETCH (RFC822.SIZE 9 INTERNALDATE "01-Mar-2026 00:00:00 +0000")',
        "* 1 FETCH (UID 1 RFC822.SIZE 9)",
        '* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE "yesterday")',
        '* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE "31-Dec-9999 23:00:00 -1200")',
        '* 1 FETCH (UID 1 RFC822.SIZE NIL INTERNALDATE "01-Mar-2026 00:00:00 +0000")',
        "* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE NIL)",
        "* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE (",
        "* 1 FETCH (UID 1 FLAGS (\\Seen))",
        "* 1 FETCH (UID",
        "* 1 FETCH ()",
        "* 1 FETCH",
    ],
)
def test_an_answer_that_cannot_be_read_costs_no_other(line):
    good = '* 2 FETCH (UID 2 RFC822.SIZE 9 INTERNALDATE "01-Mar-2026 02:00:00 +0200" FLAGS (\\Seen))'
    with (
        ScriptedServer(answers={"UID FETCH": f"{line}\n{good}\nTAG OK ."}) as server,
        Inbox(server.settings()) as inbox,
    ):
        (message,) = inbox.describe([1, 2])
    assert (message.uid, message.internal_date, message.size) == (2, datetime(2026, 3, 1, tzinfo=UTC), 9)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (f"{body(1, 'one')}\n{body(2, 'two')}", {1: b"one", 2: b"two"}),
        (f"{body(2, 'two')}\n{body(1, 'one')}", {1: b"one", 2: b"two"}),
        (
            f"* 2 FETCH (FLAGS (\\Seen))\n{body(1, 'one')}\n* 1 EXPUNGE\n* 7 EXISTS\n{body(2, 'two')}",
            {1: b"one", 2: b"two"},
        ),
        (f"* 1 FETCH (FLAGS () {literal('one')} UID 1)\n{body(2, 'two')}", {1: b"one", 2: b"two"}),
        (f"* 2 FETCH (UID 1 {literal('one')})\n* 2 FETCH (UID 2 FLAGS ())", {1: b"one"}),
        (f"* 2 FETCH ({literal('not two')})\n{body(1, 'one')}", {1: b"one"}),
        (f'* 1 FETCH (UID 1 BODY[] "one")\n{body(2, "two")}', {1: b"one", 2: b"two"}),
        (f"* 1 FETCH (UID 1 BODY[] NIL)\n{body(2, 'two')}", {2: b"two"}),
        (f'* 1 FETCH (UID 1 BODY[] "")\n{body(2, "two")}', {2: b"two"}),
        (f"{body(99, 'other')}\n{body(2, 'two')}", {2: b"two"}),
        (f"* 1 FETCH (UID 1 BODY[] {{3}}\none\n{body(2, 'two')}", {2: b"two"}),
        (body(2, "* 9 FETCH (UID 1 BODY[] {3}\nodd)\nTAG OK ."), {2: b"* 9 FETCH (UID 1 BODY[] {3}\r\nodd)\r\nA OK ."}),
    ],
)
def test_a_body_belongs_to_its_uid_or_to_nobody(tmp_path, described, answer, found):
    # The literal that looks like answers is written with a tag that is not the command's.
    answer = answer.replace("TAG OK .", "A OK .")
    answer = answer.replace("{38}", "{42}").replace("BODY[] {40}", "BODY[] {44}")
    messages = [described(1, 3), described(2, 3)]
    script = {"UID FETCH 1:2": f"{answer}\nTAG OK .", "UID FETCH": "TAG OK ."}
    assert fetch(tmp_path, messages, answers=script) == found


def test_after_a_no_nothing_that_came_is_lost_and_the_rest_is_asked_for_one_by_one(tmp_path, described):
    script = {
        "UID FETCH 1:3": f"{body(1, 'one')}\nTAG NO [EXPUNGEISSUED] something is gone",
        "UID FETCH 2": "TAG NO [SERVERBUG] cannot read it",
        "UID FETCH 3": f"{body(3, 'three')}\nTAG OK .",
    }
    messages = [described(uid, 5) for uid in (1, 2, 3)]
    assert fetch(tmp_path, messages, answers=script) == {1: b"one", 3: b"three"}


def test_a_bad_for_one_message_holds_up_no_other(tmp_path, described):
    script = {
        "UID FETCH 1:3": "TAG BAD internal error",
        "UID FETCH 1 ": f"{body(1, 'one')}\nTAG OK .",
        "UID FETCH 2 ": "TAG BAD internal error",
        "UID FETCH 3 ": f"{body(3, 'three')}\nTAG OK .",
    }
    messages = [described(uid, 5) for uid in (1, 2, 3)]
    assert fetch(tmp_path, messages, answers=script) == {1: b"one", 3: b"three"}


def test_a_server_that_understands_no_fetch_at_all_is_not_asked_for_ever(tmp_path, described):
    with (
        ScriptedServer(answers={"UID FETCH": "TAG BAD what?"}) as server,
        Inbox(server.settings()) as inbox,
        pytest.raises(Transient),
    ):
        list(inbox.fetch([described(uid, 5) for uid in range(1, 50)], tmp_path, LIMIT))
    assert len([said for said in server.said if said.startswith("UID FETCH")]) == 4


PIECE = "x" * LARGE


@pytest.mark.parametrize(
    ("size", "pieces", "length"),
    [
        (LARGE + 5, [PIECE, "tail5"], LARGE + 5),
        (LARGE + 9, [PIECE, "tail5", ""], LARGE + 5),  # the size was a little too high
        (LARGE + 1, [PIECE, PIECE, "tail5"], 2 * LARGE + 5),  # the size was much too low
        (3 * LARGE, [PIECE, None], None),  # it vanished
        (2 * LARGE, [None], None),
        (2 * LARGE, [""], None),
        (LARGE + 1, ["short", PIECE, ""], LARGE + 5),  # pieces of the server's own size
    ],
)
def test_a_large_message_is_read_to_its_end_or_not_at_all(tmp_path, described, size, pieces, length):
    answers = [
        "TAG OK ." if piece is None else f"* 1 FETCH (UID 1 {literal(piece, 'BODY[]<0>')})\nTAG OK ."
        for piece in pieces
    ]
    found = fetch(tmp_path, [described(1, size)], answers={"UID FETCH": answers})
    assert {uid: len(source) for uid, source in found.items()} == ({} if length is None else {1: length})


def test_a_message_that_turns_out_to_be_over_the_limit_is_not_read_on(tmp_path, described):
    script = {
        "UID FETCH 1 .UID BODY.PEEK.HEADER": f"* 1 FETCH (UID 1 {literal('Subject: x', 'BODY[HEADER]<0>')})\nTAG OK .",
        "UID FETCH": f"* 1 FETCH (UID 1 {literal(PIECE, 'BODY[]<0>')})\nTAG OK .",
    }
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        (message,) = inbox.fetch([described(1, LARGE + 1)], tmp_path, 3 * LARGE)
    assert (message.oversized, message.source) == (True, b"Subject: x")
    assert not list(tmp_path.iterdir())


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
    script = {"SELECT": "TAG NO try later", "LIST": '* LIST () "/" INBOX\nTAG OK .'}
    with ScriptedServer(answers=script) as server, pytest.raises(Transient, match="try later"):
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


def test_a_mailbox_that_is_replaced_while_it_is_read_is_not_mixed_up(tmp_path, described):
    script = {
        "SELECT": [SELECTED, SELECTED.replace("UIDVALIDITY 7", "UIDVALIDITY 8")],
        "UID FETCH": ["TAG BAD internal error", f"{body(1, 'one')}\nTAG OK ."],
    }
    with (
        ScriptedServer(answers=script) as server,
        Inbox(server.settings()) as inbox,
        pytest.raises(Transient, match="UIDVALIDITY changed"),
    ):
        list(inbox.fetch([described(1, 3)], tmp_path, LIMIT))


@pytest.mark.parametrize("security", [Security.PLAIN, Security.TLS])
def test_a_server_that_drips_ends_at_the_deadline(tmp_path, monkeypatch, described, security):
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    with (
        ScriptedServer(
            answers={"UID FETCH": DRIP}, certificate=made, tls_from_start=security is Security.TLS
        ) as server,
        Deadline() as deadline,
        Inbox(server.settings(security), deadline) as inbox,
    ):
        deadline.arm(0.3)
        with pytest.raises(Transient, match="time for this conversation was up"):
            list(inbox.fetch([described(1, 1000)], tmp_path, LIMIT))
        assert not inbox.alive


@pytest.mark.parametrize(
    "answer", [HANG_UP, "* BYE shutting down", "* 1 FETCH (UID 1 BODY[] {1000}\nabc" + HANG_UP, "!", ""]
)
@pytest.mark.parametrize(
    "command",
    ["CAPABILITY", "LOGIN", "LIST", "SELECT", "STATUS", "NOOP", "UID SEARCH", "UID FETCH", "UID STORE", "UID MOVE"],
)
def test_a_conversation_that_breaks_off_anywhere_ends_with_a_sentence(tmp_path, described, command, answer):
    script = {
        "STATUS": "* STATUS INBOX ()\nTAG OK .",
        "UID SEARCH": "TAG OK .",
        "UID STORE": "TAG OK .",
        command: answer,
    }
    with ScriptedServer(answers=script, capabilities="IMAP4rev1 MOVE") as server:
        with pytest.raises(Transient, match=r"localhost:\d+: .*, while .*ing.*") as raised:
            poll(server, tmp_path, described)
        assert "\n" not in str(raised.value)


def poll(server, spool, described):
    with Inbox(server.settings()) as inbox:
        inbox.refresh()
        list(inbox.fetch([described(1, 1000)], spool, LIMIT))
        inbox.settle([1], folder="Filed", flagged=True, keyword="$MailfilerFiled")


def test_a_server_in_trouble_is_not_asked_message_by_message(tmp_path, described):
    with (
        ScriptedServer(answers={"UID FETCH": "TAG NO [UNAVAILABLE] not now"}) as server,
        Inbox(server.settings()) as inbox,
        pytest.raises(Transient, match="not now"),
    ):
        list(inbox.fetch([described(uid, 5) for uid in range(1, 50)], tmp_path, LIMIT))
    assert len([said for said in server.said if said.startswith("UID FETCH")]) == 1


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
