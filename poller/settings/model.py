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


class Provider(StrEnum):
    """Whose mailbox it is: how its servers write Received, and where they note the envelope sender."""

    POSTFIX = "postfix"
    EXIM = "exim"
    GMAIL = "gmail"
    M365 = "m365"
    FASTMAIL = "fastmail"
    ICLOUD = "icloud"
    GENERIC = "generic"


class AuthSource(StrEnum):
    """Computed here, taken from trusted Authentication-Results, or either."""

    COMPUTE = "compute"
    AUTHRES = "authres"
    BOTH = "both"


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
class OAuthSettings:
    """Where access tokens come from (RFC 6749): with a `refresh_token` by that, else by client credentials."""

    token_url: str
    client_id: str
    client_secret: str
    refresh_token: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """The mailbox. With `oauth` the login is by an access token instead of the password."""

    host: str
    port: int
    security: Security
    username: str
    password: str
    folder: str
    oauth: OAuthSettings | None = None


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
class Exempt:
    """A client, such as a printer that scans to e-mail, that may use this author domain without authentication."""

    domain: str
    network: IPv4Network | IPv6Network


WITHOUT_ID = "!exchange-online"
"""The authserv-id that stands for Microsoft's field, which has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSettings:
    """Whom to believe. All names and domains are in lower case, domains in A-labels.

    `our_mta_names` and `authserv_ids` are names, or suffixes that start with a dot; one of them may be
    WITHOUT_ID. Hops of `trusted_relays` are passed over when looking for the border. `authserv_ids`
    is empty unless `source` uses it. `defer_max_age` is how long a temporary error may last.
    """

    policy: AuthPolicy
    provider: Provider
    our_mta_names: tuple[str, ...]
    trusted_relays: tuple[IPv4Network | IPv6Network, ...]
    envelope_from_header: str
    source: AuthSource
    authserv_ids: tuple[str, ...]
    arc_sealers: tuple[str, ...]
    require_dkim_domains: tuple[str, ...]
    unauthenticated_ok: tuple[Exempt, ...]
    defer_max_age: timedelta
    dkim_max_signatures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NameServer:
    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsSettings:
    """`servers` is empty for the system's own. `timeout` is for one answer, the budgets for one message."""

    servers: tuple[NameServer, ...]
    timeout: timedelta
    query_budget: int
    time_budget: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """The submission server for notices. `host` is "" where none is set, `username` where it asks for no login.

    With `oauth` the login is by an access token instead of the password.
    """

    host: str
    port: int
    security: Security
    username: str
    password: str
    oauth: OAuthSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSettings:
    """How refusals are told. `author` is the address in From, `envelope_from` "" for the null sender.

    `templates` is a folder with texts of the company's own, None for ours. `admin_address` gets the daily digest, ""
    is nobody. `hostname` is what the notices call the reporting server.
    """

    smtp: SmtpSettings
    reject_action: RejectAction
    notify_no_user: bool
    author: str
    envelope_from: str
    templates: Path | None
    admin_address: str
    hostname: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    """How addresses become targets. `recipient_headers` are lower-case names, strongest evidence first."""

    organizations: tuple[OrganizationSettings, ...]
    recipient_headers: tuple[str, ...]
    dedicated_domain: bool
    mailbox_login: str
    notice_addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Where the service answers who asks how it fares: a loopback address and a port."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an administrator chose, checked. Sizes are octets, durations `timedelta`, None for ever."""

    integration_enabled: bool
    organizations: tuple[OrganizationSettings, ...]
    routing: RoutingSettings
    auth: AuthSettings
    dns: DnsSettings
    imap: ImapSettings
    database: DatabaseSettings
    files: Path
    folders: Folders
    settle: Settle
    start_policy: StartPolicy
    poll_interval: timedelta
    batch_size: int
    workers: int
    unknown_project: UnknownProject
    inherit_project: bool
    require_user_author: bool
    match_author_contact: bool
    max_participants: int
    max_attachment_size: int
    max_message_size: int
    keep_source: bool
    retain_sources: timedelta | None
    retain_ledger: timedelta | None
    notices: NoticeSettings
    metrics: MetricsSettings | None
    log_format: str
    log_level: str
