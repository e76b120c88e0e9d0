"""The files that an administrator wrote, and which of them hold secrets: for whoever looks at who may read them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from poller.settings.keys import DEFAULTS
from poller.settings.organizations import organization_files
from poller.settings.source import overridden, read_env_file

_SECRETS = tuple(name.removesuffix("_FILE") for name in DEFAULTS if name.endswith("_FILE"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """`key` names the setting that leads to it, "" for a settings file itself."""

    path: Path
    key: str
    secret: bool


def written_files(path: Path, environment: Mapping[str, str] = os.environ) -> list[WrittenFile]:
    """The settings file, `organizations/*.env` beside it, and the files of secrets that they name, if they are there.

    The settings were loaded before, so nothing in them is wrong.
    """
    folder = Path(os.path.realpath(path)).parent
    texts = read_env_file(path, DEFAULTS.keys(), []) if path.exists() else {}
    files = [WrittenFile(path=path, key="", secret=any(_is_secret(*one) for one in texts.items()))]
    files += [WrittenFile(path=one, key="", secret=False) for one in organization_files(folder, [])]
    for key, value in sorted(overridden(texts, environment, []).items()):
        if value and key.endswith("_FILE") and key.removesuffix("_FILE") in _SECRETS:
            files.append(WrittenFile(path=folder / value, key=key, secret=True))
    return [file for file in files if file.path.exists()]


def _is_secret(key: str, value: str | None) -> bool:
    """A password by itself, or within a URL."""
    return bool(value) and (key in _SECRETS or (key == "DATABASE_URL" and bool(urlsplit(value or "").password)))
