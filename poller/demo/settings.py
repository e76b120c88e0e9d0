"""Where the embedded servers listen -> the settings file that the program is started with, as for any other mailbox."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from poller.demo.servers import HOST, Ports
from poller.settings.keys import DEFAULTS
from poller.settings.source import read_env_file

if TYPE_CHECKING:
    from pathlib import Path

    from poller.demo.imap import Account

DOMAIN = "in.example.com"
FILE = "settings.env"
DATABASE = "mailfiler.db"


def write(folder: Path, account: Account, ports: Ports) -> Path:
    """-> the settings file in `folder`, readable by its owner alone."""
    settings = {
        "FILING_ADDRESS": f"mycompany@{DOMAIN}",
        "RETIRED_ADDRESSES": f"oldcompany@{DOMAIN}",
        "ACTIVITY_TYPE": "E-mail",
        "ACTIVITY_STATUS": "done",
        "IMAP_HOST": HOST,
        "IMAP_PORT": str(ports.imap),
        "IMAP_SECURITY": "plain",
        "IMAP_USERNAME": account.login,
        "IMAP_PASSWORD": account.password,
        "START_POLICY": "all",
        "OUR_MTA_NAMES": f"mx.{DOMAIN}",
        "TRUSTED_RELAYS": "::1",  # here 127.0.0.1 is where strangers come from
        "DNS_SERVERS": f"{HOST}:{ports.dns}",
        "SMTP_HOST": HOST,
        "SMTP_PORT": str(ports.smtp),
        "SMTP_SECURITY": "plain",
        "DATABASE_URL": f"sqlite:///{DATABASE}",
        "FILES_URL": "files",
    }
    file = folder / FILE
    file.touch(mode=0o600)
    file.write_text(
        "# Written anew whenever the demonstration starts.\n"
        + "".join(f"{key}={value}\n" for key, value in settings.items())
    )
    return file


def shield_from_environment() -> None:
    """The environment overrides the file: a DATABASE_URL meant for something else would be filled with samples."""
    for name in DEFAULTS:
        os.environ.pop(name, None)


def smtp_port(folder: Path) -> int | None:
    """The port that the demonstration in `folder` takes mail on, or None where none was ever started."""
    return int(port) if (port := read_env_file(folder / FILE, DEFAULTS.keys(), []).get("SMTP_PORT")) else None
