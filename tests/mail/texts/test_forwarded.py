from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.reader import read_message
from poller.mail.texts.forwarded import MAX_FORWARDED, MAX_PEOPLE, forwarded_in
from poller.mail.texts.quotes import quoted_from
from tests.cpu import cpu_within

BLOCK = "From: {}\nSent: Monday, March 2, 2026 10:00 AM\nTo: {}\nSubject: Plan\n\nHello"


def inline(text, subject="FW: Plan"):
    found = forwarded_in(b"", [], text=text, quoted_from=quoted_from(text), subject=subject)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("subject", "author", "forwarded"),
    [
        *(("FW: Plan", "From", True), ("fwd : Plan", "From", True), ("[crm] FW: Plan", "From", True)),
        *(("FW[2]: Plan", "From", True), ("RE: FW: Plan", "From", False), ("Plan", "From", False), ("", "From", False)),
        *(("VS: Plan", "Fra", True), ("VS: Plan", "Lähettäjä", False), ("VS: Plan", "From", False)),
        *(("I: Plan", "Da", True), ("I: Plan", "From", False), ("R: Plan", "Da", False), ("VL: Plan", "From", True)),
        *(("İLT: Plan", "Kimden", True), ("AW: Plan", "Von", False), ("SV: Plan", "Från", False)),
    ],
)
def test_of_a_block_below_own_text_the_subject_decides(subject, author, forwarded):
    text = "My words\n\n" + BLOCK.format("Bo <bo@x.fi>", "me").replace("From", author)
    assert (inline(text, subject) is not None) is forwarded


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Bo Berg <bo@x.fi>", ("Bo Berg", "bo@x.fi")),
        ("Berg, Bo <bo@x.fi>", ("Berg, Bo", "bo@x.fi")),
        ('"Berg, Bo" <bo@x.fi>', ("Berg, Bo", "bo@x.fi")),
        ("Bo Berg [mailto:bo@x.fi]", ("Bo Berg", "bo@x.fi")),
        ("*Bo Berg* <bo@x.fi>", ("Bo Berg", "bo@x.fi")),
        ("<bo@x.fi>", ("", "bo@x.fi")),
        ("bo@x.fi", ("", "bo@x.fi")),
        ("Berg, Bo", ("Berg, Bo", "")),
        ("@", None),
    ],
)
def test_people_are_read_as_mailers_write_them(written, read):
    author = inline(BLOCK.format(written, "me")).author
    assert (author and (author.name, author.address)) == read


def test_no_more_people_and_messages_are_kept_than_are_read():
    crowd = inline(BLOCK.format("bo@x.fi", "; ".join(f"u{n}@x.fi" for n in range(1_000))))
    assert len(crowd.recipients) == MAX_PEOPLE
    part = b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@x.fi\r\nTo: " + b"u@x.fi," * 5_000 + b"\r\n\r\n"
    source = b"From: a@x.fi\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 200
    with cpu_within(5):
        message = read_message(source)
    assert [len(one.recipients) for one in message.forwarded] == [MAX_PEOPLE] * MAX_FORWARDED


@pytest.mark.parametrize(
    "text",
    [
        *("From: x\nSent: y\nTo: " + "a;" * 500_000, "From: " + "<" * 1_000_000, "From: x\nSent: y\n" * 100_000),
        *(
            "-- Forwarded message\n" * 50_000,
            "From: x\nSent: " + "2 " * 500_000,
            "From: x\nSent: y\nCc: a,\n" + "b,\n" * 9**6,
        ),
    ],
)
def test_work_is_bounded(text):
    with cpu_within(2):
        inline(text)


pieces = st.sampled_from(
    [
        "-- Forwarded message --\n",
        "> ",
        "From: Bo <b@x.fi>\n",
        "Sent: 1 Jan 2026\n",
        "To: ",
        "a;",
        "\n",
        "Subject: ",
        "On 1:00 a@b wrote:\n",
    ]
)


@given(st.lists(pieces).map("".join) | st.text(), st.sampled_from(["", "FW: x", "VS: x", "Re: x"]))
def test_any_text_forwards_something_or_nothing(text, subject):
    found = inline(text, subject)
    for person in [found.author, *(one.mailbox for one in found.recipients)] if found else []:
        assert person is None or person.name or person.address
    assert found is None or "\n" not in found.subject


def test_what_is_forwarded_decides_nothing():
    source = b"From: a@x.fi\r\nTo: b@x.fi\r\nSubject: FW: x\r\n\r\n"
    text = BLOCK.format("Bo <bo@y.fi>", "Cara <cara@y.fi>").replace("\n", "\r\n").encode()
    message = read_message(source + text)
    assert message.forwarded[0].author.address == "bo@y.fi"
    assert (message.author.key, [one.mailbox.key for one in message.recipients]) == ("a@x.fi", ["b@x.fi"])
