"""settings.example.env is the table of keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from poller.settings import load_settings
from poller.settings.example import render_example
from poller.settings.keys import DEFAULTS

EXAMPLE = Path(__file__).parents[2] / "settings.example.env"
FILLED_IN = {
    "FILING_ADDRESS": "mycompany@in.example.com",
    "ACTIVITY_TYPE": "E-mail",
    "ACTIVITY_STATUS": "Done",
    "IMAP_HOST": "imap.example.com",
    "IMAP_USERNAME": "catchall",
}


def test_the_example_is_the_table_of_keys_printed() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == render_example()


def test_the_example_loads_when_what_is_required_is_filled_in(tmp_path: Path) -> None:
    text = render_example().replace("#IMAP_PASSWORD=", "IMAP_PASSWORD=hunter2")
    for key, value in FILLED_IN.items():
        text = text.replace(f"\n{key}=\n", f"\n{key}={value}\n")
    (tmp_path / "settings.env").write_text(text)
    assert load_settings(tmp_path / "settings.env", {}).imap.host == "imap.example.com"


@pytest.mark.parametrize("key", [key for key, default in DEFAULTS.items() if default])
def test_a_default_written_out_is_the_same_as_none(key: str, load) -> None:
    assert load({key: DEFAULTS[key]}) == load()
