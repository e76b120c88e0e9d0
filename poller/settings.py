"""Env file -> frozen Settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path


class Security(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


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
