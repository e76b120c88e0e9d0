"""In a process that is ended by them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent
BEGIN = "from poller.child.limits import *; limit_process()\n"


def run(code):
    return subprocess.run(
        [sys.executable, "-c", BEGIN + code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE
    )


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("b'x' * (MEMORY + 1)", "MemoryError"),
        ("import os; [os.dup(0) for _ in range(40)]", "Too many open files"),
        ("import os; os.pwrite(os.memfd_create('x'), b'x', OUTPUT)", "File too large"),
    ],
)
def test_what_goes_beyond_a_limit_fails(code, error):
    assert error in run(code).stderr


def test_time_is_counted_for_each_request_alone():
    burn = "import time\nfor _ in range(3):\n    with limited_cpu():\n        end = time.process_time() + 0.5\n"
    assert run(burn + "        while time.process_time() < end: pass").returncode == 0


@pytest.mark.parametrize("code", ["while True: pass", "import re; re.match('(a*)*b', 'a' * 99)"])
def test_too_much_time_ends_it_in_python_and_in_a_library(code):
    assert run(f"with limited_cpu():\n    {code}").returncode == -signal.SIGPROF


def test_signals_to_its_group_are_ignored():
    code = "import signal\nfor one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.raise_signal(one)"
    assert run(code).returncode == 0


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.fork()",
        "import os; os.system('true')",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.kill(os.getppid(), 9)",
        "import os; os.remove(__import__('sys').executable)",
        "import os; os.open('/dev/null', os.O_WRONLY)",
        "import subprocess; subprocess.run(['true'])",
        "import socket; socket.socket().connect(('127.0.0.1', 25))",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))",
        "import socket; socket.getaddrinfo('localhost', 25)",
        "import ctypes; ctypes.CDLL(None)",
        "open('/dev/null', 'w')",
        "open('/dev/null', 'r+b', 0)",
        "from pathlib import Path; Path('/dev/null').write_bytes(b'x')",
    ],
)
def test_nothing_is_started_connected_to_or_written(code):
    assert "is not for this process" in run(code).stderr


def test_modules_and_files_can_still_be_read():
    assert run("import json, encodings.koi8_r; open(json.__file__).read(); b'x'.decode('big5')").stderr == ""
