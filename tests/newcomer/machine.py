"""A machine of its own for a shell script: nothing that it does to files, users, ports or processes outlives it.

`python -m tests.newcomer.machine SCRIPT FOLDER`, started by `run` in namespaces of its own: /etc, /opt, /var and
/usr/local are those of this machine, and what is written there goes to memory alone.
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

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_NAMESPACES = ("--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


def run(script: Path, folder: Path, environment: dict[str, str], *, network: bool = True) -> str:
    """A script of bash, run in that folder on such a machine -> what it says; fails where the script does.

    Without a `network` of its own it has this machine's, with the servers that are there.
    """
    namespaces = [one for one in _NAMESPACES if network or one != "--net"]
    done = subprocess.run(
        ["unshare", *namespaces, sys.executable, "-m", "tests.newcomer.machine", script, folder],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


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
    for path in ("/etc", "/opt", "/var", "/usr/local"):
        _keep_in(memory, Path(path))
    for path in (sys.base_prefix, sys.prefix, ROOT):
        _let_others_read(memory, Path(path))
    _shell("mount -t tmpfs none /run")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        (flags,) = struct.unpack("16xH14x", fcntl.ioctl(line, _SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0)))
        fcntl.ioctl(line, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def _keep_in(memory: Path, path: Path) -> None:
    """What is written to that folder goes there."""
    above, work = (memory / f"{part}{path}".replace("/", "-") for part in ("above", "work"))
    above.mkdir(0o755)
    work.mkdir()
    _shell(_overlay(str(path), str(above), str(work)))


def _let_others_read(memory: Path, path: Path) -> None:
    """Users whom the script makes pass through folders that only root may enter, here alone."""
    closed = [one for one in (*reversed(path.parents), path) if one.stat().st_mode & 0o5 != 0o5]
    if closed:
        _keep_in(memory, closed[0])  # whose mode is that of the folder in memory
    for one in closed[1:]:
        one.chmod(0o755)


def _overlay(below: str, above: str, work: str) -> str:
    return f"mount -t overlay overlay -o lowerdir={below},upperdir={above},workdir={work} {below}"


def _shell(line: str) -> None:
    subprocess.run(line, shell=True, check=True)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
