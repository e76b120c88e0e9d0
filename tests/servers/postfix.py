"""Postfix on loopback, from a generated configuration: its own queue, ports and log. Only root can start it."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.patience import PATIENCE
from tests.servers.ports import free_port, listens

_MASTER = Path("/usr/lib/postfix/sbin/master")
POSTFIX = os.getuid() == 0 and _MASTER.exists()

_PRIVATE = (
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "private",
    "saved",
    "trace",
)
_QUEUES = ("maildrop", "incoming", "active", "deferred")

# What Debian's master.cf has, but for what reads local submissions and delivers elsewhere.
_SERVICES = """
127.0.0.1:{port} inet n -       n       -       -       smtpd
cleanup   unix  n       -       y       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       y       -       -       trivial-rewrite
bounce    unix  -       -       y       -       0       bounce
defer     unix  -       -       y       -       0       bounce
trace     unix  -       -       y       -       0       bounce
proxymap  unix  -       -       n       -       -       proxymap
error     unix  -       -       y       -       -       error
retry     unix  -       -       y       -       -       error
lmtp      unix  -       -       y       -       -       lmtp
anvil     unix  -       -       y       -       1       anvil
scache    unix  -       -       y       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postfix:
    """A running server."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def delivered(self, seconds: float = 20) -> None:
        """Waits until nothing is in its queues."""
        end = time.monotonic() + seconds
        # A message that goes on while we look may be seen in neither place, but not twice in a row.
        while self._queued() or self._queued():
            assert time.monotonic() < end, f"Postfix still has {self._queued()}:\n{self.log()}"
            time.sleep(0.02)

    def _queued(self) -> list[str]:
        return [path.name for name in _QUEUES for path in (self.home / "queue" / name).rglob("*") if path.is_file()]


@contextlib.contextmanager
def running(home: Path, main: Mapping[str, str], services: str) -> Iterator[Postfix]:
    """Starts a Postfix in that folder, which everybody may enter, and ends it.

    `main` are lines of main.cf, `services` further ones of master.cf. Nothing goes to other machines.
    """
    port = free_port()
    _make_queues(home)
    (home / "etc").mkdir()
    lines = _essential(home) | dict(main)
    (home / "etc" / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))
    (home / "etc" / "master.cf").write_text(_SERVICES.format(port=port) + services)
    process = subprocess.Popen(
        [_MASTER, "-c", home / "etc", "-d"],
        stderr=subprocess.PIPE,
        start_new_session=True,  # it ends its processes as a group
    )
    server = Postfix(home=home, port=port, process=process)
    try:
        assert listens(port, seconds=PATIENCE), _why(server)
        yield server
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def queue(home: Path) -> Path:
    """Where its sockets are: what is /var/spool/postfix otherwise."""
    return home / "queue"


def _essential(home: Path) -> dict[str, str]:
    """What keeps it to itself: paths, no look-ups, no deliveries but by LMTP."""
    return {
        "compatibility_level": "3.6",
        "queue_directory": str(queue(home)),
        "data_directory": f"{home}/data",
        "maillog_file": f"{home}/log",
        "maillog_file_prefixes": str(home),
        "inet_protocols": "ipv4",
        "smtpd_peername_lookup": "no",
        "alias_maps": "",
        "local_recipient_maps": "",
        "notify_classes": "",
        "default_transport": "error:nothing leaves this machine",
        "relay_transport": "error:nothing leaves this machine",
        "virtual_transport": "lmtp:unix:private/dovecot-lmtp",
    }


def _make_queues(home: Path) -> None:
    """The folders and rights of Postfix's own postfix-files."""
    user = pwd.getpwnam("postfix")
    droppers = grp.getgrnam("postdrop").gr_gid
    for name, mode, owner, group in (
        ("queue", 0o755, 0, 0),
        ("queue/pid", 0o755, 0, 0),
        ("data", 0o700, user.pw_uid, user.pw_gid),
        ("queue/maildrop", 0o1730, user.pw_uid, droppers),
        ("queue/public", 0o710, user.pw_uid, droppers),
        *((f"queue/{name}", 0o700, user.pw_uid, 0) for name in _PRIVATE),
    ):
        folder = home / name
        folder.mkdir()
        folder.chmod(mode)
        shutil.chown(folder, owner, group)


def _why(server: Postfix) -> str:
    server.process.terminate()
    _, errors = server.process.communicate(timeout=PATIENCE)
    return f"Postfix did not start: {errors.decode()}{server.log() if (server.home / 'log').exists() else ''}"
