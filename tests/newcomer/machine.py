"""A machine of its own for a shell script: nothing that it does to files, users, ports or processes outlives it.

`python -m tests.newcomer.machine SCRIPT FOLDER`, started by `command` in namespaces of its own: /etc and /var are those
of this machine, and what is written there goes to memory alone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

from tests.servers.dns import DnsServer

ROOT = Path(__file__).parents[2]
ZONE = {"in.example.com MX": ["10 mx.example.com"], "example.com TXT": ["v=spf1 ip4:127.0.0.2 -all"]}

_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_NAMESPACES = ("--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


def command(script: Path, folder: Path) -> list[str | Path]:
    """What runs that script of bash in that folder, on such a machine; its exit status is the script's."""
    return ["unshare", *_NAMESPACES, sys.executable, "-m", "tests.newcomer.machine", script, folder]


def can_be() -> bool:
    """Whether this user may make one."""
    if os.getuid() != 0 or not shutil.which("unshare"):
        return False
    trial = f"mount -t tmpfs none /run && mkdir /run/a /run/b && {_overlay('/etc', '/run/a', '/run/b')}"
    return (
        subprocess.run(["unshare", *_NAMESPACES, "sh", "-c", trial], capture_output=True, check=False).returncode == 0
    )


def main(script: Path, folder: Path) -> int:
    if os.getpid() != 1:
        sys.exit("This is no machine of its own.")
    _isolate(folder)
    with DnsServer(records=ZONE) as dns:
        environment = os.environ | {"DNS_SERVERS": f"127.0.0.1:{dns.port}"}
        # Whatever the script starts and leaves behind ends with this process, the first one of the machine.
        return subprocess.run(["bash", script], cwd=folder, env=environment, check=False).returncode


def _isolate(folder: Path) -> None:
    memory = folder / "memory"
    memory.mkdir()
    _shell(f"mount -t tmpfs none {memory}")
    for name in ("etc", "var"):
        for part in (name, f"{name}.work"):
            (memory / part).mkdir()
        _shell(_overlay(f"/{name}", str(memory / name), str(memory / f"{name}.work")))
    _shell("mount -t tmpfs none /run")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        fcntl.ioctl(line, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))


def _overlay(below: str, above: str, work: str) -> str:
    return f"mount -t overlay overlay -o lowerdir={below},upperdir={above},workdir={work} {below}"


def _shell(line: str) -> None:
    subprocess.run(line, shell=True, check=True)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
