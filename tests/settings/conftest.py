"""A settings file in a folder of its own, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from poller.errors import ConfigurationError
from poller.settings import Settings, load_settings

ESSENTIAL = {
    "FILING_ADDRESS": "mycompany@in.example.com",
    "ACTIVITY_TYPE": "E-mail",
    "ACTIVITY_STATUS": "Done",
    "IMAP_HOST": "imap.example.com",
    "IMAP_USERNAME": "catchall",
    "IMAP_PASSWORD": "hunter2",
}

Load = Callable[..., Settings]
Refused = Callable[..., list[str]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a file with the essential keys, changed by `more`, or with exactly the octets of `raw`."""

    def load(
        more: Mapping[str, str] | None = None, *, raw: bytes | None = None, environment: Mapping[str, str] | None = None
    ) -> Settings:
        path = tmp_path / "settings.env"
        lines = "".join(f"{key}={value}\n" for key, value in (ESSENTIAL | dict(more or {})).items())
        path.write_bytes(lines.encode() if raw is None else raw)
        return load_settings(path, environment or {})

    return load


@pytest.fixture
def refused(load: Load, tmp_path: Path) -> Refused:
    """The problems of a file that must not load, with the path of its folder left out."""

    def refused(*args, **options) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            load(*args, **options)
        return [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems]

    return refused
