"""Env file -> frozen Settings, or every mistake in it at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from poller.errors import ConfigurationError
from poller.settings import values
from poller.settings.keys import DEFAULTS, ORGANIZATION_NAMES
from poller.settings.model import (
    AuthPolicy,
    AuthSettings,
    DatabaseSettings,
    Folders,
    ImapSettings,
    OrganizationSettings,
    RejectAction,
    RoutingSettings,
    Security,
    Settings,
    Settle,
    UnknownProject,
)
from poller.settings.source import read_env_file, read_secret

T = TypeVar("T")


class _Reader:
    """Parses keys one by one and collects what is wrong, so that everything is reported in one go."""

    def __init__(self, label: str, texts: Mapping[str, str], problems: list[str]) -> None:
        self.label = label
        self.texts = texts
        self.problems = problems

    def text(self, name: str) -> str:
        return self.texts.get(name) or DEFAULTS[name]

    def get(self, name: str, parse: Callable[[str], T]) -> T:
        try:
            return parse(self.text(name))
        except ValueError as error:
            self.problems.append(f"{self.label}: {name} {error}")
            # Never seen by anybody: a problem means that no Settings are made.
            return None  # type: ignore[return-value]


def load_settings(path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads the file, `organizations/*.env` beside it, and the environment, which overrides the file.

    Raises ConfigurationError with one sentence for each mistake. Relative paths start at the file's folder.
    """
    problems: list[str] = []
    texts = read_env_file(path, DEFAULTS.keys(), problems) if path.exists() else {}
    texts |= {name: environment[name] for name in DEFAULTS if name in environment}
    if not path.exists() and not texts.get("FILING_ADDRESS"):
        raise ConfigurationError(f"{path}: no such file; copy settings.example.env to it and fill in what is required")
    reader = _Reader(str(path), texts, problems)
    settings = _settings(reader, _organizations(path, reader), path.resolve().parent)
    if problems:
        raise ConfigurationError(*problems)
    return settings


def _organizations(path: Path, main: _Reader) -> tuple[OrganizationSettings, ...]:
    found = [_organization("", main)]
    for file in sorted((path.resolve().parent / "organizations").glob("*.env")):
        texts = read_env_file(file, ORGANIZATION_NAMES, main.problems)
        found.append(_organization(file.stem, _Reader(str(file), texts, main.problems)))
    _refuse_shared_prefixes(found, main)
    return tuple(found)


def _organization(key: str, reader: _Reader) -> OrganizationSettings:
    return OrganizationSettings(
        key=key,
        filing_address=reader.get("FILING_ADDRESS", values.required_filing_address),
        activity_type=reader.get("ACTIVITY_TYPE", values.required),
        activity_status=reader.get("ACTIVITY_STATUS", values.required),
        calendar_sync=reader.get("ACTIVITY_TYPE_CALENDAR_SYNC", values.boolean),
        retired=reader.get("RETIRED_ADDRESSES", values.filing_addresses),
        notice_language=reader.get("NOTICE_LANGUAGE", values.one_of("en", "fi")),
    )


def _refuse_shared_prefixes(organizations: list[OrganizationSettings], main: _Reader) -> None:
    active = [organization.filing_address for organization in organizations if organization.filing_address]
    for address in {address for address in active if [other.prefix for other in active].count(address.prefix) > 1}:
        main.problems.append(f"{main.label}: FILING_ADDRESS {address} has a prefix that two organizations share")
    for organization in organizations:
        for address in set(organization.retired or ()) & set(active):
            main.problems.append(f"{main.label}: RETIRED_ADDRESSES names {address}, which is in use")


def _settings(reader: _Reader, organizations: tuple[OrganizationSettings, ...], folder: Path) -> Settings:
    get = reader.get
    _check_keys_of_later_stages(reader)
    imap = _imap(reader)
    return Settings(
        integration_enabled=get("INTEGRATION_ENABLED", values.boolean),
        organizations=organizations,
        routing=_routing(reader, organizations, imap),
        auth=_auth(reader),
        imap=imap,
        database=get("DATABASE_URL", lambda url: _database(url, folder)),
        files=get("FILES_URL", lambda url: _local_path(url, folder)),
        folders=_folders(reader),
        settle=get("SETTLE", values.choice(Settle)),
        start_policy=get("START_POLICY", values.start_policy),
        poll_interval=get("POLL_INTERVAL", values.positive_duration),
        batch_size=get("BATCH_SIZE", values.integer(1, 100)),
        unknown_project=get("UNKNOWN_PROJECT", values.choice(UnknownProject)),
        require_user_author=get("REQUIRE_USER_AUTHOR", values.boolean),
        match_author_contact=get("MATCH_AUTHOR_CONTACT", values.boolean),
        max_participants=get("MAX_PARTICIPANTS", values.integer(1, 100_000)),
        max_attachment_size=get("MAX_ATTACHMENT_SIZE", values.size),
        max_message_size=get("MAX_MESSAGE_SIZE", values.size),
        keep_source=get("KEEP_SOURCE", values.boolean),
        reject_action=get("REJECT_ACTION", values.choice(RejectAction)),
        notify_no_user=get("NOTIFY_NO_USER", values.boolean),
        log_format=get("LOG_FORMAT", values.one_of("text", "json")),
        log_level=get("LOG_LEVEL", values.one_of("debug", "info", "warning", "error")),
    )


