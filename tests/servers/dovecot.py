"""Dovecot 2.3 on loopback, from a generated configuration, all of it as one ordinary user: this one, or nobody."""

from __future__ import annotations

import contextlib
import grp
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from poller.settings import ImapSettings, Security
from tests.patience import PATIENCE
from tests.servers.certificates import certificate
from tests.servers.ports import free_port, listens

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")

# What Dovecot 2.3 tells after login. Dovecot understands all of it in any case: only the announcement changes.
CAPABILITIES = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT THREAD=REFERENCES MULTIAPPEND UNSELECT CHILDREN "
    "NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN LIST-STATUS BINARY "
    "MOVE LITERAL+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Which Dovecot: capabilities not announced, a prefix of folders, a quota in octets, a password for all.

    `storage` is how mail lies on the disk; with `lmtp` it is taken by LMTP too. With `tokens`, the address of an
    authorization server, it asks that one whose an access token is, and takes no passwords.
    """

    without: tuple[str, ...] = ()
    prefix: str = ""
    quota: int = 0
    password: str = "secret"
    storage: str = "maildir"
    lmtp: bool = False
    tokens: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user of a running Dovecot; a Maildir of their own is made at the first delivery or login."""

    name: str
    password: str
    maildir: Path

    def deliver(self, source: bytes, internal_date: datetime | None = None, *, folder: str = "") -> None:
        """Puts a message into the Maildir, as a delivery agent does; its time is what Dovecot tells as INTERNALDATE."""
        place = self.maildir / folder
        for name in ("tmp", "new", "cur"):
            _make(place / name)
        number = next(_numbers)
        path = place / "tmp" / f"{1_700_000_000 + number}.M{number}P{os.getpid()}.test"
        path.write_bytes(source)
        give(path)
        if internal_date:
            os.utime(path, (internal_date.timestamp(), internal_date.timestamp()))
        path.rename(place / "new" / path.name)

    def allow(self, rights: str) -> None:
        """Access rights of INBOX (RFC 4314): "lr" makes it read-only."""
        _make(self.maildir)
        (self.maildir / "dovecot-acl").write_text(f"owner {rights}\n")

    def count(self, folder: str = "") -> int:
        """Messages in a folder of the Maildir, for example in ".Filed"."""
        place = self.maildir / folder
        return sum(len(list((place / name).iterdir())) for name in ("new", "cur") if (place / name).exists())


@dataclass(frozen=True, slots=True, kw_only=True)
class Dovecot:
    """A running server."""

    home: Path
    port: int
    tls_port: int
    authority: Path
    password: str
    process: subprocess.Popen[bytes] = field(repr=False)
    lmtp_port: int = 0

    def user(self, domain: str = "") -> User:
        """Somebody new, whose login is an address if a domain is given."""
        name = f"user{next(_numbers)}{'@' if domain else ''}{domain}"
        return User(name=name, password=self.password, maildir=self.home / "mail" / name)

    def settings(self, user: User, security: Security = Security.PLAIN, folder: str = "INBOX") -> ImapSettings:
        """How mailfiler reaches that user's mail."""
        return ImapSettings(
            host="localhost",
            port=self.tls_port if security is Security.TLS else self.port,
            security=security,
            username=user.name,
            password=user.password,
            folder=folder,
        )

    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")


_numbers = itertools.count(1)

# Dovecot gives no mail to root.
_OWNER = pwd.getpwuid(os.getuid()) if os.getuid() else pwd.getpwnam("nobody")


@contextlib.contextmanager
def running(kind: Kind) -> Iterator[Dovecot]:
    """Starts a Dovecot of that kind, and ends it with its folder."""
    # Not in pytest's folder, which only its owner may enter.
    home = Path(tempfile.mkdtemp(prefix="dovecot-"))
    give(home)
    try:
        made = certificate(home)
        port, tls_port = free_port(), free_port()
        lmtp_port = free_port() if kind.lmtp else 0
        configuration = _configuration(home, kind, port, tls_port) + (_lmtp(lmtp_port) if kind.lmtp else "")
        if kind.tokens:
            (home / "oauth2.conf").write_text(
                f"introspection_mode = get\nintrospection_url = {kind.tokens}/whose?token=\n"
                "username_attribute = user\nactive_attribute = active\nactive_value = true\n"
            )
        with started(home, configuration, (port, tls_port), user=_OWNER.pw_name) as process:
            yield Dovecot(
                home=home,
                port=port,
                tls_port=tls_port,
                authority=made.certificate,
                password=kind.password,
                process=process,
                lmtp_port=lmtp_port,
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def started(home: Path, configuration: str, ports: tuple[int, ...], *, user: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Dovecot with that configuration, its log in `home`, once it listens; as root if that is the user."""
    assert DOVECOT
    path = home / "dovecot.conf"
    path.write_text(configuration)
    account = pwd.getpwnam(user)
    process = subprocess.Popen(
        [DOVECOT, "-F", "-c", str(path)],
        stderr=subprocess.PIPE,
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[] if os.getuid() == 0 else None,
    )
    try:
        assert all(listens(one, seconds=PATIENCE) for one in ports), _why(process, home)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _why(process: subprocess.Popen[bytes], home: Path) -> str:
    process.terminate()
    _, errors = process.communicate(timeout=PATIENCE)
    log = (home / "log").read_text(errors="replace") if (home / "log").exists() else ""
    return f"Dovecot did not start: {errors.decode()}{log}"


def _configuration(home: Path, kind: Kind, port: int, tls_port: int) -> str:
    capabilities = " ".join(name for name in CAPABILITIES.split() if name not in kind.without)
    plugins = "acl imap_acl" + (" quota imap_quota" if kind.quota else "")
    return f"""
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {_OWNER.pw_name}
default_internal_group = {grp.getgrgid(_OWNER.pw_gid).gr_name}
default_login_user = {_OWNER.pw_name}
first_valid_uid = 1
mail_location = {kind.storage}:{home}/mail/%u
mail_plugins = acl{" quota" if kind.quota else ""}
auth_mechanisms = {"xoauth2 oauthbearer" if kind.tokens else "plain login"}
disable_plaintext_auth = no
auth_cache_size = 0
auth_failure_delay = 0
mail_fsync = never
ssl = yes
ssl_cert = <{home}/localhost.crt
ssl_key = <{home}/localhost.key
passdb {{
  driver = {"oauth2" if kind.tokens else "static"}
  args = {f"{home}/oauth2.conf" if kind.tokens else f"password={kind.password}"}
}}
userdb {{
  driver = static
  args = uid={_OWNER.pw_uid} gid={_OWNER.pw_gid} home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
  prefix = {kind.prefix}
  separator = {"." if kind.prefix else "/"}
}}
protocol imap {{
  mail_plugins = {plugins}
  imap_capability = {capabilities}
  imap_idle_notify_interval = 2 mins
}}
plugin {{
  acl = vfile
  quota = maildir:quota
  quota_rule = *:storage={kind.quota}B
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
# A new process for each session takes eight times as long.
service imap {{
  service_count = 1000
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""


def _lmtp(port: int) -> str:
    return f"""
protocols = imap lmtp
postmaster_address = postmaster@in.example.com
protocol lmtp {{
  mail_plugins =
}}
service lmtp {{
  inet_listener lmtp {{
    port = {port}
  }}
}}
"""


def _make(folder: Path) -> None:
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir()
        give(folder)


def give(path: Path) -> None:
    """To the user that Dovecot runs as."""
    if os.getuid() == 0:
        os.chown(path, _OWNER.pw_uid, _OWNER.pw_gid)
