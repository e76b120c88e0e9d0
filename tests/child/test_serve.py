"""What the worker's end of the connection may do to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from socket import socketpair

import pytest

from poller.child.frames import receive, send
from poller.child.process import Scratch
from tests.child.winmail import HEAD, attached
from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def served():
    ours, theirs = socketpair()
    code = "from poller.child.serve import serve; serve()"
    with (
        ours,
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdin=theirs.fileno(), stderr=subprocess.PIPE
        ) as process,
    ):
        theirs.close()
        assert receive(ours).document == {"ready": True}
        yield ours, process
        process.kill()


def test_it_answers_until_the_connection_is_closed(served):
    connection, process = served
    for _ in range(2):
        source, output = Scratch.of([HEAD + attached(b"a", b"octets")]), Scratch()
        send(connection, {"task": "tnef"}, [source.number, output.number])
        place = receive(connection).document["files"][0]["place"]
        assert b"".join(output.chunks(*place)) == b"octets"
    connection.close()
    assert process.wait(PATIENCE) == 0
    assert process.stderr.read() == b""


def test_it_ends_quietly_when_nobody_waits_for_its_answer(served):
    connection, process = served
    source, output = Scratch.of([b"junk"]), Scratch()
    send(connection, {"task": "tnef"}, [source.number, output.number])
    connection.close()
    assert process.wait(PATIENCE) == 0
    assert process.stderr.read() == b""
