"""README and docs/ name nothing that does not exist, and leave out nothing that they are the place for."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import click
import pytest

from poller.cli import main
from poller.command import EX_CONFIG, EX_DATAERR, EX_TEMPFAIL
from poller.filing.reasons import Outcome, Reason
from poller.notices.suppression import RULES
from poller.settings.keys import DEFAULTS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = [README, *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {path: path.read_text(encoding="utf-8") for path in DOCS}
OURS = re.compile(
    "(?:ACTIVITY|ADMIN|AUTH|AUTHRES|BATCH|DATABASE|DEDICATED|DKIM|DNS|ENVELOPE|FILES|FILING|FOLDER|IMAP|INHERIT"
    "|INTEGRATION|KEEP|LOG|MAIL|MATCH|MAX|METRICS|NOTICE|NOTIFY|OAUTH2|OUR|POLL|RECIPIENT|REJECT|REQUIRE|RETAIN|RETIRED|SMTP|START|TRUSTED"
    "|UNAUTHENTICATED|UNKNOWN)_[A-Z0-9_]*[A-Z0-9]"
)
"""What looks like a setting."""

OTHERS = {"NOTIFY_SOCKET"}
"""Variables of other programs that look like settings."""

each = pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code(text: str) -> list[str]:
    """The lines of its blocks, and what stands between backquotes elsewhere."""
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", rest)]
    return [*chain.from_iterable(re.sub(r"\\\n *", "", block).splitlines() for block in blocks), *spans]


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Each command of ours in it, with its options."""
    lines = [line.split(" #")[0] for line in code(text)]
    found = [re.findall(r"(?:^ *(?:[$] )?|[(]|bin/|=\S* |[;&|] )mailfiler((?: [^|;&>)]*)?)", line) for line in lines]
    words = [one.split() for one in chain.from_iterable(found)]
    return [
        (named[0], [word.partition("=")[0] for word in one if word.startswith("--") and len(word) > 2])
        for one in words
        if (named := [word for word in without_settings(one) if re.fullmatch("[a-z]+", word)])
    ]


def without_settings(words: list[str]) -> list[str]:
    return words[2:] if words[:1] == ["--settings"] else words


@each
def test_its_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[path]):
        if re.match("[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), target


@each
def test_its_commands_and_their_options_exist(path: Path) -> None:
    for name, options in commands(TEXTS[path]):
        assert name in main.commands, f"mailfiler {name}"
        known = {"--help", *chain.from_iterable(one.opts for one in main.commands[name].params)}
        assert set(options) <= known, f"mailfiler {name} {options}"


@each
def test_the_settings_that_it_names_exist(path: Path) -> None:
    assert {key for key in OURS.findall(TEXTS[path]) if key not in DEFAULTS} <= OTHERS


def test_every_setting_looks_like_one() -> None:
    assert [key for key in DEFAULTS if "_" in key and not OURS.fullmatch(key)] == []


@pytest.mark.parametrize("name", main.commands)
def test_readme_names_every_command(name: str) -> None:
    assert f"| `mailfiler {name}" in TEXTS[README]


@pytest.mark.parametrize("name", main.commands)
def test_every_option_says_what_it_does(name: str) -> None:
    options = [one for one in main.commands[name].params if isinstance(one, click.Option)]
    assert [one.opts for one in options if not one.help] == []


@each
def test_every_document_is_named_in_readme(path: Path) -> None:
    assert path == README or f"](docs/{path.name})" in TEXTS[README]


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.slug)
def test_every_reason_is_explained_with_what_to_do(reason: Reason) -> None:
    text = TEXTS[ROOT / "docs" / "troubleshooting.md"]
    section = text.partition(f"\n### {reason.slug}\n")[2].partition("\n#")[0]
    assert "Do:" in section or "Nothing is to be done" in section or "Do, by" in section
    assert reason.slug in TEXTS[README]
    assert reason.slug in TEXTS[ROOT / "docs" / "decisions.md"]


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_explained(outcome: Outcome) -> None:
    assert f"\n| `{outcome}` | " in TEXTS[ROOT / "docs" / "decisions.md"]


def test_every_rule_that_forbids_a_notice_is_explained_in_their_order() -> None:
    told = re.findall(r"^\| `(Q\d+)` \| \S", TEXTS[ROOT / "docs" / "troubleshooting.md"], re.MULTILINE)
    assert told == [name for name, _, _ in RULES]


@pytest.mark.parametrize("status", [0, 1, EX_DATAERR, EX_TEMPFAIL, EX_CONFIG])
def test_every_exit_status_is_explained(status: int) -> None:
    for path in (README, ROOT / "docs" / "troubleshooting.md"):
        assert f"\n| {status} | " in TEXTS[path]


class TestReading:
    """That the tests above see what is there."""

    TEXT = """# A title, and `code`
Run `mailfiler check --probe` or `mailfiler explain FILE.eml`.
```sh
mailfiler --settings x.env import users users.csv --dry-run  # `mailfiler nothing`
$ /srv/.venv/bin/mailfiler once
$ mailfiler run
```
"""

    def test_commands_are_found_with_their_options(self) -> None:
        assert commands(self.TEXT) == [
            ("import", ["--settings", "--dry-run"]),
            ("once", []),
            ("run", []),
            ("check", ["--probe"]),
            ("explain", []),
        ]

    def test_headings_are_anchors(self) -> None:
        assert anchors(self.TEXT) == {"a-title-and-code"}

    def test_the_commands_of_click_are_all_there(self) -> None:
        assert isinstance(main, click.Group)
        assert len(main.commands) > 10
