from __future__ import annotations

import os

import pytest

from poller.child.output import Output, checked_place


def test_octets_are_written_behind_each_other(tmp_path):
    path = tmp_path / "out"
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        output = Output(file)
        assert [output.write(b"one"), output.write(memoryview(b"")), output.write(b"three")] == [[0, 3], [3, 0], [3, 5]]
    finally:
        os.close(file)
    assert path.read_bytes() == b"onethree"


def test_a_place_in_a_file_is_read():
    assert checked_place([1, 3], 4) == (1, 3)


@pytest.mark.parametrize("place", [[1, 4], [-1, 2], [3, -2], [0.5, 1], "04", [0], [0, 1, 2], None, {}])
def test_a_place_that_is_none_is_refused(place):
    with pytest.raises(ValueError):  # noqa: PT011 - it says no more
        checked_place(place, 4)
