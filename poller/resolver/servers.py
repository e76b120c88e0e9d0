"""The system's DNS servers."""

from __future__ import annotations

from pathlib import Path

from poller.settings import NameServer

RESOLV_CONF = Path("/etc/resolv.conf")
_PORT = 53
_MOST = 3


def system_servers(path: Path = RESOLV_CONF) -> tuple[NameServer, ...]:
    """The first three `nameserver` lines of resolv.conf(5), as libc takes them; () if there is no such file or line."""
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ()
    lines = (line.split() for line in text.splitlines())
    addresses = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
    return tuple(NameServer(address=address, port=_PORT) for address in addresses[:_MOST])
