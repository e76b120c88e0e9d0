"""The keys of notices -> whether and how a sender is told of a refusal."""

from __future__ import annotations

import os
from pathlib import Path

from poller.settings import values
from poller.settings.model import (
    NoticeSettings,
    OAuthSettings,
    OrganizationSettings,
    RejectAction,
    Security,
    SmtpSettings,
)
from poller.settings.reader import Reader
from poller.settings.servers import refuse_plain_abroad, secret


def notice_settings(
    reader: Reader, first: OrganizationSettings, our_mta_names: tuple[str, ...], oauth: OAuthSettings | None
) -> NoticeSettings:
    """The defaults come from the first organization's domain: a postmaster who reads nothing, but is an address."""
    get = reader.get
    domain = first.filing_address.domain if first.filing_address else ""
    host = next((name for name in our_mta_names or () if not name.startswith(".")), domain)
    return NoticeSettings(
        smtp=_smtp(reader, oauth),
        reject_action=get("REJECT_ACTION", values.choice(RejectAction)),
        notify_no_user=get("NOTIFY_NO_USER", values.boolean),
        author=get("NOTICE_FROM", values.optional_address) or f"mailer-daemon@{domain}",
        envelope_from=get("NOTICE_ENVELOPE_FROM", values.optional_address),
        templates=get("NOTICE_TEMPLATES", lambda text: _folder(reader.path, text) if text else None),
        admin_address=get("ADMIN_ADDRESS", values.optional_address),
        hostname=host,
    )


def _smtp(reader: Reader, oauth: OAuthSettings | None) -> SmtpSettings:
    host = reader.get("SMTP_HOST", values.host)
    security = reader.get("SMTP_SECURITY", values.choice(Security))
    refuse_plain_abroad(reader, "SMTP_SECURITY", host, security)
    password = secret(reader, "SMTP_PASSWORD")
    username = reader.text("SMTP_USERNAME")
    usual = {Security.TLS: 465, Security.STARTTLS: 587}.get(security, 25)
    return SmtpSettings(
        host=host,
        port=reader.get("SMTP_PORT", values.port(usual)),
        security=security,
        username=username,
        password=password,
        oauth=oauth if username and not password else None,
    )


def _folder(settings_file: Path, text: str) -> Path:
    folder = Path(os.path.realpath(settings_file)).parent / text
    if not os.path.isdir(folder):  # noqa: PTH112 - false, too, where the name is longer than names may be
        raise ValueError(f"{text} is not a folder")
    return folder
