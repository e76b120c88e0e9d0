from __future__ import annotations

import subprocess
import sys

import pytest

# A block of 16 MiB that is given back teaches glibc to take smaller ones from its heap, where others pin them.
PROGRAM = """
from poller.memory import give_back_early
from tests.hostile.judging import resident
{call}
before = resident("VmRSS")
block = bytearray(b"x" * (16 << 20))
del block
kept, blocks = [], []
for _ in range(40):
    blocks.append(bytearray(b"x" * (2 << 20)))
    kept.append(bytearray(b"y" * 100_000))
del blocks
print((resident("VmRSS") - before) >> 20)
"""


@pytest.mark.parametrize(("call", "least", "most"), [("", 30, 200), ("give_back_early()", 0, 16)])
def test_what_large_blocks_took_is_given_back(call, least, most):
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(call=call)], capture_output=True, text=True, check=True)
    assert least <= int(done.stdout) <= most
