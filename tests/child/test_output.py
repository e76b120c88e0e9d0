from __future__ import annotations

import os

from poller.child.output import Output


def test_octets_are_written_behind_each_other(tmp_path):
    path = tmp_path / "out"
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        output = Output(file)
        assert [output.write(b"one"), output.write(memoryview(b"")), output.write(b"three")] == [[0, 3], [3, 0], [3, 5]]
    finally:
        os.close(file)
    assert path.read_bytes() == b"onethree"
