"""Env files and the process environment -> the text of each key, with what is wrong in the files themselves."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from poller.settings.keys import DEFAULTS

_SECRET_LIMIT = 64 * 1024  # characters: whatever is longer is not a password but the wrong file


def read_env_file(path: Path, known: Collection[str], problems: list[str]) -> dict[str, str]:
    """The file's keys and values, taken literally; what cannot be understood is added to `problems`, one line each."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            bindings = list(parse_stream(stream))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: cannot be read ({_why(error)})")
        return {}
    values: dict[str, str] = {}
    for binding in bindings:
        problem = _problem_of(binding, known, values)
        if problem:
            problems.append(f"{path}, line {binding.original.line}: {problem}")
        elif binding.key is not None:
            values[binding.key] = binding.value or ""
    return values


def _problem_of(binding: Binding, known: Collection[str], values: Mapping[str, str]) -> str | None:
    if binding.error:
        # Not quoted: the line may hold a password.
        return "is not of the form KEY=value (is a quote left open?)"
    if binding.key is None:
        return None
    if binding.key not in known:
        return f"{binding.key} is not a setting{_nearest(binding.key, known)}"
    if binding.value is None:
        return f"{binding.key} has no =value"
    return f"{binding.key} is set twice" if binding.key in values else None


def _nearest(key: str, known: Collection[str]) -> str:
    if key in DEFAULTS:
        return " of this file: it belongs in the main settings file"
    near = difflib.get_close_matches(key.upper(), known, n=1, cutoff=0.0)
    return f"; the nearest is {near[0]}" if near else ""


def read_secret(path: Path) -> str:
    """The first line of a file. Raises ValueError with words that fit behind the key's name."""
    try:
        with path.open(encoding="utf-8") as stream:
            secret = stream.read(_SECRET_LIMIT).partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"names {path}, which cannot be read ({_why(error)})") from None
    if not secret:
        raise ValueError(f"names {path}, whose first line is empty")
    return secret


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "unknown error" if isinstance(error, OSError) else "it is not UTF-8"
