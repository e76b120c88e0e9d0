"""The example configurations in README: the tests run with what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def example(name: str, changes: Mapping[str, str] | None = None) -> str:
    """What README's shell lines write into that file, changed as a reader changes it; every change must apply."""
    found: list[str] = re.findall(
        rf"^cat >>?{re.escape(name)} <<'END'\n((?:.*\n)*?)END$", README.read_text(), re.MULTILINE
    )
    assert len(found) == 1, f"README has {len(found)} examples of {name}"
    text = found[0]
    for old, new in (changes or {}).items():
        assert old in text, f"README's {name} has no {old}"
        text = text.replace(old, new)
    return text


def pairs(text: str) -> dict[str, str]:
    """Lines `key = value` -> a dict."""
    return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in text.splitlines())}
