from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.header import split_header
from poller.mail.parts.structure import MAX_DELIMITERS, MAX_DEPTH, MAX_HEADERS, MAX_LOOKED_AT, MAX_PARTS, parts_of
from tests.cpu import cpu_within


def read(source):
    header = split_header(source)
    return parts_of(source, header.fields, header.body_offset)


def shown(source):
    return [(part.content_type.value, source[part.start : part.end]) for part in read(source).parts]


def mixed(body, boundary=b"b", subtype=b"mixed"):
    return b"Content-Type: multipart/" + subtype + b'; boundary="' + boundary + b'"\r\n\r\n' + body


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (b"From: a\r\n\r\nhello\r\n", [("text/plain", b"hello\r\n")]),
        (b"Content-Type: text/html\r\n\r\nhello", [("text/html", b"hello")]),
        (b"Content-Type: junk\r\n\r\nhello", [("text/plain", b"hello")]),
        (b"Content-Type: junk; name=a.bin\r\n\r\nhello", [("application/octet-stream", b"hello")]),
        (b"Content-Type: text/; name=a.txt\r\n\r\nhello", [("text/plain", b"hello")]),
        (b"Content-Type: application/pdf/.pdf\r\n\r\nhello", [("application/pdf", b"hello")]),
        (b"Content-Type: multipart/; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--", [("text/plain", b"one")]),
        (b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny", [("message/rfc822", b"Subject: x\r\n\r\ny")]),
        (
            mixed(b"preamble\r\n--b\r\n\r\none\r\n--b \t\r\nContent-Type: a/b\r\n\r\ntwo\r\n\r\n--b--\r\nepilogue"),
            [("text/plain", b"one"), ("a/b", b"two\r\n")],
        ),
        (
            mixed(b"--b\n\none\n--b\n\ntwo\n--b--\n").replace(b"\r\n", b"\n"),
            [("text/plain", b"one"), ("text/plain", b"two")],
        ),
        (mixed(b"--b\r\n\r\none\r\n--b\r\n\r\ntwo"), [("text/plain", b"one"), ("text/plain", b"two")]),
        (mixed(b"--b\r\n\r\none\r\n--b"), [("text/plain", b"one"), ("text/plain", b"")]),
        (mixed(b"--b\r\n--b\r\n\r\n--b--"), [("text/plain", b""), ("text/plain", b"")]),
        (mixed(b"--b\r\nno header here\r\n--b--"), [("text/plain", b"no header here")]),
        (mixed(b"--b\r\nContent-Type: a/b\r\n--b--"), [("a/b", b"")]),
        (mixed(b"--b\r\nContent-Type : a/b\r\n\r\nx\r\n--b--"), [("a/b", b"x")]),
        (mixed(b"--bc\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--c\r\n--b--"), [("text/plain", b"two\r\n--b--c")]),
        (
            mixed(b"--b\r\n\r\none\r\n--b--\r\nlost\r\n--b\r\n\r\ntwo\r\n--b--"),
            [("text/plain", b"one"), ("text/plain", b"two")],
        ),
        (mixed(b"no boundary at all"), [("text/plain", b"no boundary at all")]),
        (mixed(b"--b\r\n\r\none\r\n--b--", boundary=b""), [("text/plain", b"--b\r\n\r\none\r\n--b--")]),
        (mixed(b"--b\r\n\r\nSubject: x\r\n\r\n--b--", subtype=b"digest"), [("message/rfc822", b"Subject: x\r\n")]),
        (
            mixed(b"--b\r\n" + mixed(b"--bb\r\n\r\none\r\n--bb--\r\n", b"bb") + b"\r\n--b\r\n\r\ntwo\r\n--b--"),
            [("text/plain", b"one"), ("text/plain", b"two")],
        ),
        (
            mixed(b"--bb\r\n" + mixed(b"--b\r\n\r\none\r\n--b--\r\n", b"b") + b"\r\n--bb\r\n\r\ntwo\r\n--bb--", b"bb"),
            [("text/plain", b"one"), ("text/plain", b"two")],
        ),
        (
            mixed(b"--b\r\n" + mixed(b"--c\r\n\r\none", b"c") + b"\r\n--b\r\n\r\ntwo\r\n--b--"),
            [("text/plain", b"one"), ("text/plain", b"two")],
        ),
        (
            mixed(b"--b\r\n" + mixed(b"--b\r\n\r\none\r\n--b--\r\n", b"b") + b"\r\n--b\r\n\r\ntwo\r\n--b--"),
            [("text/plain", b"one"), ("text/plain", b"two")],
        ),
    ],
)
def test_a_body_is_taken_apart(source, parts):
    assert shown(source) == parts


