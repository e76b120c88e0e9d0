from __future__ import annotations

import json
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poller.jsonlines import print_json

TEXTS = st.text(st.characters() | st.sampled_from('\n\r\x0b\x0c\x1c\x1e\x85\u2028\u2029\x7f\x9b\x1b\ud800\udfff"\\'))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, max_size=5))
def test_every_document_is_one_line_for_every_reader_and_comes_back(
    capfdbinary: pytest.CaptureFixture[bytes], texts: list[str]
) -> None:
    print_json({"subject": text} for text in texts)
    lines = _printed(capfdbinary).splitlines()
    assert [json.loads(line)["subject"] for line in lines] == texts
    assert not set("".join(lines)) & set("\x1b\x7f\x85\x9b\u2028")


def test_letters_are_utf_8_and_not_escaped(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    print_json([{"subject": "ä漢😀"}])
    assert _printed(capfdbinary) == '{"subject": "ä漢😀"}\n'


def test_html_is_sanitized_and_none_stays_none(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    print_json([{"html": "<b onclick=x>x</b>"}, {"html": None}])
    assert [json.loads(line)["html"] for line in _printed(capfdbinary).splitlines()] == ["<b>x</b>", None]


def test_where_nobody_reads_all_that_making_them_does_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    documents = ({"id": number} for number in range(3))
    print_json(documents)
    assert not list(documents)


def _printed(captured: pytest.CaptureFixture[bytes]) -> str:
    sys.stdout.flush()
    return captured.readouterr().out.decode()
