"""What every server that we log in to has: a connection that may not leak its password, and the password."""

from __future__ import annotations

import os
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from poller.settings import values
from poller.settings.model import Security
from poller.settings.reader import Reader
from poller.settings.source import read_secret


def refuse_plain_abroad(reader: Reader, name: str, host: str | None, security: Security | None) -> None:
    if security is Security.PLAIN and host and not is_loopback(host):
        reader.refuse(name, f"plain would send the password readably to {host}; use tls or starttls")


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def secret(reader: Reader, name: str, parse: Callable[[str], str] = values.text) -> str:
    """The key itself, or the file that KEY_FILE names. Relative paths start at the settings file's folder."""
    file = reader.text(f"{name}_FILE")
    if not file:
        return reader.get(name, parse)
    if reader.text(name):
        reader.refuse(name, f"and {name}_FILE are both set; keep one")
    return reader.get(f"{name}_FILE", lambda path: read_secret(Path(os.path.realpath(reader.path)).parent / path))
