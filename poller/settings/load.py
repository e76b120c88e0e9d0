"""Env file -> frozen Settings, or every mistake in it at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from poller.errors import ConfigurationError
from poller.mail.fields.address import key_of
from poller.settings import values
from poller.settings.authentication import auth_settings, dns_settings
from poller.settings.keys import DEFAULTS
from poller.settings.model import (
    DatabaseSettings,
    Folders,
    ImapSettings,
    NoticeSettings,
    OAuthSettings,
    OrganizationSettings,
    RoutingSettings,
    Security,
    Settings,
    Settle,
    UnknownProject,
)
from poller.settings.notices import notice_settings
from poller.settings.oauth import oauth_settings, wants_token
from poller.settings.organizations import organizations_of
from poller.settings.reader import Reader
from poller.settings.servers import refuse_plain_abroad, secret
from poller.settings.source import overridden, read_env_file, unusable


def wanted_log_format(path: Path, environment: Mapping[str, str] = os.environ) -> str:
    """As far as it can be learned from settings that may be full of mistakes: how to tell of those."""
    texts = read_env_file(path, DEFAULTS.keys(), []) if os.path.lexists(path) else {}
    wanted = overridden(texts, environment, []).get("LOG_FORMAT") or ""
    return "json" if wanted.strip().lower() == "json" else "text"


def load_settings(path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads the file, `organizations/*.env` beside it, and the environment, which overrides the file.

    Raises ConfigurationError with one sentence for each mistake. Relative paths start at the file's folder.
    """
    problems: list[str] = []
    is_there = os.path.lexists(path)
    if not is_there and not environment.get("FILING_ADDRESS"):
        raise ConfigurationError(f"{path}: no such file; copy settings.example.env to it and fill in what is required")
    texts = read_env_file(path, DEFAULTS.keys(), problems) if is_there else {}
    reader = Reader(path, overridden(texts, environment, problems), problems, environment.keys())
    settings = _settings(reader, organizations_of(reader, _folder(path)), _folder(path))
    if problems:
        raise ConfigurationError(*problems)
    return settings


def _folder(path: Path) -> Path:
    return Path(os.path.realpath(path)).parent


def _settings(reader: Reader, organizations: tuple[OrganizationSettings, ...], folder: Path) -> Settings:
    get = reader.get
    oauth = oauth_settings(reader)
    imap = _imap(reader, oauth)
    auth = auth_settings(reader)
    notices = notice_settings(reader, organizations[0], auth.our_mta_names, oauth)
    return Settings(
        integration_enabled=get("INTEGRATION_ENABLED", values.boolean),
        organizations=organizations,
        routing=_routing(reader, organizations, imap, notices),
        auth=auth,
        dns=dns_settings(reader),
        imap=imap,
        database=get("DATABASE_URL", lambda url: _database(url, folder)),
        files=get("FILES_URL", lambda url: _local_path(url, folder)),
        folders=_folders(reader),
        settle=get("SETTLE", values.choice(Settle)),
        start_policy=get("START_POLICY", values.start_policy),
        poll_interval=get("POLL_INTERVAL", values.positive_duration),
        batch_size=get("BATCH_SIZE", values.integer(1, 100)),
        workers=get("WORKERS", values.workers),
        unknown_project=get("UNKNOWN_PROJECT", values.choice(UnknownProject)),
        inherit_project=get("INHERIT_PROJECT", values.boolean),
        require_user_author=get("REQUIRE_USER_AUTHOR", values.boolean),
        match_author_contact=get("MATCH_AUTHOR_CONTACT", values.boolean),
        max_participants=get("MAX_PARTICIPANTS", values.integer(1, 100_000)),
        max_attachment_size=get("MAX_ATTACHMENT_SIZE", values.size),
        max_message_size=get("MAX_MESSAGE_SIZE", values.size),
        keep_source=get("KEEP_SOURCE", values.boolean),
        retain_sources=get("RETAIN_SOURCES", values.retention),
        retain_ledger=get("RETAIN_LEDGER", values.retention),
        notices=notices,
        metrics=get("METRICS_LISTEN", values.loopback),
        log_format=get("LOG_FORMAT", values.one_of("text", "json")),
        log_level=get("LOG_LEVEL", values.one_of("debug", "info", "warning", "error")),
    )


def _routing(
    reader: Reader, organizations: tuple[OrganizationSettings, ...], imap: ImapSettings, notices: NoticeSettings
) -> RoutingSettings:
    login = imap.username or ""
    return RoutingSettings(
        organizations=organizations,
        recipient_headers=reader.get("RECIPIENT_HEADERS", values.header_names),
        dedicated_domain=reader.get("DEDICATED_DOMAIN", values.boolean),
        mailbox_login=key_of(login) or login.lower(),
        notice_addresses=tuple(one for one in (notices.author, notices.envelope_from) if one),
    )


def _imap(reader: Reader, oauth: OAuthSettings | None) -> ImapSettings:
    host = reader.get("IMAP_HOST", values.required_host)
    security = reader.get("IMAP_SECURITY", values.choice(Security))
    refuse_plain_abroad(reader, "IMAP_SECURITY", host, security)
    by_token = wants_token(reader)
    return ImapSettings(
        host=host,
        port=reader.get("IMAP_PORT", values.port(993 if security is Security.TLS else 143)),
        security=security,
        username=reader.get("IMAP_USERNAME", values.required),
        password=secret(reader, "IMAP_PASSWORD", values.text if by_token else values.required),
        folder=reader.get("IMAP_FOLDER", values.folder),
        oauth=oauth if by_token else None,
    )


def _folders(reader: Reader) -> Folders:
    names = {kind: reader.get(f"FOLDER_{kind.upper()}", values.required) for kind in Folders.__dataclass_fields__}
    inbox = reader.text("IMAP_FOLDER")
    for kind, name in names.items():
        if name and (name == inbox or name.upper() == inbox.upper() == "INBOX"):
            reader.refuse(f"FOLDER_{kind.upper()}", "is the folder that mail arrives in; name another one")
    return Folders(**names)


def _database(url: str, folder: Path) -> DatabaseSettings:
    """No message repeats any of it: there may be a password in it."""
    scheme, _, rest = url.partition("://")
    if scheme in {"postgresql", "postgres"}:
        if not rest.partition("?")[0].partition("/")[2]:
            raise ValueError("names no database; write postgresql://user:password@host/name")
        return DatabaseSettings(path=None, url=url)
    if scheme != "sqlite":
        raise ValueError("is neither sqlite:///FILE nor postgresql://user:password@host/name")
    if not rest.removeprefix("/") or not rest.startswith("/"):
        raise ValueError("names no file; write sqlite:///mailfiler.db, or sqlite:////var/lib/mailfiler.db")
    return DatabaseSettings(path=folder / _unquoted(rest[1:]), url=None)


def _local_path(url: str, folder: Path) -> Path:
    if "://" not in url:
        return folder / url
    if not url.startswith("file:///"):
        raise ValueError("is neither a folder nor file:///FOLDER")
    return Path(_unquoted(url.removeprefix("file://")))


def _unquoted(path: str) -> str:
    text = unquote(path)
    if unusable(text):
        raise ValueError("has a control character, or octets that are not UTF-8, in its path")
    return text
