from __future__ import annotations

import pytest

from poller.mailbox.inbox import Inbox
from tests.mailbox.making import body, fetch, literal
from tests.servers.scripted import ScriptedServer


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
        (f'* 1 FETCH (UID 1 INTERNALDATE "01-Jan-2026 00:00:00 +{"9" * 400}")\n{body(2, "two")}', {2: b"two"}),
        (f"* 1 FETCH (UID 1 X {'(' * 5_000}{')' * 5_000})\n{body(2, 'two')}", {2: b"two"}),
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
