"""Events: told to whoever listens, and to a log that wants them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller import events
from poller.logs import JsonFormatter, set_up_logging
from poller.mail.message import MessageRef

REF = MessageRef(mailbox="me@host/INBOX", uidvalidity=9, uid=7)
PLACE = {"mailbox": "me@host/INBOX", "uidvalidity": 9, "uid": 7}


@pytest.fixture(autouse=True)
def root_as_it_was() -> Iterator[None]:
    root, stages = logging.getLogger(), logging.getLogger("poller.stages")
    handlers, levels, raising = root.handlers[:], (root.level, stages.level), logging.raiseExceptions
    yield
    root.handlers, logging.raiseExceptions = handlers, raising
    root.setLevel(levels[0])
    stages.setLevel(levels[1])


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_stage_is_an_object_with_the_messages_reference_and_its_facts(capsys):
    set_up_logging("info", "json")
    events.happened("read", REF, message_id="1@x", attachments=2, defects=None, seconds=0.123456)
    (one,) = logged(capsys)
    facts = {"event": "read", "message_id": "1@x", "attachments": 2, "seconds": 0.123}
    assert one | PLACE | facts == one
    assert one["message"] == f"{REF}: read: message_id 1@x, attachments 2, seconds 0.123"
    assert "defects" not in one


def test_people_read_of_stages_at_debug_alone(capsys):
    for level, number in (("info", 0), ("debug", 1), ("warning", 0)):
        set_up_logging(level, "text")
        events.happened("poll-began")
        assert len(capsys.readouterr().err.splitlines()) == number, level


def test_a_line_for_people_is_one_in_text_and_an_event_in_json(capsys):
    log = logging.getLogger("poller.x")
    set_up_logging("info", "text")
    events.said(log, logging.INFO, "it is 100 % done", "stored", REF, outcome="filed")
    assert capsys.readouterr().err.endswith("info it is 100 % done\n")
    set_up_logging("info", "json")
    events.said(log, logging.INFO, "it is 100 % done", "stored", REF, outcome="filed")
    (one,) = logged(capsys)
    assert one | PLACE | {"event": "stored", "outcome": "filed", "message": "it is 100 % done"} == one


def test_listeners_are_told_whatever_the_log_wants_for_as_long_as_they_listen():
    told = []
    with events.listening(lambda event, facts: told.append((event, dict(facts)))):
        events.happened("read", REF, addresses=1)
        events.counted("dns", result="answered")
        with pytest.raises(ZeroDivisionError), events.timed("store"):
            1 / 0  # noqa: B018 - it fails
    events.happened("read", REF, addresses=1)
    assert told[:2] == [("read", {"addresses": 1}), ("dns", {"result": "answered"})]
    assert [(event, facts["stage"]) for event, facts in told[2:]] == [("stage", "store")]
    assert told[2][1]["seconds"] >= 0


def test_a_listener_that_fails_fails_nothing_else(caplog):
    told = []
    with (
        events.listening(lambda _event, facts: facts["missing"]),
        events.listening(lambda event, _: told.append(event)),
    ):
        events.happened("read", REF)
    assert told == ["read"]
    assert "read could not be counted" in caplog.text


def test_what_is_only_tried_out_is_not_told(capsys):
    set_up_logging("info", "json")
    with events.untold():
        events.happened("read", REF)
    events.happened("poll-began")
    assert [one["event"] for one in logged(capsys)] == ["poll-began"]


def test_an_id_of_a_megabyte_is_cut(capsys):
    set_up_logging("info", "json")
    events.happened("read", REF, message_id="x" * 1_000_000)
    (one,) = logged(capsys)
    assert one["message_id"] == "x" * 1_000


@given(st.text(st.characters(exclude_categories=())), st.text())
def test_whatever_a_header_holds_the_line_is_one_object_that_everybody_reads(text, other):
    record = logging.makeLogRecord(
        {"msg": "%s", "args": (text,)} | events.noted("read", REF, {"message_id": other + text})
    )
    line = JsonFormatter().format(record)
    assert line.isascii()
    assert line.isprintable()
    read = json.loads(line)
    assert read["message"].encode() == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    assert (read["event"], read["uid"]) == ("read", 7)
