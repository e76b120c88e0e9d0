"""What is said of the server that takes notices."""

from __future__ import annotations

import pytest

from poller.checking.notices import check_notices
from tests.checking.test_recipients import checked
from tests.servers.smtp import ScriptedSmtp


def told(tmp_path, server=None, **settings):
    keys = server.keys() if server else {}
    looked = checked(tmp_path, [], **keys, **settings)
    return [("✗!✓"[one.ok + (one.ok and not one.remedy)], one.sentence, one.remedy) for one in check_notices(looked)]


def test_without_a_server_nobody_is_told_why(tmp_path):
    ((mark, sentence, remedy),) = told(tmp_path)
    assert (mark, sentence) == ("!", "none are sent")
    assert remedy.startswith("SMTP_HOST=")


def test_without_a_server_nothing_is_missed_where_nobody_is_to_be_told(tmp_path):
    assert [mark for mark, _, _ in told(tmp_path, REJECT_ACTION="flag")] == ["✓"]
    assert [mark for mark, _, _ in told(tmp_path, REJECT_ACTION="flag", ADMIN_ADDRESS="admin@acme.fi")] == ["!"]


def test_a_server_that_takes_them_is_well(tmp_path):
    with ScriptedSmtp() as smtp:
        (reached, sender) = told(tmp_path, smtp)
    where = f"localhost:{smtp.port} (plain)"
    assert reached == ("✓", f"notices are handed to {where}; it takes messages up to 1,000,000 octets, 8BITMIME", "")
    assert sender[0] == "✓"
    assert smtp.taken == []


@pytest.mark.parametrize(
    ("answers", "settings", "mark", "sentence", "remedy"),
    [
        ({"MAIL": "550 no"}, {}, "✗", "refuses the null sender: 550 no", "NOTICE_ENVELOPE_FROM=notices@acme.fi"),
        ({"MAIL": "550 no"}, {"SMTP_USERNAME": "anna@acme.fi", "SMTP_PASSWORD": "x"}, "✗", "refuses the null sender",
         "NOTICE_ENVELOPE_FROM=anna@acme.fi"),
        ({"MAIL FROM:<>": "550 no"}, {"NOTICE_ENVELOPE_FROM": "b@acme.fi"}, "✓", "takes b@acme.fi instead", ""),
        ({"MAIL": "550 no"}, {"NOTICE_ENVELOPE_FROM": "b@acme.fi"}, "✗", "the server refuses b@acme.fi: 550 no",
         "NOTICE_ENVELOPE_FROM=… with an address that this login may send from"),
        ({"MAIL": "451 later"}, {}, "!", "the server takes no notice now: 451 later", "nothing: it is tried again"),
        ({"MAIL": "530 5.7.0 who?"}, {}, "✗", "the server wants a login", "SMTP_USERNAME=… and SMTP_PASSWORD=…"),
    ],
)  # fmt: skip
def test_what_the_server_says_to_the_sender_is_told(tmp_path, answers, settings, mark, sentence, remedy):
    with ScriptedSmtp(answers=answers, extensions=("AUTH PLAIN",)) as smtp:
        said = told(tmp_path, smtp, NOTICE_FROM="notices@acme.fi", **settings)[1]
    assert (said[0], said[2]) == (mark, remedy)
    assert sentence in said[1]


@pytest.mark.parametrize(
    ("answers", "extensions", "sentence", "remedy"),
    [
        ({"AUTH": "535 5.7.8 wrong"}, ("AUTH PLAIN",), "refused the user anna: 535 5.7.8 wrong",
         "SMTP_USERNAME=anna and SMTP_PASSWORD=… as the server knows them"),
        ({}, (), "offers no login by password (no AUTH)",
         "SMTP_SECURITY=starttls and SMTP_PORT=587, or no SMTP_USERNAME"),
    ],
)  # fmt: skip
def test_a_login_that_fails_is_told_with_its_keys(tmp_path, answers, extensions, sentence, remedy):
    with ScriptedSmtp(answers=answers, extensions=extensions) as smtp:
        ((mark, said, what),) = told(tmp_path, smtp, SMTP_USERNAME="anna", SMTP_PASSWORD="x")
    assert (mark, what) == ("✗", remedy)
    assert sentence in said


def test_a_server_that_takes_next_to_nothing_is_told(tmp_path):
    with ScriptedSmtp(extensions=("SIZE 5000",)) as smtp:
        mark, sentence, remedy = told(tmp_path, smtp)[0]
    assert (mark, remedy) == ("!", "have the server take 100,000 octets")
    assert sentence.endswith("up to 5,000 octets, no 8BITMIME")
