"""`organizations/*.env` beside the settings file: what each of them may say, and the mistakes in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from poller.errors import ConfigurationError
from poller.settings import FilingAddress


@pytest.fixture
def add(tmp_path: Path):
    def add(name: str, text: str) -> None:
        (tmp_path / "organizations").mkdir(exist_ok=True)
        (tmp_path / "organizations" / name).write_text(text)

    return add


def test_each_file_is_one_more_in_the_order_of_their_names(load, add) -> None:
    for name in ("globex", "acme"):
        add(f"{name}.env", f"FILING_ADDRESS={name}@in.example.com\nACTIVITY_TYPE=Mail\nACTIVITY_STATUS=New\n")
    add("notes.txt", "not a setting")
    first, *more = load().organizations
    assert (first.key, first.filing_address.prefix, first.activity_type) == ("", "mycompany", "E-mail")
    assert [one.key for one in more] == ["acme", "globex"]
    assert more[0].filing_address == FilingAddress(prefix="acme", domain="in.example.com")
    assert (more[0].activity_status, more[0].calendar_sync, more[0].notice_language) == ("New", False, "en")


def test_nothing_of_the_main_file_or_the_environment_is_taken_over(refused, add) -> None:
    add("globex.env", "FILING_ADDRESS=globex@in.example.com\n")
    assert refused(environment={"ACTIVITY_TYPE": "E-mail"}) == [
        "organizations/globex.env: ACTIVITY_TYPE is missing",
        "organizations/globex.env: ACTIVITY_STATUS is missing",
    ]


def test_their_mistakes_are_told_with_their_file(refused, add) -> None:
    add(
        "globex.env",
        "FILING_ADDRESS=x\nIMAP_PASSWORD=hunter2\nACTIVITY_TYP=Mail\nACTIVITY_TYPE=M\nACTIVITY_STATUS=N\n",
    )
    add("acme.env", "FILING_ADDRESS=acme@a.fi\nACTIVITY_TYPE=M\nACTIVITY_STATUS=N\nRETIRED_ADDRESSES=acme@a.fi\n")
    assert sorted(refused({"IMAP_PORT": "ninety"})) == [
        "organizations/acme.env: RETIRED_ADDRESSES names acme@a.fi, which is in use",
        (
            "organizations/globex.env, line 2: IMAP_PASSWORD is not a setting of this file: it belongs in the main"
            " settings file"
        ),
        "organizations/globex.env, line 3: ACTIVITY_TYP is not a setting; the nearest is ACTIVITY_TYPE",
        "organizations/globex.env: FILING_ADDRESS 'x' is not an e-mail address",
        "settings.env: IMAP_PORT 'ninety' is not a whole number from 1 to 65535",
    ]


def test_two_may_not_share_a_prefix(refused, add) -> None:
    add("globex.env", "FILING_ADDRESS=MyCompany@other.fi\nACTIVITY_TYPE=M\nACTIVITY_STATUS=N\n")
    assert refused() == [
        "settings.env: FILING_ADDRESS mycompany@in.example.com has a prefix that two organizations share",
        "organizations/globex.env: FILING_ADDRESS mycompany@other.fi has a prefix that two organizations share",
    ]


def test_one_may_not_retire_what_another_uses(refused, add) -> None:
    add("globex.env", "FILING_ADDRESS=globex@a.fi\nACTIVITY_TYPE=M\nACTIVITY_STATUS=N\n")
    (problem,) = refused({"RETIRED_ADDRESSES": "globex@a.fi old@a.fi"})
    assert problem == "settings.env: RETIRED_ADDRESSES names globex@a.fi, which is in use"


def test_a_file_that_cannot_be_read_is_one_problem(load, tmp_path: Path) -> None:
    (tmp_path / "organizations" / "globex.env").mkdir(parents=True)
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert caught.value.problems == (f"{tmp_path}/organizations/globex.env: cannot be read (Is a directory)",)


@pytest.mark.parametrize("text", [None, "not a folder"])
def test_a_folder_that_cannot_be_looked_into_is_a_problem(refused, tmp_path: Path, text: str | None) -> None:
    """Otherwise all organizations in it would be gone, and their mail be refused."""
    folder = tmp_path / "organizations"
    if text is None:
        folder.symlink_to(tmp_path / "nowhere")
    else:
        folder.write_text(text)
    why = "Not a directory" if text else "No such file or directory"
    assert refused() == [f"organizations: cannot be read ({why})"]


def test_hidden_files_are_left_alone(load, add) -> None:
    add(".globex.env", "what an editor leaves")
    assert [one.key for one in load().organizations] == [""]


def test_names_that_differ_in_case_alone_are_refused(refused, add) -> None:
    """On other file systems they would be one."""
    for name in ("Globex", "globex"):
        add(f"{name}.env", f"FILING_ADDRESS={name[0]}@in.example.com\nACTIVITY_TYPE=M\nACTIVITY_STATUS=N\n")
    problems = [one for one in refused() if "rename one" in one]
    assert [one.partition(":")[0] for one in problems] == ["organizations/Globex.env", "organizations/globex.env"]


def test_a_name_that_no_database_can_hold_is_refused(refused, add) -> None:
    add("gl\udcffbex.env", "FILING_ADDRESS=g@in.example.com\nACTIVITY_TYPE=M\nACTIVITY_STATUS=N\n")
    assert refused() == ["organizations: the name of a file is not UTF-8; write it in UTF-8"]


def test_two_may_not_retire_the_same_address(refused, add) -> None:
    add("globex.env", "FILING_ADDRESS=g@a.fi\nACTIVITY_TYPE=M\nACTIVITY_STATUS=N\nRETIRED_ADDRESSES=old@a.fi\n")
    assert refused({"RETIRED_ADDRESSES": "old@a.fi"}) == [
        f"{file}: RETIRED_ADDRESSES names old@a.fi, which another organization names, too"
        for file in ("settings.env", "organizations/globex.env")
    ]


def test_a_prefix_may_be_the_end_of_another(load, add) -> None:
    add("globex.env", "FILING_ADDRESS=my.mycompany@in.example.com\nACTIVITY_TYPE=M\nACTIVITY_STATUS=N\n")
    assert [one.filing_address.prefix for one in load().organizations] == ["mycompany", "my.mycompany"]
