from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

from poller.mail import reader
from poller.mail.reader import read_message
from tests.corpora import judging
from tests.corpora.__main__ import main
from tests.corpora.collection import is_message, messages_of, samples_in
from tests.corpora.oracle import differences

GOLDEN = Path(__file__).parents[1] / "mail" / "golden"
MESSAGE = b"From: anna@acme.fi\nSubject: %d\nMessage-ID: <%d@acme.fi>\n\nFrom here on it is text.\n"


def test_every_message_of_a_folder_is_found_once_in_whatever_it_is_kept(tmp_path):
    (tmp_path / "one.eml").write_bytes(MESSAGE % (1, 1))
    (tmp_path / "nameless").write_bytes(MESSAGE % (2, 2))
    (tmp_path / "again.txt").write_bytes(MESSAGE % (2, 2))
    (tmp_path / "notes.txt").write_bytes(b"Subject: these are notes\n\nfrom: me\n")
    mailbox.Maildir(tmp_path / "maildir").add(MESSAGE % (3, 3))
    (tmp_path / "archive").write_bytes(
        b"".join(b"From anna@acme.fi Mon Mar  2 12:00:00 2026\n" + MESSAGE % (n, n) + b"\n" for n in (4, 5))
    )
    found = list(samples_in([tmp_path]))
    numbers = sorted(int(read_message(sample.octets).subject) for sample in found)
    assert numbers == [1, 2, 3, 4, 5]
    assert str(tmp_path / "archive:2") in [sample.place for sample in found]


def test_a_line_of_text_divides_no_mbox():
    mbox = b"From a Mon Mar  2 12:00:00 2026\n" + MESSAGE % (1, 1) + b"\nFrom 12:00 to 13:00 we are out.\n"
    assert len(messages_of(mbox)) == 1


@pytest.mark.parametrize("octets", [b"", b"\xd0\xcf\x11\xe0", b"HTTP/1.1 200 OK\nDate: x\n\n", b"from: x\n\nto: y\n"])
def test_what_does_not_start_as_mail_does_is_no_message(octets):
    assert not is_message(octets)


def test_the_golden_messages_break_nothing_and_leave_nothing_unclean(capsys):
    assert main([str(GOLDEN)]) == 0
    said = capsys.readouterr().out
    assert "0 broke the reader, 0 took more than 1 s, 0 are not clean" in said


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"subject": "two\nlines"}, "not clean: {}: subject"),
        ({"text": "a\0b"}, "not clean: {}: text"),
        ({"message_id": "\u202e"}, "not clean: {}: Message-ID"),
        ({"nonsense": ""}, "broke the reader: {}"),
    ],
)
def test_a_fault_of_the_reader_is_told_and_ends_with_1(fault, said, tmp_path, monkeypatch, capsys):
    real = reader.Message
    monkeypatch.setattr(reader, "Message", lambda **known: real(**(known | fault)))
    path = tmp_path / "one.eml"
    path.write_bytes(MESSAGE % (1, 1))
    assert main([str(path)]) == 1
    assert said.format(path) in capsys.readouterr().out


def test_a_message_that_takes_too_long_ends_with_1(tmp_path, monkeypatch):
    monkeypatch.setattr(judging, "MAX_SECONDS", 0)
    (tmp_path / "one.eml").write_bytes(MESSAGE % (1, 1))
    assert main([str(tmp_path)]) == 1


def test_a_folder_without_a_message_ends_with_1(tmp_path):
    assert main([str(tmp_path)]) == 1


ANOTHER = (
    b"From: Bo <bo@acme.fi>\nSubject: Something else\n"
    b'Content-Type: multipart/mixed; boundary="b"\n\n'
    b"--b\n\nNothing that stands there\n--b\nContent-Type: application/pdf; name=x.pdf\n\nx\n--b--\n"
)


def test_each_kind_of_difference_from_pythons_reader_is_seen():
    known = read_message(MESSAGE % (1, 1))
    assert [one.kind for one in differences(ANOTHER, known)] == ["subject", "author", "attachments", "text"]
    assert differences(ANOTHER, read_message(ANOTHER)) == []


def test_a_difference_is_shown_when_asked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(judging, "read_message", lambda *_, **__: read_message(MESSAGE % (1, 1)))
    (tmp_path / "other.eml").write_bytes(ANOTHER)
    assert main(["--show", "author", str(tmp_path)]) == 0
    assert "ours:   'anna@acme.fi'\n  theirs: 'bo@acme.fi'" in capsys.readouterr().out
