"""`--organization` of each command; and what becomes of a company whose file is removed, renamed or changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from poller.cli import main
from tests.isolation.companies import ACME, GLOBEX
from tests.isolation.letters import ANNA, HANK, LETTERS, letter, refused

if TYPE_CHECKING:
    from tests.acceptance.notices.place import Place

OURS = letter(ACME, "one of ours", ANNA, "1001.acme", "1001")
THEIRS = letter(GLOBEX, "one of theirs", HANK, "1001.globex", "1001")
LATER = letter(GLOBEX, "another of theirs", HANK, "3001.globex", "3001")
STRANGE = refused(GLOBEX, "to whom their file is gone", HANK, "3001.globex")


def failed(place: Place, *words: str) -> str:
    """A command that must end with EX_DATAERR -> its sentences."""
    done = CliRunner().invoke(main, ["--settings", str(place.program.settings), *words])
    assert done.exit_code == 65, f"{words}: {done.output}"
    return done.stderr


def by_subject(place: Place, *words: str) -> dict[str, dict[str, Any]]:
    return {row["subject"].removeprefix("About "): row for row in place.do(*words, "--json").rows}


def test_an_organization_that_there_is_not_is_said_with_those_that_there_are(whole: Place) -> None:
    for words in (["activities"], ["messages"], ["project", "1001"], ["customer", "harbour"], ["activity", "1"]):
        said = failed(whole, *words, "--organization", "initech")
        assert said == "mailfiler: there is no organization initech; known are acme, my.acme, globex\n"


def test_the_first_is_meant_where_one_must_be_and_else_all(whole: Place) -> None:
    assert whole.do("project", "1001", "--json").rows[0]["name"] == "Azure renewal"
    assert whole.do("customer", "harbour", "--json").rows[0]["name"] == "Harbour Azure"
    assert failed(whole, "project", "3001") == "mailfiler: there is no project 3001\n"
    assert {row["organization"] for row in whole.do("activities", "--json").rows} == {"acme", "globex", "my.acme"}
    assert {row["organization"] for row in whole.do("messages", "--json").rows} == {"acme", "globex", "my.acme"}
    numbers = {row["organization"] for row in whole.do("activities", "--project", "1001", "--json").rows}
    assert numbers == {"acme"}


@pytest.mark.parametrize("prefix", ["globex", "GlobeX"])
def test_each_card_is_that_of_the_organization(whole: Place, prefix: str) -> None:
    assert whole.do("project", "1001", "--organization", prefix, "--json").rows[0]["name"] == "Gamboge renewal"
    assert whole.do("customer", "harbour", "--organization", prefix, "--json").rows[0]["name"] == "Harbour Gamboge"


def test_an_activity_a_message_and_a_file_are_nobody_elses(whole: Place) -> None:
    theirs = by_subject(whole, "activities", "--organization", "globex")["theirs"]
    number = str(theirs["id"])
    assert whole.do("activity", number, "--organization", "globex", "--json").rows[0]["subject"] == "About theirs"
    assert "no activity" in failed(whole, "activity", number, "--organization", "acme")
    source = theirs["source_sha256"]
    output = str(whole.program.folder / "out")
    assert "no stored file" in failed(whole, "file", source, "--output", output, "--organization", "acme")
    whole.do("file", source, "--output", output, "--organization", "globex")
    assert hashlib.sha256((whole.program.folder / "out").read_bytes()).hexdigest() == source


def test_an_attachment_of_both_is_a_file_of_both(whole: Place) -> None:
    output = str(whole.program.folder / "plan")
    names = {}
    for company, name in ((ACME, "a plan"), (GLOBEX, "a plan--there")):
        activity = by_subject(whole, "activities", "--organization", company.prefix)[name.replace(" ", "-")]
        [file] = activity["files"]
        whole.do("file", file["sha256"], "--output", output, "--organization", company.prefix)
        names[file["name"]] = file["sha256"]
    assert list(names) == ["ours.pdf", "theirs.pdf"]
    assert len(set(names.values())) == 1
    assert "no stored file" in failed(whole, "file", names["ours.pdf"], "--output", output, "--organization", "my.acme")


def test_retry_is_refused_for_a_message_of_another(whole: Place) -> None:
    rows = by_subject(whole, "messages", "--outcome", "quarantined")
    ours = str(rows["their-user-at-a-project-of-ours"]["id"])
    theirs = str(rows["our-user-at-a-project-of-theirs"]["id"])
    assert failed(whole, "retry", ours, theirs, "--organization", "acme") == (
        f"mailfiler: there is no message {theirs} of acme\n"
    )


def test_retry_judges_by_the_people_of_its_own_organization(install: Callable[..., Place]) -> None:
    place = install()
    place.once(refused(ACME, "their user here", HANK, "1001.acme", "no-user"))
    assert place.do("retry", "1", "--json").rows[0]["reason"] == "no-user"
    users = place.program.folder / "more.csv"
    users.write_text("key,name,addresses\nhank,Hank Azure,hank@globex.example\n")
    place.do("import", "users", str(users), "--organization", "acme")
    [row] = place.do("retry", "1", "--json").rows
    assert (row["outcome"], row["organization"]) == ("filed", "acme")
    assert place.do("activity", str(row["activity"]), "--json").rows[0]["owner"]["name"] == "Hank Azure"


def test_people_see_whose_each_line_is_only_where_there_are_several(install: Callable[..., Place]) -> None:
    place = install()
    place.once(OURS)
    assert "Organization" in place.do("activities").out
    for file in (place.program.folder / "organizations").iterdir():
        file.unlink()
    assert "Organization" not in place.do("activities").out


def test_explain_says_whose_it_is(whole: Place) -> None:
    file = whole.program.folder / "a.eml"
    file.write_bytes(THEIRS.source())
    assert whole.do("explain", str(file), "--json").rows[0]["organization"] == "globex"
    assert "Organization: globex\n" in whole.do("explain", str(file)).out


class TestFiles:
    def test_without_its_file_a_company_keeps_what_it_has_and_gets_no_more(self, install: Callable[..., Place]) -> None:
        place = install()
        place.once(OURS, THEIRS)
        file = place.program.folder / "organizations" / f"{GLOBEX.word.lower()}.env"
        text = file.read_text()
        file.unlink()
        place.once(STRANGE)
        row = place.rows()[STRANGE.name]
        assert (row["outcome"], row["reason"], row["organization"]) == ("rejected", "recipient-invalid", None)
        [notice] = place.notices_of(STRANGE)
        said = f"{notice.text} {notice.parsed['Subject']}".replace("3001.globex@in.example.com", "")
        assert not [word for word in ("acme", "globex", "Azure", "Gamboge") if word in said]
        assert list(by_subject(place, "activities")) == ["one-of-ours", "one-of-theirs"], "an administrator's view"
        assert list(by_subject(place, "activities", "--organization", "acme")) == ["one-of-ours"]
        assert "known are acme, my.acme" in failed(place, "project", "1001", "--organization", "globex")
        file.write_text(text)
        place.once(LATER)
        assert list(by_subject(place, "activities", "--organization", "globex")) == [
            "one-of-theirs",
            "another-of-theirs",
        ]

    def test_with_another_prefix_it_is_the_same_company(self, install: Callable[..., Place]) -> None:
        place = install()
        place.once(THEIRS)
        file = place.program.folder / "organizations" / f"{GLOBEX.word.lower()}.env"
        text = file.read_text().replace("globex@", "initech@")
        file.write_text(text.replace("RETIRED_ADDRESSES=", "RETIRED_ADDRESSES=globex@in.example.com "))
        renamed = letter(GLOBEX, "under the new name", HANK, "1001.initech", "1001", fields={"In-Reply-To": "<x@y>"})
        old = refused(GLOBEX, "under the old name", HANK, "1001.globex", "retired-address")
        place.once(renamed, old)
        listed = by_subject(place, "activities", "--organization", "initech")
        assert list(listed) == ["one-of-theirs", "under-the-new-name"]
        assert {row["organization"] for row in listed.values()} == {"initech"}
        assert place.rows()[old.name]["reason"] == "retired-address"
        [notice] = place.notices_of(old)
        assert "1001.initech@in.example.com" in notice.text

    @pytest.mark.parametrize(
        ("name", "changes", "said"),
        [
            ("initech", {"FILING_ADDRESS": "acme@in.example.com"}, "has a prefix that two organizations share"),
            ("initech", {"FILING_ADDRESS": "acme@elsewhere.example"}, "has a prefix that two organizations share"),
            ("initech", {"RETIRED_ADDRESSES": "globex@in.example.com"}, "which is in use"),
            ("initech", {"RETIRED_ADDRESSES": "oldacme@in.example.com"}, "which another organization names, too"),
            ("initech", {"IMAP_HOST": "x"}, "it belongs in the main settings file"),
            ("initech", {"NOTICE_LANGAUGE": "fi"}, "the nearest is NOTICE_LANGUAGE"),
            ("Gamboge", {}, "rename one"),
        ],
    )
    def test_a_mistake_in_it_stops_everything_before_mail_is_touched(
        self, install: Callable[..., Place], name: str, changes: dict[str, str], said: str
    ) -> None:
        place = install([])
        plain = GLOBEX.settings | {"FILING_ADDRESS": "initech@in.example.com", "RETIRED_ADDRESSES": ""}
        file = place.program.folder / "organizations" / f"{name}.env"
        file.write_text("".join(f"{key}={value}\n" for key, value in (plain | changes).items()))
        done = CliRunner().invoke(main, ["--settings", str(place.program.settings), "once"])
        assert done.exit_code == 78
        assert f"organizations/{name}.env" in done.stderr
        assert said in done.stderr


def test_the_administrators_digest_is_about_all_of_them(install: Callable[..., Place]) -> None:
    """It goes to whoever runs the mailbox, and to no company."""
    place = install(ADMIN_ADDRESS="admin@host.example")
    strangers = [one for one in LETTERS if one.reason == "no-user"]
    place.once(*strangers)
    place.hours_pass(25)
    place.do("once")
    assert {one.recipient for one in place.smtp.taken} == {"admin@host.example"}
    told = b"".join(one.message for one in place.smtp.taken).decode()
    assert [one.key for one in strangers if one.key not in told.replace("=\r\n", "").replace("\r\n", " ")] == []
    assert {one.company.prefix for one in strangers} == {"acme", "globex", "my.acme"}
