"""What docs/settings.md and README.md say of settings is the table of keys."""

from __future__ import annotations

import re

import pytest

from poller.settings.keys import DEFAULTS, TOPICS
from poller.settings.reference import EXAMPLES, FILES, ROOT, render_sections, render_tables, renewed

KEYS = [key for keys in TOPICS.values() for key in keys]


@pytest.mark.parametrize("name", FILES)
def test_the_file_says_what_the_table_of_keys_says(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert renewed(text, FILES[name]()) == text, "run: python -m poller.settings.reference"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_key_has_a_section_with_all_of_its_meaning_and_a_line_with_its_default(key) -> None:
    default = f"`{key.default}`" if key.default else ""
    assert f"\n### `{key.name}`\n\n{key.help}\n" in render_sections()
    assert f"\n| `{key.name}` | {default} | {key.help[:8]}" in render_tables()


def test_what_is_required_is_said_with_what_it_is() -> None:
    assert "| Required. The login of the catch-all mailbox. |" in render_tables()


def test_what_stands_around_the_marks_stays(tmp_path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert renewed(renewed(text, "nothing"), render_tables()) == text


BESIDES = {
    "IMAP_PASSWORD_FILE": {"IMAP_PASSWORD": ""},
    "OAUTH2_TOKEN_URL": {"OAUTH2_CLIENT_ID": "id", "OAUTH2_CLIENT_SECRET": "secret"},
}
FOUND = {"IMAP_PASSWORD_FILE": "password", "NOTICE_TEMPLATES": "notices"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_a_setting_that_is_accepted(name: str, load, tmp_path) -> None:
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "notices").mkdir()
    assert name in DEFAULTS
    assert load(BESIDES.get(name, {}) | {name: FOUND.get(name, EXAMPLES[name])})


def test_the_settings_file_in_the_readme_is_accepted(load, tmp_path) -> None:
    (tmp_path / "password").write_text("secret\n")
    (block,) = re.findall(
        r"^```ini\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert load(raw=block.replace("/etc/mailfiler/imap-password", "password").encode()).imap.password == "secret"
