"""The daily digest to the administrator."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.notices.mail import ELSEWHERE, Mail, answered, ignored
from tests.acceptance.notices.notice import FROM, Notice
from tests.acceptance.notices.place import Place

DAY = 24 * 3600  # seconds; those since 1970 have no leap seconds
LONGEST = 180  # seconds that the tests here take on a slow machine
ADMIN = "admin@mycompany.example"
MAILS = (
    Mail(name="filed", sender="anna@mycompany.example", to="1001.mycompany", outcome="filed", reason=None),
    answered("rejected"),
    Mail(name="suppressed", return_path="<>", notice="suppressed:Q1"),
    Mail(name="forged", sender="bert@mycompany.example", to="1001.mycompany", ip=ELSEWHERE, outcome="quarantined",
         reason="authentication-failed", notice="none", fields={"Subject": "=?utf-8?q?V=C3=A4yl=C3=A4=0D=0ABcc:_x?="}),
    Mail(name="lost", to="a@elsewhere.example", outcome="review", reason="no-filing-address", notice="none"),
    ignored("away", fields={"Auto-Submitted": "auto-replied"}),
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def one_day() -> None:
    """Mail, digest and test are to see the same date: a day that is about to end is waited out."""
    left = DAY - time.time() % DAY
    if left < LONGEST:
        time.sleep(left)


def digests(place: Place) -> list[Notice]:
    return [one for one in place.notices() if one.taken.recipient == ADMIN]


def yesterday() -> str:
    return str((datetime.now(UTC) - timedelta(days=1)).date())


@pytest.fixture(scope="module")
def told(place_with: Callable[..., Place]) -> Place:
    """One that had a quiet day, and then a busy one."""
    place = place_with({"ADMIN_ADDRESS": ADMIN})
    place.once(*MAILS)
    place.once()
    place.hours_pass(24)
    place.once()
    place.once()
    return place


def test_one_comes_each_day_and_the_first_at_once(told: Place) -> None:
    assert len(digests(told)) == 2
    assert all(yesterday() in one.parsed["Subject"] for one in digests(told))


def test_it_counts_what_came_in(told: Place) -> None:
    subject = digests(told)[1].parsed["Subject"]
    for words in ("1 filed", "2 rejected", "1 quarantined", "1 ignored", "1 review"):
        assert words in subject
    text = digests(told)[1].parsed.get_content()
    for reason in ("recipient-invalid", "authentication-failed", "no-filing-address"):
        assert reason in text
    assert "1 sent" in text
    assert "Q1 1" in text


def test_it_names_what_wants_a_look_and_how_to_look_closer(told: Place) -> None:
    text = digests(told)[1].parsed.get_content()
    uids = {mail.name: uid for uid, mail in told.mails.items()}
    named = {name for name, uid in uids.items() if f"UID {uid} " in text}
    assert named == {"rejected", "suppressed", "forged", "lost"}
    assert "mailfiler messages --outcome quarantined" in text
    assert f"mailfiler explain {uids['forged']}" in text
    told.do("messages", "--outcome", "quarantined")
    assert '"Väylä  Bcc: x"' in text
    assert "bert@mycompany.example" in text


def test_it_is_a_message_of_ours_that_nobody_answers(told: Place) -> None:
    for digest in digests(told):
        parsed, octets = digest.parsed, digest.octets
        assert digest.taken.sender == ""
        assert parsed["From"].addresses[0].addr_spec == FROM
        assert [one.addr_spec for one in parsed["To"].addresses] == [ADMIN]
        assert parsed["Auto-Submitted"] == "auto-generated"
        assert parsed["X-Mailfiler-Notice"]
        assert parsed["Bcc"] is None
        assert octets.isascii()
        assert max(map(len, octets.split(b"\r\n"))) <= 78
        assert not parsed.defects


def test_one_that_lands_in_the_filing_mailbox_is_ignored(told: Place) -> None:
    mark = digests(told)[0].parsed["X-Mailfiler-Notice"]
    mail = Mail(name="comes back", fields={"X-Mailfiler-Notice": mark}, outcome="ignored", reason="ignored")
    told.once(mail)
    assert told.rows()[mail.name]["outcome"] == "ignored"


def test_after_a_pause_one_tells_of_all_of_it(place_with: Callable[..., Place]) -> None:
    place = place_with({"ADMIN_ADDRESS": ADMIN})
    place.once(*MAILS)
    place.hours_pass(24 * 4)
    place.once()
    first, last = digests(place)
    since = (datetime.now(UTC) - timedelta(days=4)).date()
    assert f"{since} to {yesterday()}: 1 filed" in last.parsed["Subject"]
    assert "nothing came in" in first.parsed["Subject"]


def test_nobody_gets_one_by_default(place: Place) -> None:
    place.once(*MAILS)
    assert [one.taken.recipient for one in place.notices()] == [MAILS[1].address]
