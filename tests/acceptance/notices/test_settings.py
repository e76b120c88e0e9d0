"""What an administrator can choose: whether, in which language and in which words people are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.acceptance.mailboxes import contents
from tests.acceptance.notices.cases import ANNA, BERT, DORA, FRIDA, GUSTAV, HANK
from tests.acceptance.notices.mail import ELSEWHERE, Mail, answered
from tests.acceptance.notices.notice import Notice, defects
from tests.acceptance.notices.place import Place, wrong

NO_USER = Mail(name="nobody we know", to="1001.mycompany", outcome="quarantined", reason="no-user", status="5.7.1")
FORGED = Mail(name="forged", sender=ANNA, to="1001.mycompany", ip=ELSEWHERE, outcome="quarantined",
              reason="authentication-failed", notice="none")  # fmt: skip
UNKNOWN = answered("an unknown number")


def test_who_is_no_user_is_told_where_that_is_wanted(place_with: Callable[..., Place]) -> None:
    place = place_with({"NOTIFY_NO_USER": "true"})
    place.once(NO_USER, FORGED)
    assert wrong(place, (NO_USER, FORGED)) == []
    [notice] = place.notices()
    assert list(defects(notice, NO_USER)) == []


@pytest.mark.parametrize(
    ("settle", "lying"),
    [("move", ("Rejected", (r"\Flagged",))), ("flag", ("INBOX", ("$MailfilerRejected", r"\Flagged")))],
)
def test_refused_mail_is_only_flagged_where_that_is_wanted(
    place_with: Callable[..., Place], settle: str, lying: tuple[str, tuple[str, ...]]
) -> None:
    place = place_with({"REJECT_ACTION": "flag", "SETTLE": settle})
    place.once(UNKNOWN)
    assert place.rows()[UNKNOWN.name]["notice"] == "none"
    assert place.notices() == []
    assert [(one.folder, one.flags) for one in contents(place.here.account)] == [lying]


def test_with_flags_alone_the_sender_is_told_too(place_with: Callable[..., Place]) -> None:
    place = place_with({"SETTLE": "flag"})
    place.once(UNKNOWN)
    assert wrong(place, (UNKNOWN,)) == []
    assert [(one.folder, one.flagged) for one in contents(place.here.account)] == [("INBOX", True)]


def test_words_of_the_company_replace_ours(place_with: Callable[..., Place]) -> None:
    place = place_with({"NOTICE_TEMPLATES": "texts"})
    retired = answered("a retired address", to="former", reason="retired-address", status="5.1.6")
    template = place.program.folder / "texts" / "en" / "recipient-invalid.txt"
    template.parent.mkdir(parents=True)
    template.write_text("Subject: Soita arkistoon\n\nPlease ring the archive, extension 42, ä.\n")
    place.once(UNKNOWN, retired)
    [ours] = place.notices_of(UNKNOWN)
    [usual] = place.notices_of(retired)
    assert "Please ring the archive, extension 42, ä." in ours.text
    assert "archive" not in usual.text
    assert [*defects(ours, UNKNOWN), *defects(usual, retired)] == []


# Two organizations

NEAR = "2026.041"  # 2026.014 is Harbour quay of mycompany
NEAR_GLOBEX = "3010"  # 3001 is Globex only
ASKED = (
    answered("a user with a near miss", sender=DORA, to=f"{NEAR}.mycompany"),
    answered("a user with nothing near", sender=ANNA, to="987654.mycompany"),
    answered("a stranger with a near miss", to=f"{NEAR}.mycompany"),
    answered("a stranger of the other language", to="9999.globex"),
    answered("a user of the other one", sender=HANK, to=f"{NEAR_GLOBEX}.globex"),
    answered("a user of the other one here", sender=HANK, to=f"{NEAR}.mycompany"),
    answered("a user of ours there", sender=BERT, to=f"{NEAR_GLOBEX}.globex"),
    answered("a user with a number of the other one", sender=FRIDA, to=f"{NEAR_GLOBEX}.mycompany"),
    answered("a user with an archived project", sender=GUSTAV, to="1004.mycompany"),
    Mail(name="a user's name and another's return path", author=f"Dora <{DORA}>", to=f"{NEAR}.mycompany",
         notice="sent|suppressed:Q15"),
)  # fmt: skip


@pytest.fixture(scope="module")
def both(place_with: Callable[..., Place]) -> Place:
    place = place_with(both=True)
    place.once(*ASKED)
    return place


@pytest.fixture
def text_of(both: Place) -> Callable[[str], str]:
    def find(name: str) -> str:
        mail = next(one for one in ASKED if one.name == name)
        return whole(both.notices_of(mail))

    return find


def whole(notices: list[Notice]) -> str:
    return "\n".join(notice.text + str(notice.status) + notice.parsed["Subject"] for notice in notices)


def test_each_of_them_is_told(both: Place) -> None:
    assert wrong(both, [mail for mail in ASKED if mail.notice == "sent"]) == []
    assert [defect for mail in ASKED for notice in both.notices_of(mail) for defect in defects(notice, mail)] == []


def test_a_user_is_asked_whether_the_near_one_was_meant(text_of: Callable[[str], str]) -> None:
    assert "2026.014 Harbour quay" in text_of("a user with a near miss")
    assert "3001 Globex only" in text_of("a user of the other one")


@pytest.mark.parametrize(
    "name",
    [
        "a user with nothing near",
        "a stranger with a near miss",
        "a stranger of the other language",
        "a user of the other one here",
        "a user of ours there",
        "a user with a number of the other one",
        "a user's name and another's return path",
    ],
)
def test_nobody_else_hears_of_any_project(text_of: Callable[[str], str], name: str) -> None:
    for word in ("Harbour", "Globex", "2026.014", "3001", "Island", "1001"):
        assert word not in text_of(name), word


def test_an_archived_project_is_not_suggested_to_whom_it_was_refused(text_of: Callable[[str], str]) -> None:
    assert "1004 Harbour pier" not in text_of("a user with an archived project")


def test_each_organization_has_its_language(text_of: Callable[[str], str]) -> None:
    finnish, english = text_of("a stranger of the other language"), text_of("a user with nothing near")
    assert "viesti" in finnish.lower()
    assert "message" not in finnish.partition("{")[0].lower()
    assert "message" in english.lower()
    assert "viesti" not in english.lower()


def test_neither_is_named_in_a_notice_of_the_other(both: Place, text_of: Callable[[str], str]) -> None:
    for mail in ASKED:
        other = "mycompany" if mail.to.endswith("globex") else "globex"
        assert other not in text_of(mail.name).replace("notices@mycompany.example", "").lower(), mail.name
