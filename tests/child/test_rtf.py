from __future__ import annotations

import pytest
from compressed_rtf import compress

from poller.child.rtf import MAX_COMPRESSED, rtf_text


@pytest.mark.parametrize("compressed", [True, False])
def test_compressed_rtf_is_text(compressed):
    assert rtf_text(
        compress(rb"{\rtf1\ansi\ansicpg1252 Hyv\'e4\'e4 p\'e4iv\'e4\'e4\par Anna}", compressed=compressed)
    ) == ("Hyvää päivää\nAnna")


@pytest.mark.parametrize("octets", [b"", b"short", b"x" * 40, b"x" * (MAX_COMPRESSED + 1)])
def test_what_is_none_or_too_long_has_no_text(octets):
    assert rtf_text(octets) is None
