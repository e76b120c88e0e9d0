from __future__ import annotations

from itertools import repeat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poller.child.expanding import MAX_BODY, MAX_FILES, MAX_NAME, ChildExpander
from poller.child.limits import MEMORY
from poller.child.process import Answer, Scratch
from poller.mail.calendar import CalendarFile
from poller.mail.unpacked import Unpacked
from tests.archives import archive_file
from tests.child.winmail import HEAD, attached, attribute, embedded, message

FILE = {"name": "a", "type": "b/c", "id": "", "place": [0, 4]}
GOOD = {"files": [FILE], "text": [0, 4], "html": [4, 0], "damaged": False}


class Lying:
    """A child that the octets got the better of."""

    def __init__(self, document):
        self.document = document
        self.closed = False

    def ask(self, task, octets, document):
        return Answer(document=self.document, output=Scratch.of([b"text"]))

    def close(self):
        self.closed = True


def test_an_answer_is_read():
    unpacked = ChildExpander(Lying(GOOD)).unpack([], body=True)
    assert (unpacked.text, unpacked.html, unpacked.damaged) == ("text", "", False)
    assert [(file.name, b"".join(file.chunks())) for file in unpacked.files] == [("a", b"text")]


@pytest.mark.parametrize(
    "lie",
    [
        {"files": None},
        {"files": [FILE] * (MAX_FILES + 1)},
        {"files": ["a"]},
        {"files": [FILE | {"place": [0, 5]}]},
        {"files": [FILE | {"place": [-1, 2]}]},
        {"files": [FILE | {"place": [3, -2]}]},
        {"files": [FILE | {"place": [0.5, 1]}]},
        {"files": [FILE | {"place": "04"}]},
        {"files": [FILE | {"name": None}]},
        {"files": [FILE | {"name": "a" * (MAX_NAME + 1)}]},
        {"files": [{}]},
        {"text": [0, MAX_BODY]},
        {"html": None},
    ],
    ids=str,
)
def test_what_is_no_answer_is_refused_and_ends_the_child(lie):
    child = Lying(GOOD | lie)
    assert ChildExpander(child).unpack([], body=True) == "the process that reads it gave no sensible answer"
    assert child.closed


def calendar_file(octets):
    return CalendarFile(size=len(octets), charset="", chunks=lambda: iter([octets[:9], octets[9:]]))


def test_calendars_are_read_and_a_process_that_lies_about_them_is_ended(expander):
    files = [calendar_file(b"BEGIN:VEVENT\nSUMMARY:%s" % name) for name in (b"one", b"two")]
    assert [[event.summary for event in one.events] for one in expander.calendars(files)] == [["one"], ["two"]]
    child = Lying({"place": [0, 4]})
    assert ChildExpander(child).calendars(files) == "the process that reads it gave no sensible answer"
    assert child.closed


def test_a_calendar_that_takes_too_much_memory_costs_no_more_than_itself(expander):
    # More than the process may have at all: reading it fails at once, however fast or slow the machine is.
    huge = CalendarFile(size=MEMORY, charset="", chunks=lambda: repeat(b"SUMMARY:".ljust(1 << 20, b"a"), MEMORY >> 20))
    assert expander.calendars([huge]) == "it takes too much memory"
    assert len(expander.calendars([calendar_file(b"BEGIN:VEVENT\nSUMMARY:a")])) == 1


SAMPLES = {
    "body": [],
    "two-files": ["AUTHORS", "README"],
    "data-before-name": ["AUTOEXEC.BAT", "CONFIG.SYS", "boot.ini"],
    "multi-name-property": [],
    "MAPI_ATTACH_DATA_OBJ": ["VIA_Nytt_1402.doc", "VIA_Nytt_1402.pdf", "VIA_Nytt_14021.htm"],
    "MAPI_OBJECT": ["Untitled_Attachment"],
    "garbage-at-end": [],
    "long-filename": ["allproductsmar2000.dat"],
    "missing-filenames": ["generpts.src", "TechlibDEC99.doc", "TechlibDEC99-JAN00.doc", "TechlibNOV99.doc"],
    "multi-value-attribute": ["208225__5_seconds__Voice_Mail.mp3"],
    "one-file": ["AUTHORS"],
    "rtf": [],
    "triples": [],
    "unicode-mapi-attr-name": ["spaconsole2.cfg", "image001.png", "image002.png", "image003.png"],
    "unicode-mapi-attr": ["example.dat"],
    "umlaut": ["TBZ PARIV GmbH.jpg", "image003.jpg", "UmlautAnhang-äüö.txt"],
    "bad_checksum": ["image001.png"],
    "IPM-DistList": ["Untitled Attachment"],
}
WITHOUT_TEXT = {"garbage-at-end", "multi-name-property", "one-file", "two-files"}  # and without HTML


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_of_tnefparse_hold_what_its_own_tests_say(expander, name):
    unpacked = expander.unpack([archive_file("tnefparse", f"tests/examples/{name}.tnef")], body=True)
    assert [file.name for file in unpacked.files] == SAMPLES[name]
    assert bool(unpacked.text or unpacked.html) is (name not in WITHOUT_TEXT)
    assert not unpacked.damaged


def test_no_text_is_read_that_was_not_asked_for(expander):
    tnef = HEAD + attribute(0x800C, b"Hei\0", level=1) + attached(b"a.txt", b"octets")
    assert expander.unpack([tnef], body=True).text == "Hei"
    assert expander.unpack([tnef], body=False).text == ""


pieces = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda tag, data, lie: attribute(tag, data, length=lie),
        st.sampled_from([0x9002, 0x8010, 0x800F, 0x9005, 0x9003, 0x9007, 0x800C, 0x9004, 0x8005]),
        st.binary(max_size=60),
        st.none() | st.integers(0, 2**32 - 1),
    ),
    st.builds(
        lambda tag, kind, data: message((tag, kind, data)),
        st.sampled_from([0x1000, 0x1009, 0x1013, 0x37, 0x3701]),
        st.sampled_from([0x1E, 0x1F, 0x0D, 0x102]),
        st.binary(max_size=60),
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(pieces, max_size=8), st.booleans())
def test_whatever_it_holds_there_is_an_answer(expander, found, nested):
    tnef = HEAD + b"".join(found)
    answer = expander.unpack([HEAD + embedded(tnef) if nested else tnef], body=True)
    assert isinstance(answer, Unpacked | str)