def test_a_part_knows_its_surroundings():
    html = b"Content-Type: text/html\r\n\r\n<p>\r\n"
    logo = b"Content-Type: image/png\r\nContent-ID: <Logo@x>\r\nContent-Disposition: inline\r\n\r\n"
    related = mixed(b"--c\r\n" + html + b"--c\r\n" + logo + b"\r\n--c--\r\n", b"c", b"related")
    source = mixed(b"--b\r\n\r\nplain\r\n--b\r\n" + related + b"--b--\r\n", b"b", b"alternative")
    plain, page, image = read(source).parts
    assert plain.alternative == page.alternative == image.alternative is not None
    assert (plain.related, page.related, image.related) == (False, True, True)
    assert (image.content_id, image.disposition.value) == ("logo@x", "inline")
    assert not plain.root


def test_parts_beyond_the_limit_are_kept_as_one_file():
    source = mixed(b"--b\r\n\r\nx\r\n" * (MAX_PARTS + 500) + b"--b--\r\n")
    found = read(source)
    assert len(found.parts) < MAX_PARTS + 1
    last = found.parts[-1]
    assert last.disposition.value == "attachment"
    assert source[last.end :] == b""
    assert sum(p.end - p.start for p in found.parts[:-1]) == len(found.parts) - 1
    assert found.defects


def test_headers_beyond_the_limit_are_kept_as_one_file_with_what_follows():
    part = b"--b\r\nContent-Type: text/plain\r\nX: " + b"a" * 1_000 + b"\r\n\r\nText.\r\n"
    found = read(mixed(part * 2_000 + b"--b--\r\n"))
    assert len(found.parts) < MAX_PARTS
    assert found.parts[-1].content_type.value == "application/octet-stream"
    assert found.headers < MAX_HEADERS + 2_000


def test_delimiters_that_close_what_is_closed_end_the_search():
    found = read(mixed(b"--b\r\n\r\nText.\r\n" + b"--b--\r\n" * (MAX_DELIMITERS + 5)))
    assert [part.content_type.value for part in found.parts] == ["text/plain"]


def test_levels_beyond_the_limit_are_kept_as_one_file():
    source = b"".join(mixed(b"--%d\r\n" % n, b"%d" % n) for n in range(100)) + b"\r\nhello"
    found = read(source)
    assert [part.content_type.value for part in found.parts] == ["application/octet-stream"]
    assert source[: found.parts[0].start].count(b"Content-Type") == MAX_DEPTH + 1
    assert found.defects


@pytest.mark.parametrize(
    "source",
    [
        mixed(b"--b\r\n" * 200_000),
        mixed(b"--b--\r\n" * 200_000),
        mixed(b"--bc\r\n" * 200_000),
        mixed(b"\n" * 1_000_000),
        mixed(b"--b\r\n" + b"X: y\r\n z\r\n" * 100_000),
        mixed(b"--b\r\n" + b"X: y\r\n" * 100_000 + b"\r\n--b\r\n"),
        b"".join(mixed(b"--" + b"a" * n + b"\r\n", b"a" * n) for n in range(1, 100))
        + (b"--" + b"a" * 150 + b"\r\n") * 9_000,
        mixed((b"--b\r\n" + mixed(b"", b"c")) * 10_000),
        b"".join(mixed(b"--%d\r\n" % n, b"%d" % n) for n in range(10_000)),
    ],
)
def test_work_is_bounded_for_hostile_structures(source):
    with cpu_within(5):
        found = read(source)
        assert len(found.parts) <= MAX_PARTS + 1


lines = st.sampled_from(
    [
        *(b"--a", b"--b", b"--a--", b"--b--", b"", b"x", b"Content-Type: multipart/mixed; boundary=a", b" b"),
        *(b"Content-Type: multipart/alternative; boundary=b", b"Content-Type: text/html", b"\0\xff", b"--"),
    ]
)


@given(st.lists(lines).map(b"\r\n".join) | st.lists(lines).map(b"\n".join) | st.binary())
def test_any_octets_are_taken_apart_in_order_without_overlap(source):
    source = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + source
    parts = read(source).parts
    assert parts
    position = 0
    for part in parts:
        assert position <= part.start <= part.end <= len(source)
        position = part.end


@pytest.mark.parametrize("count", [0, MAX_LOOKED_AT - 1, MAX_LOOKED_AT, MAX_LOOKED_AT + 1])
def test_lines_that_only_start_like_a_delimiter_are_text(count):
    body = b"--bb\r\n" * count + b"--b\r\n\r\none\r\n--b x\r\n--b\t\r\n\r\ntwo\r\n--b--\r\n--b\n"
    assert shown(mixed(body)) == [("text/plain", b"one\r\n--b x"), ("text/plain", b"two"), ("text/plain", b"")]
