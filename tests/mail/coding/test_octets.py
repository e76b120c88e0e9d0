"""A mapped file is gone through as octets in memory are, and is not in memory afterwards."""

from __future__ import annotations

import re
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.coding import octets
from poller.mail.coding.octets import PIECE, find, find_line, matches, pieces, release


@pytest.fixture
def mapped(tmp_path):
    def make(source):
        path = tmp_path / "source"
        path.write_bytes(source)
        with path.open("rb") as file:
            return mmap(file.fileno(), 0, access=ACCESS_READ)

    return make


def resident():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:")) * 1024


@pytest.mark.parametrize("place", [0, 1, PIECE - 2, PIECE - 1, PIECE, 2 * PIECE - 1, 3 * PIECE - 3])
def test_what_is_sought_is_found_wherever_it_lies(mapped, place):
    source = bytes(place) + b"abc" + bytes(3 * PIECE - 3 - place)
    assert find(mapped(source), b"abc", 0, len(source)) == place
    assert [match.start() for match in matches(re.compile(b"abc"), mapped(source), 0, len(source), longest=3)] == [
        place
    ]
    assert find(mapped(source), b"abc", 0, place + 2) == -1


def test_a_search_ends_where_it_is_told_to(mapped):
    source = mapped(b"abcabc" * PIECE)
    assert find(source, b"abc", 1, 6) == 3
    assert find(source, b"abd", 0, len(source)) == -1
    assert b"".join(pieces(source, 2, 2 * PIECE + 5)) == source[2 : 2 * PIECE + 5]


@given(st.lists(st.sampled_from([b"\n--b", b"--", b" ", b"\r\n", b"x"])).map(b"".join), st.integers(1, 9))
def test_pieces_of_any_size_have_the_same_matches(source, size):
    pattern = re.compile(rb"\n--b(--)?[ ]{0,3}(?=\r?\n|\r?\Z)")
    original, octets.PIECE = octets.PIECE, size
    try:
        found = [match.span() for match in matches(pattern, source, 0, len(source), longest=11)]
    finally:
        octets.PIECE = original
    assert found == [match.span() for match in pattern.finditer(source)]


def test_what_was_gone_through_leaves_the_memory(mapped):
    source = mapped(bytes(64 << 20))
    most = resident() + (8 << 20)  # the system may have two MiB of a file in memory where one octet is looked at
    for number, _ in enumerate(pieces(source, 0, len(source))):
        if number % 16 == 0:  # the system takes its time to say it of a large process
            assert resident() < most
    assert find(source, b"a", 0, len(source)) == -1
    assert not list(matches(re.compile(b"a"), source, 0, len(source), longest=1))
    assert resident() < most
    release(b"in memory")


@given(
    st.lists(st.sampled_from([b"\n--b", b"--", b"\n-", b"\r\n", b"x", b"xxxxxxxx"])).map(b"".join), st.integers(1, 9)
)
def test_a_line_that_starts_with_a_dash_is_found_wherever_it_lies(source, near):
    original, octets.NEAR = octets.NEAR, near
    try:
        found = [find_line(source, b"\n--b", start, len(source)) for start in range(len(source))]
    finally:
        octets.NEAR = original
    assert found == [source.find(b"\n--b", start) for start in range(len(source))]


def test_a_line_that_starts_with_a_dash_is_found_in_a_mapped_file(mapped):
    source = bytes(2 * PIECE - 2) + b"\n--b"
    assert find_line(mapped(source), b"\n--b", 5, len(source)) == 2 * PIECE - 2
