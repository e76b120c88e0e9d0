"""Who is told and who is not: one mailbox of all cases, one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.acceptance.mailboxes import contents
from tests.acceptance.notices.cases import ALL, INJECTIONS, REASONS, TWICE
from tests.acceptance.notices.mail import Mail, answered, ignored, suppressed
from tests.acceptance.notices.notice import defects
from tests.acceptance.notices.place import Place, wrong
from tests.servers.dns import Trouble


@pytest.fixture(scope="module")
def big(place_with: Callable[..., Place]) -> Place:
    place = place_with()
    place.dns.troubles = {"servfail.example": Trouble.SERVFAIL}
    first, second = TWICE
    copy = replace(
        second, sender=first.address, fields={"Subject": first.header["Subject"], "Message-ID": first.message_id}
    )
    place.once(*(copy if mail is second else mail for mail in ALL))
    return place


@pytest.fixture(scope="module")
def found(big: Place) -> dict[str, str]:
    """What is wrong, by the names of the mails."""
    lines = wrong(big, (mail for mail in big.mails.values() if mail.name not in {one.name for one in TWICE}))
    return {line.partition(": ")[0]: line for line in lines}


@pytest.mark.parametrize("name", [mail.name for mail in ALL if mail not in TWICE])
def test_the_sender_is_told_or_is_not(found: dict[str, str], name: str) -> None:
    assert found.get(name) is None


def test_two_copies_of_one_message_are_one_refusal(big: Place) -> None:
    first, second = TWICE
    states = big.states()
    assert (states[first.name], states[second.name]) == ("sent", "suppressed:Q18")
    assert len(big.notices_of(first)) == 1


@pytest.mark.parametrize(
    "mail", [one for one in (*REASONS, *INJECTIONS) if one.expected_notices], ids=lambda one: one.name
)
def test_a_notice_is_correct(big: Place, mail: Mail) -> None:
    assert [defect for notice in big.notices_of(mail) for defect in defects(notice, mail)] == []


def test_nobody_else_gets_anything(big: Place) -> None:
    expected = {mail.address for mail in big.mails.values() if mail.expected_notices}
    assert {notice.taken.recipient for notice in big.notices()} == expected
    assert len({notice.parsed["Message-ID"] for notice in big.notices()}) == len(big.notices())


def test_each_of_two_bad_addresses_has_a_notice_of_its_own(big: Place) -> None:
    mail = next(one for one in REASONS if one.notices == 2)
    refused = {notice.status["final-recipient"] for notice in big.notices_of(mail)}
    assert refused == {f"rfc822; {one}" for one in mail.recipients}


def test_what_was_filed_in_part_names_only_the_bad_address(big: Place) -> None:
    mail = next(one for one in REASONS if one.name == "A9 partly valid")
    [notice] = big.notices_of(mail)
    assert notice.status["final-recipient"] == "rfc822; 9997.mycompany@in.example.com"
    assert "9997.mycompany@in.example.com" in notice.text
    assert "1001.mycompany" not in notice.text
    [activity] = [one for one in big.do("activities", "--json").rows if one["message_id"] == mail.message_id[1:-1]]
    assert activity["projects"] == ["1001"]


def test_the_table_shows_the_rule_too(big: Place) -> None:
    shown = big.do("messages", "--outcome", "rejected").out
    assert "suppressed:Q5" in shown


def test_an_explanation_says_the_address_and_what_to_do(big: Place) -> None:
    [notice] = big.notices_of(REASONS[0])
    assert "9999.mycompany@in.example.com" in notice.text
    assert len(notice.text) > 100
    assert "Q1" not in notice.text


def test_refused_mail_lies_flagged_in_its_folder(big: Place) -> None:
    folders = {"rejected": ("Rejected", True), "quarantined": ("Quarantine", True), "review": ("Review", True),
               "ignored": ("Ignored", False), "filed": ("Filed", False), "deferred": ("INBOX", False)}  # fmt: skip
    lying = sorted((one.folder, one.flagged) for one in contents(big.here.account))
    assert lying == sorted(folders[mail.outcome] for mail in big.mails.values())


def test_running_again_sends_nothing_more(big: Place) -> None:
    before = len(big.notices())
    big.once()
    assert len(big.notices()) == before


def test_answers_to_our_notices_end_there(big: Place) -> None:
    """What comes back: the notice itself, an automatic reply that says so, and one that does not."""
    ours = big.notices()[0].parsed["Message-ID"]
    other = ours[:-20] + ("a" if ours[-20] != "a" else "b") + ours[-19:]
    flipped = "<" + ("a" if ours[1] != "a" else "b") + ours[2:]
    mails = (
        suppressed("Q12", "in In-Reply-To", fields={"In-Reply-To": ours}),
        suppressed("Q12", "among References", fields={"References": f"<x@y.example> {ours} <z@y.example>"}),
        suppressed("Q12", "as Message-ID", fields={"Message-ID": ours}),
        answered("Q12 but not one that only looks so", fields={"In-Reply-To": flipped}),
        ignored("F the notice itself", fields={"X-Mailfiler-Notice": big.notices()[0].parsed["X-Mailfiler-Notice"]}),
        ignored("F an automatic reply", fields={"In-Reply-To": other, "Auto-Submitted": "auto-replied"}),
    )
    big.once(*mails)
    assert wrong(big, mails) == []
