from __future__ import annotations

import pytest

from poller.mail.texts.enriched import from_enriched, from_richtext
from tests.cpu import cpu_within


@pytest.mark.parametrize(
    ("enriched", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("one\nline", "one line"),
        ("two\n\nlines", "two\nlines"),
        ("a\n\n\n\nb", "a\n\n\nb"),
        ("<bold>Now</bold> is <italic>the</italic> time", "Now is the time"),
        ("<color><param>red</param>blood</color>", "blood"),
        ("a << b, a <<b>", "a < b, a <b>"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<param>never closed", ""),
    ],
)
def test_enriched_text_is_read(enriched, text):
    assert from_enriched(enriched) == text


@pytest.mark.parametrize(
    ("rich", "text"),
    [
        ("", ""),
        ("<bold>Now</bold> is<nl>the\ntime", "Now is\nthe time"),
        ("a <lt>b> c", "a <b> c"),
        ("<comment>no</comment>yes", "yes"),
        ("one<paragraph>two</paragraph>three", "one\n\ntwo\n\nthree"),
    ],
)
def test_rich_text_is_read(rich, text):
    assert from_richtext(rich) == text


@pytest.mark.parametrize("piece", ["<", "<<", "<param>", "<comment>", "\n", "<a", "<bold>", ">"])
def test_work_is_bounded(piece):
    with cpu_within(2):
        from_enriched(piece * 300_000)
        from_richtext(piece * 300_000)
