"""Containers in messages, opened by somebody who knows what is in them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import pytest

from poller.mail.reader import read_message
from poller.mail.unpacked import MAX_CONTAINERS, Unpacked, UnpackedFile

TNEF = b"\x78\x9f\x3e\x22 whatever"
OPENED = Unpacked(files=(), text="", html="", damaged=False)


def file(name, octets=b"octets", content_type="application/pdf", content_id=""):
    return UnpackedFile(name=name, content_type=content_type, content_id=content_id, chunks=lambda: iter([octets]))


def part(name="winmail.dat", kind="application/ms-tnef", octets=TNEF):
    body = base64.b64encode(octets).decode()
    return (
        f'Content-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n{body}\r\n'
    )


def message(*parts, text="Hei"):
    head = "From: anna@acme.fi\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    parts = (f"Content-Type: text/plain\r\n\r\n{text}\r\n", *parts)
    return (head + "".join(f"--b\r\n{one}" for one in parts) + "--b--\r\n").encode()


@dataclass
class Expander:
    gives: Unpacked | str = OPENED
    asked: list = field(default_factory=list)

    def unpack(self, octets, *, body):
        self.asked.append((b"".join(octets), body))
        return self.gives


def names(read):
    return [one.name for one in read.attachments]


def test_its_files_stand_in_its_place_under_safe_and_unique_names():
    expander = Expander(Unpacked(files=(file("../a.pdf"), file("a.pdf"), file("")), text="", html="", damaged=False))
    read = read_message(
        message(part("a.pdf", "application/pdf"), part(), part("b.pdf", "image/png")), expander=expander
    )
    assert names(read) == ["a.pdf", "a (2).pdf", "a (3).pdf", "attachment.pdf", "b.pdf"]
    assert expander.asked == [(TNEF, False)]
    assert [(one.size, b"".join(one.chunks())) for one in read.attachments[1:4]] == [(6, b"octets")] * 3


@pytest.mark.parametrize(
    ("name", "kind", "octets", "opened"),
    [
        ("x.bin", "application/ms-tnef", TNEF, True),
        ("x.bin", "application/vnd.ms-tnef", TNEF, True),
        ("WINMAIL.DAT", "application/octet-stream", TNEF, True),
        ("winmail.dat", "application/octet-stream", b"no TNEF", False),
        ("winmail.dat", "application/ms-tnef", b"", False),
        ("report.dat", "application/octet-stream", TNEF, False),
    ],
)
def test_a_container_is_known_by_type_or_name_and_by_its_first_octets(name, kind, octets, opened):
    expander = Expander()
    read = read_message(message(part(name, kind, octets)), expander=expander)
    assert bool(expander.asked) is opened
    assert names(read) == ([] if opened else [name])


def test_who_a_message_is_does_not_depend_on_it():
    source = message(part(), text="")
    expander = Expander(Unpacked(files=(file("a.pdf"),), text="Hei", html="", damaged=False))
    identities = {read_message(source, expander=one).identity for one in (None, Expander("why"), expander)}
    assert len(identities) == 1


def test_what_cannot_be_opened_stays_a_file_and_is_a_defect_and_no_more_are_tried():
    expander = Expander("it takes more than 1 s of\n CPU time")
    read = read_message(message(part(), part()), expander=expander)
    assert names(read) == ["winmail.dat", "winmail (2).dat"]
    assert read.defects == ("winmail.dat is kept as a file: it takes more than 1 s of  CPU time.",)
    assert len(expander.asked) == 1


def test_what_is_damaged_is_kept_beside_what_could_be_read():
    expander = Expander(Unpacked(files=(file("a.pdf"),), text="", html="", damaged=True))
    read = read_message(message(part()), expander=expander)
    assert names(read) == ["a.pdf", "winmail.dat"]
    assert read.defects == ("winmail.dat is damaged: what could be read is beside it.",)


@pytest.mark.parametrize(("text", "kept"), [("", ["winmail.dat"]), ("Hei", [])])
def test_one_in_which_nothing_is_known_is_kept_where_the_message_says_nothing_else(text, kept):
    read = read_message(message(part(), text=text), expander=Expander())
    assert (names(read), read.defects) == (kept, ())


def test_the_number_of_containers_is_bounded():
    expander = Expander()
    read = read_message(message(*[part()] * (MAX_CONTAINERS + 1)), expander=expander)
    assert len(expander.asked) == MAX_CONTAINERS
    assert names(read) == ["winmail (3).dat"]


@pytest.mark.parametrize(
    ("text", "html", "read_as"),
    [
        ("Moi\r\n\0", "", ("Moi", None)),
        ("", "<p>Moi</p>", ("Moi", "<p>Moi</p>")),
        ("Moi", "<p>Hello</p>", ("Moi", "<p>Hello</p>")),
        ("", "", ("", None)),
    ],
)
def test_a_message_without_text_has_that_of_the_container(text, html, read_as):
    expander = Expander(Unpacked(files=(), text=text, html=html, damaged=False))
    read = read_message(message(part(), text=""), expander=expander)
    assert expander.asked == [(TNEF, True)]
    assert (read.text, read.html) == read_as


def test_text_of_its_own_stays():
    read = read_message(message(part()), expander=Expander(Unpacked(files=(), text="Moi", html="", damaged=False)))
    assert (read.text, read.html) == ("Hei", None)


def test_its_quoted_history_is_marked():
    text = "Hei\n\n-----Original Message-----\nFrom: a\n"
    expander = Expander(Unpacked(files=(), text=text, html="", damaged=False))
    assert read_message(message(part(), text=""), expander=expander).quoted_from == 5


def test_a_picture_that_its_page_shows_is_inline():
    pictures = file("a.png", content_type="image/png", content_id="A@b"), file("b.png", content_type="image/png")
    expander = Expander(Unpacked(files=pictures, text="", html="<img src='cid:a@B'>", damaged=False))
    read = read_message(message(part(), text=""), expander=expander)
    assert [one.inline for one in read.attachments] == [True, False]


def test_a_message_that_is_nothing_but_a_container_is_read():
    source = b"From: a@b.fi\r\nContent-Type: application/ms-tnef\r\n\r\n" + TNEF
    expander = Expander(Unpacked(files=(file("a.pdf"),), text="Moi", html="", damaged=False))
    read = read_message(source, expander=expander)
    assert (read.text, names(read)) == ("Moi", ["a.pdf"])
