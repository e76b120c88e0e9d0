"""What works on the newest interpreter and not on the oldest that is supported."""

import re
from pathlib import Path

import pytest

SOURCES = sorted((Path(__file__).parent.parent / "poller").rglob("*.py"))
POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{\d*,?\d*\})\+|\(\?>")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(SOURCES[0].parent)))
def test_no_regular_expression_has_a_possessive_group(path):
    """Python 3.11.0–3.11.4, among them Debian 12's, match them wrongly where something within could backtrack."""
    assert not POSSESSIVE_GROUP.search(path.read_text())
