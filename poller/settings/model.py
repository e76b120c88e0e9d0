"""The settings as values: what travels down to the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path


class Security(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


class UnknownProject(StrEnum):
    REJECT = "reject"
    STORE = "store"


class RejectAction(StrEnum):
    NOTIFY = "notify"
    FLAG = "flag"


class Settle(StrEnum):
    MOVE = "move"
    FLAG = "flag"


class AuthPolicy(StrEnum):
    ALIGNED = "aligned"
    DKIM = "dkim"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingAddress:
    """An organization's address, both halves in lower case; the local part is the organization's prefix."""

    prefix: str
    domain: str

    def __str__(self) -> str:
        return f"{self.prefix}@{self.domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationSettings:
    """`key` names the organization for ever: "" for the main settings file, else the stem of its own file."""

    key: str
    filing_address: FilingAddress
    activity_type: str
    activity_status: str
    calendar_sync: bool
    retired: tuple[FilingAddress, ...]
    notice_language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    host: str
    port: int
    security: Security
    username: str
    password: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """`path` is the SQLite file; `url` the PostgreSQL URL. Exactly one of the two is set."""

    path: Path | None
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where the mail of each outcome is moved."""

    filed: str
    rejected: str
    quarantine: str
    review: str
    ignored: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPolicy:
    """What is filed of the mail from before the first contact: nothing, `everything`, or `since` a day (UTC)."""

    everything: bool
    since: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSettings:
    """`our_mta_names` are in lower case; hops of `trusted_relays` are passed over when looking for the border."""

    policy: AuthPolicy
    our_mta_names: tuple[str, ...]
    trusted_relays: tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    """How addresses become targets. `recipient_headers` are lower-case names, strongest evidence first."""

    organizations: tuple[OrganizationSettings, ...]
    recipient_headers: tuple[str, ...]
    dedicated_domain: bool
    mailbox_login: str
    notice_addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an administrator chose, checked. Sizes are octets, durations `timedelta`."""

    integration_enabled: bool
    organizations: tuple[OrganizationSettings, ...]
    routing: RoutingSettings
    auth: AuthSettings
    imap: ImapSettings
    database: DatabaseSettings
    files: Path
    folders: Folders
    settle: Settle
    start_policy: StartPolicy
    poll_interval: timedelta
    batch_size: int
    unknown_project: UnknownProject
    require_user_author: bool
    match_author_contact: bool
    max_participants: int
    max_attachment_size: int
    max_message_size: int
    keep_source: bool
    reject_action: RejectAction
    notify_no_user: bool
    log_format: str
    log_level: str
