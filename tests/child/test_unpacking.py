from __future__ import annotations

import os

import pytest
from compressed_rtf import compress

from poller.child.output import Output
from poller.child.tnef import Tag
from poller.child.unpacking import unpack
from tests.child.winmail import BINARY, HEAD, STRING, attached, attribute, message

RTF = message((Tag.RTF_COMPRESSED, BINARY, compress(rb"{\rtf1 rich}")))
PLAIN = attribute(0x800C, b"plain\0", level=1)
HTML = message((Tag.BODY_HTML, STRING, b"<p>page\0"))


@pytest.fixture
def output(tmp_path):
    file = os.open(tmp_path / "out", os.O_RDWR | os.O_CREAT)
    yield Output(file)
    os.close(file)


@pytest.mark.parametrize(
    ("tnef", "text", "html"),
    [
        (RTF, b"rich", b""),
        (RTF + PLAIN, b"plain", b""),
        (RTF + HTML, b"", b"<p>page"),
        (RTF + HTML + PLAIN, b"plain", b"<p>page"),
        (b"", b"", b""),
    ],
)
def test_rich_text_is_read_where_there_is_no_other(output, tnef, text, html):
    answer = unpack(HEAD + tnef, {"body": True}, output)
    assert [os.pread(output.file, size, start) for start, size in (answer["text"], answer["html"])] == [text, html]


@pytest.mark.parametrize(
    ("octets", "damaged"), [(compress(rb"{\rtf1 }"), False), (b"", False), (b"not compressed RTF", True)]
)
def test_rich_text_that_cannot_be_read_is_damage_and_an_empty_one_is_not(output, octets, damaged):
    tnef = HEAD + message((Tag.RTF_COMPRESSED, BINARY, octets)) + attached(b"a.txt", b"octets")
    answer = unpack(tnef, {"body": True}, output)
    assert (answer["text"][1], len(answer["files"]), answer["damaged"]) == (0, 1, damaged)
    assert not unpack(tnef, {}, output)["damaged"]


def test_no_text_is_given_unasked(output):
    answer = unpack(HEAD + PLAIN + attached(b"a.txt", b"octets"), {}, output)
    assert answer["text"][1] == 0
    assert answer["files"] == [{"name": "a.txt", "type": "application/octet-stream", "id": "", "place": [0, 6]}]
