"""One key at a time, and every mistake collected."""

from __future__ import annotations

from pathlib import Path

import pytest

from poller.settings import values
from poller.settings.reader import Reader

FILE = Path("settings.env")


@pytest.mark.parametrize(
    ("texts", "text"),
    [({"IMAP_PORT": "143"}, "143"), ({"SETTLE": "flag"}, ""), ({"IMAP_PORT": "  "}, ""), ({"IMAP_PORT": None}, "")],
)
def test_the_text_of_a_key_is_what_is_set_or_else_its_default(texts, text: str) -> None:
    assert Reader(FILE, texts, []).text("IMAP_PORT") == text


def test_a_key_that_is_not_set_is_parsed_as_its_default() -> None:
    assert Reader(FILE, {}, []).get("BATCH_SIZE", values.integer(1, 100)) == 50
    assert Reader(FILE, {"BATCH_SIZE": "\t"}, []).get("BATCH_SIZE", values.integer(1, 100)) == 50


def test_a_mistake_is_told_with_the_file_the_key_and_the_reason_and_reading_goes_on() -> None:
    problems: list[str] = []
    reader = Reader(FILE, {"BATCH_SIZE": "many", "IMAP_PORT": "0", "SETTLE": "flag"}, problems)
    assert reader.get("BATCH_SIZE", values.integer(1, 100)) is None
    assert reader.get("IMAP_PORT", values.port(993)) is None
    assert reader.get("SETTLE", values.text) == "flag"
    assert problems == [
        "settings.env: BATCH_SIZE 'many' is not a whole number from 1 to 100",
        "settings.env: IMAP_PORT '0' is not a whole number from 1 to 65535",
    ]


def test_a_value_of_the_environment_is_told_as_its_own() -> None:
    problems: list[str] = []
    Reader(FILE, {"BATCH_SIZE": "many"}, problems, ["BATCH_SIZE"]).refuse("BATCH_SIZE", "is wrong")
    assert problems == ["environment: BATCH_SIZE is wrong"]


def test_what_could_not_be_understood_in_the_file_is_not_told_again() -> None:
    problems: list[str] = []
    assert Reader(FILE, {"BATCH_SIZE": None}, problems).get("BATCH_SIZE", values.integer(1, 100)) is None
    assert problems == []
