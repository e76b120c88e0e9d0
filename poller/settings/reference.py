"""The table of keys -> what docs/settings.md and README.md say of settings, each between two marks.

`python -m poller.settings.reference` writes both anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from poller.settings.keys import ORGANIZATION_NAMES, TOPICS, Key

START = "<!-- settings: python -m poller.settings.reference writes what follows -->\n"
END = "<!-- end of settings -->\n"
ROOT = Path(__file__).parents[2]

EXAMPLES = {
    "FILING_ADDRESS": "mycompany@in.example.com",
    "ACTIVITY_TYPE": "E-mail",
    "ACTIVITY_STATUS": "done",
    "RETIRED_ADDRESSES": "oldname@in.example.com mycompany@in.old.example",
    "NOTICE_LANGUAGE": "fi",
    "IMAP_HOST": "imap.example.com",
    "IMAP_USERNAME": "catchall@in.example.com",
    "IMAP_PASSWORD": '"two words # and a sign"',
    "IMAP_PASSWORD_FILE": "/etc/mailfiler/imap-password",
    "IMAP_FOLDER": "INBOX/Filing",
    "START_POLICY": "since:2026-01-31",
    "FOLDER_QUARANTINE": "Karanteeni",
    "POLL_INTERVAL": "5m",
    "WORKERS": "1",
    "RECIPIENT_HEADERS": "X-Original-To Delivered-To",
    "DATABASE_URL": "postgresql://mailfiler:password@host/mailfiler?sslmode=verify-full",
    "FILES_URL": "/var/lib/mailfiler/files",
    "MAX_ATTACHMENT_SIZE": "25M",
    "RETAIN_SOURCES": "90d",
    "RETAIN_LEDGER": "730d",
    "SMTP_HOST": "mx.example.com",
    "NOTICE_FROM": "mailer-daemon@in.example.com",
    "NOTICE_ENVELOPE_FROM": "bounces@in.example.com",
    "NOTICE_TEMPLATES": "/etc/mailfiler/notices",
    "ADMIN_ADDRESS": "it@example.com",
    "MAIL_PROVIDER": "postfix",
    "OUR_MTA_NAMES": "mx.example.com .filters.example.com",
    "ENVELOPE_FROM_HEADER": "X-Envelope-From",
    "TRUSTED_AUTHSERV_ID": "mx.example.com",
    "TRUSTED_RELAYS": "127.0.0.1 ::1 192.0.2.0/28",
    "TRUSTED_ARC_SEALERS": "lists.example.org",
    "REQUIRE_DKIM_DOMAINS": "example.com bank.example",
    "UNAUTHENTICATED_OK": "example.com@192.0.2.7 example.com@2001:db8::/64",
    "AUTH_DEFER_MAX_AGE": "24h",
    "DNS_SERVERS": "127.0.0.1:5353 [2001:db8::1]:5353",
    "OAUTH2_TOKEN_URL": "https://oauth2.googleapis.com/token",
    "OAUTH2_SCOPE": "https://outlook.office365.com/.default",
    "METRICS_LISTEN": "127.0.0.1:9464",
}


def render_sections() -> str:
    """A chapter for each topic, a section for each key: what docs/settings.md has."""
    chapters = []
    for topic, keys in TOPICS.items():
        chapters += [f"\n## {topic}\n", *map(_section, keys)]
    return "".join(chapters)


def render_tables() -> str:
    """A table for each topic, a line for each key: what README.md has."""
    tables = []
    for topic, keys in TOPICS.items():
        tables.append(f"\n**{topic}**\n\n| key | default | decides |\n|---|---|---|\n")
        tables += [f"| `{key.name}` | {_code(key.default)} | {_first_sentence(key.help)} |\n" for key in keys]
    return "".join(tables)


FILES: dict[str, Callable[[], str]] = {"docs/settings.md": render_sections, "README.md": render_tables}


def renewed(text: str, part: str) -> str:
    """The text of a file, with `part` between its two marks."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    return f"{before}{start}{part}\n{end}{after}"


def _section(key: Key) -> str:
    facts = [f"Default: {_code(key.default)}."] if key.default else []
    facts += [f"Example: `{key.name}={EXAMPLES[key.name]}`."] if key.name in EXAMPLES else []
    facts += ["Each organization has its own."] if key.name in ORGANIZATION_NAMES else []
    told = f"\n\n{' '.join(facts)}" if facts else ""
    return f"\n### `{key.name}`\n\n{key.help}{told}\n"


def _first_sentence(text: str) -> str:
    """Of what a key decides. That it is required is no sentence of its own."""
    found = re.match(r"(?:Required\.\s)?.*?\.(?=\s[A-Z]|$)", text)
    return found[0] if found else text


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


if __name__ == "__main__":
    for name, render in FILES.items():
        path = ROOT / name
        path.write_text(renewed(path.read_text(encoding="utf-8"), render()), encoding="utf-8")
