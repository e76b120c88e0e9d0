from __future__ import annotations

import pytest

from poller.mailbox import answers
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


_DATE = b'INTERNALDATE "02-Mar-2026 12:00:59 +0230"'


@pytest.mark.parametrize(
    ("answer", "is_plain"),
    [
        (b"1 (UID 5 " + _DATE + b" RFC822.SIZE 2219)", True),
        (b"1 (RFC822.SIZE 0 UID 4294967295 " + _DATE + b")", True),
        (b'7 (UID 5 INTERNALDATE " 2-Mar-2026 23:59:59 -0730" RFC822.SIZE 1)', True),
        (b'7 (UID 5 INTERNALDATE "29-Feb-2024 00:00:00 +0000" RFC822.SIZE 1)', True),
        (b'7 (UID 5 INTERNALDATE "29-Feb-2026 00:00:00 +0000" RFC822.SIZE 1)', False),
        (b'7 (UID 5 INTERNALDATE "02-Mar-2026 24:00:00 +0000" RFC822.SIZE 1)', False),
        (b'7 (UID 5 INTERNALDATE "02-Mar-2026 12:00:60 +0000" RFC822.SIZE 1)', False),
        (b'7 (UID 5 INTERNALDATE "02-Mar-2026 12:00:00 -0000" RFC822.SIZE 1)', False),
        (b'7 (UID 5 INTERNALDATE "02-Mar-2026 12:00:00 +9900" RFC822.SIZE 1)', False),
        (b'7 (UID 5 INTERNALDATE "02-Mar-0026 12:00:00 +0000" RFC822.SIZE 1)', False),
        (b'7 (UID 5 INTERNALDATE "02-MAR-2026 12:00:00 +0000" RFC822.SIZE 1)', False),
        (b'7 (UID 5 INTERNALDATE "02-Xyz-2026 12:00:00 +0000" RFC822.SIZE 1)', False),
        (b"7 (UID 5 INTERNALDATE NIL RFC822.SIZE 1)", False),
        (b"7 (UID 5 " + _DATE + b" RFC822.SIZE NIL)", False),
        (b"7 (UID 5 " + _DATE + b" RFC822.SIZE 01)", False),
        (b"7 (UID 5 UID 6 " + _DATE + b" RFC822.SIZE 1)", False),
        (b"7 (UID 5 UID 6 " + _DATE + b")", False),
        (b"7 (" + _DATE + b" RFC822.SIZE 1)", False),
        (b"7 (UID 5 " + _DATE + b" RFC822.SIZE 1 FLAGS (\\Seen))", False),
        (b"7 (uid 5 " + _DATE + b" RFC822.SIZE 1)", False),
        (b"7 (UID 5 " + _DATE + b" RFC822.SIZE 1))", False),
    ],
)
def test_what_is_read_the_short_way_is_what_the_parser_reads(answer, is_plain):
    plain = answers._plain(answer)
    assert (plain is not None) == is_plain
    assert not plain or [plain] == list(answers._parsed([answer]))


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        (b"1 (UID 5 BODY[] {3}", True),
        (b"1 (UID 4294967295 BODY[]<1048576> {3}", True),
        (b"1 (BODY[] {3}", False),
        (b"1 (UID 5 BODY[HEADER] {3}", False),
        (b"1 (UID NIL BODY[] {3}", False),
        (b"1 (UID 05 BODY[] {3}", False),
        (b"1 (UID 5 UID 6 BODY[] {3}", False),
    ],
)
@pytest.mark.parametrize("end", [b")", b" FLAGS (\\Seen))", b" UID 6)"])
def test_a_message_is_read_the_short_way_as_the_parser_reads_it(text, is_whole, end):
    answer = [(text, b"abc"), end]
    whole = answers._whole(answer)
    assert (whole is not None) == (is_whole and end == b")")
    assert not whole or [whole] == list(answers._parsed(answer))