def _routing(reader: _Reader, organizations: tuple[OrganizationSettings, ...], imap: ImapSettings) -> RoutingSettings:
    notices = (reader.get(name, values.optional_address) for name in ("NOTICE_FROM", "NOTICE_ENVELOPE_FROM"))
    return RoutingSettings(
        organizations=organizations,
        recipient_headers=reader.get("RECIPIENT_HEADERS", values.header_names),
        dedicated_domain=reader.get("DEDICATED_DOMAIN", values.boolean),
        mailbox_login=(imap.username or "").lower(),
        notice_addresses=tuple(notice for notice in notices if notice),
    )


def _auth(reader: _Reader) -> AuthSettings:
    policy = reader.get("AUTH_POLICY", values.choice(AuthPolicy))
    if policy in {AuthPolicy.ALIGNED, AuthPolicy.DKIM}:
        reader.problems.append(
            f"{reader.label}: AUTH_POLICY={policy} is not possible yet: authors are not verified by this version; "
            "set AUTH_POLICY=monitor"
        )
    return AuthSettings(
        policy=policy,
        our_mta_names=reader.get("OUR_MTA_NAMES", values.lower_words),
        trusted_relays=reader.get("TRUSTED_RELAYS", values.networks),
    )


def _imap(reader: _Reader) -> ImapSettings:
    host = reader.get("IMAP_HOST", values.required)
    security = reader.get("IMAP_SECURITY", values.choice(Security))
    _refuse_plain_abroad(reader, "IMAP_SECURITY", host, security)
    if not reader.text("IMAP_PASSWORD") and not reader.text("IMAP_PASSWORD_FILE") and reader.text("OAUTH2_TOKEN_URL"):
        reader.problems.append(f"{reader.label}: OAUTH2_TOKEN_URL is not possible yet: set IMAP_PASSWORD")
    return ImapSettings(
        host=host,
        port=reader.get("IMAP_PORT", values.port(993 if security is Security.TLS else 143)),
        security=security,
        username=reader.get("IMAP_USERNAME", values.required),
        password=_secret(reader, "IMAP_PASSWORD", values.required),
        folder=reader.get("IMAP_FOLDER", values.required),
    )


def _refuse_plain_abroad(reader: _Reader, name: str, host: str | None, security: Security | None) -> None:
    if security is Security.PLAIN and host and not _is_loopback(host):
        reader.problems.append(
            f"{reader.label}: {name}=plain would send the password readably to {host}; use tls or starttls"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _secret(reader: _Reader, name: str, parse: Callable[[str], str] = values.text) -> str:
    """The key itself, or the file that KEY_FILE names. Relative paths start at the settings file's folder."""
    file = reader.text(f"{name}_FILE")
    if not file:
        return reader.get(name, parse)
    if reader.text(name):
        reader.problems.append(f"{reader.label}: {name} and {name}_FILE are both set; keep one")
    folder = Path(reader.label).resolve().parent
    return reader.get(f"{name}_FILE", lambda path: read_secret(folder / path))


def _folders(reader: _Reader) -> Folders:
    names = {kind: reader.get(f"FOLDER_{kind.upper()}", values.required) for kind in Folders.__dataclass_fields__}
    inbox = reader.text("IMAP_FOLDER")
    for kind, name in names.items():
        if name and (name == inbox or name.upper() == inbox.upper() == "INBOX"):
            reader.problems.append(f"{reader.label}: FOLDER_{kind.upper()} is the folder that mail arrives in")
    return Folders(**names)


def _database(url: str, folder: Path) -> DatabaseSettings:
    scheme = urlsplit(url).scheme
    if scheme in {"postgresql", "postgres"}:
        if not urlsplit(url).path.strip("/"):
            raise ValueError("names no database; write postgresql://user:password@host/name")
        return DatabaseSettings(path=None, url=url)
    if scheme != "sqlite":
        raise ValueError("is neither sqlite:///FILE nor postgresql://user:password@host/name")
    path = url.removeprefix("sqlite:///")
    if path == url or not path:
        raise ValueError("names no file; write sqlite:///mailfiler.db, or sqlite:////var/lib/mailfiler.db")
    return DatabaseSettings(path=folder / unquote(path), url=None)


def _local_path(url: str, folder: Path) -> Path:
    if "://" not in url:
        return folder / url
    if not url.startswith("file:///"):
        raise ValueError(f"{url!r} is neither a folder nor file:///FOLDER")
    return Path(unquote(url.removeprefix("file://")))


def _check_keys_of_later_stages(reader: _Reader) -> None:
    """Mistakes in keys that nothing reads yet are reported all the same: the file is right or it is not."""
    get = reader.get
    get("MAIL_PROVIDER", values.one_of("postfix", "exim", "gmail", "m365", "fastmail", "icloud", "generic"))
    get("ENVELOPE_FROM_HEADER", values.header_name)
    get("AUTH_SOURCE", values.one_of("compute", "authres", "both"))
    get("AUTHRES_MTA_STAMPS_ALWAYS", values.boolean)
    get("UNAUTHENTICATED_OK", values.exceptions)
    for name in ("AUTH_DEFER_MAX_AGE", "AUTH_TIME_BUDGET", "DNS_TIMEOUT"):
        get(name, values.positive_duration)
    for name in ("RETAIN_SOURCES", "RETAIN_LEDGER"):
        get(name, values.retention)
    get("DKIM_MAX_SIGNATURES", values.integer(1, 100))
    get("DNS_QUERY_BUDGET", values.integer(1, 1000))
    security = get("SMTP_SECURITY", values.choice(Security))
    get("SMTP_PORT", values.port(25))
    _refuse_plain_abroad(reader, "SMTP_SECURITY", reader.text("SMTP_HOST"), security)
    for name in ("SMTP_PASSWORD", "OAUTH2_CLIENT_SECRET", "OAUTH2_REFRESH_TOKEN"):
        _secret(reader, name)
