"""A whole mail site as README's examples make it: Postfix hands mail to Dovecot, by LMTP, into files of one user."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.servers import dovecot, postfix
from tests.servers.ports import free_port
from tests.servers.readme import example, pairs

DOMAIN = "in.example.com"
PASSWORD = "secret"
LMTP = Path("/usr/lib/dovecot/lmtp")
SITE = postfix.POSTFIX and dovecot.DOVECOT and LMTP.exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running site: the catch-all mailboxes of its filing domains, and people's own."""

    home: Path
    imap_port: int
    postfix: postfix.Postfix

    @property
    def smtp_port(self) -> int:
        return self.postfix.port

    def settings(self, domain: str = DOMAIN) -> dict[str, str]:
        """README's settings.env, for that filing domain."""
        lines = pairs(example("settings.env", {DOMAIN: domain, "IMAP_PASSWORD_FILE=imap-password\n": ""}))
        ports = {"IMAP_PORT": str(self.imap_port), "SMTP_PORT": str(self.smtp_port)}
        return lines | ports | {"IMAP_PASSWORD": PASSWORD}

    def mailboxes(self) -> list[str]:
        """Who has ever got mail."""
        return sorted(path.name for path in (self.home / "mail").iterdir())

    def empty(self) -> None:
        """Nobody has any mail now."""
        for path in (self.home / "mail").iterdir():
            shutil.rmtree(path)

    def log(self) -> str:
        return self.postfix.log() + (self.home / "dovecot" / "log").read_text(errors="replace")


@contextlib.contextmanager
def running(
    filing: tuple[str, ...], people: tuple[str, ...], changes: Mapping[str, str] | None = None
) -> Iterator[Site]:
    """Starts a site with a catch-all for each of the filing domains, and mailboxes of those addresses.

    `changes` are to README's line of master.cf, which must have what they replace.
    """
    services = example("/etc/postfix/master.cf", changes)
    # Not in pytest's folder, which only its owner may enter.
    home = Path(tempfile.mkdtemp(prefix="site-"))
    home.chmod(0o755)
    try:
        for name in ("postfix", "dovecot", "mail"):
            (home / name).mkdir()
        shutil.chown(home / "mail", "nobody", "nogroup")
        with (
            postfix.running(home / "postfix", _main(filing, people), services) as server,
            _dovecot(home, filing, people) as imap_port,
        ):
            yield Site(home=home, imap_port=imap_port, postfix=server)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _main(filing: tuple[str, ...], people: tuple[str, ...]) -> dict[str, str]:
    """README's main.cf for each filing domain, as one; people's mail goes the ordinary way besides."""
    first, *others = (pairs(example("/etc/postfix/main.cf", {DOMAIN: domain})) for domain in filing)
    for other in others:
        first = {key: value if other[key] == value else f"{value} {other[key]}" for key, value in first.items()}
    domains = sorted({address.rpartition("@")[2] for address in people})
    return first | {"virtual_mailbox_domains": f"{first['virtual_mailbox_domains']} {' '.join(domains)}"}


@contextlib.contextmanager
def _dovecot(home: Path, filing: tuple[str, ...], people: tuple[str, ...]) -> Iterator[int]:
    port = free_port()
    logins = [pairs(example("settings.env", {DOMAIN: domain}))["IMAP_USERNAME"] for domain in filing]
    (home / "users").write_text("".join(f"{login}:{{PLAIN}}{PASSWORD}\n" for login in (*logins, *people)))
    changes = {
        "/etc/dovecot/users": f"{home}/users",
        "uid=vmail gid=vmail home=/var/vmail": f"uid=nobody gid=nogroup home={home}/mail",
        "/var/spool/postfix": str(postfix.queue(home / "postfix")),
    }
    ours = f"""
base_dir = {home}/dovecot/run
state_dir = {home}/dovecot/state
log_path = {home}/dovecot/log
auth_failure_delay = 0
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""
    configuration = example("/etc/dovecot/dovecot.conf", changes) + ours
    with dovecot.started(home / "dovecot", configuration, (port,), user="root"):
        yield port
