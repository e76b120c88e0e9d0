"""Env files and the process environment -> the text of each key, with what is wrong in the files themselves.

Nothing that may be a password is repeated: of a line that cannot be understood only its number is told.
"""

from __future__ import annotations

import difflib
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Collection, Mapping
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from poller.settings.keys import DEFAULTS

_SECRET_LIMIT = 64 * 1024  # characters: whatever is longer is not a password but the wrong file
_KEY = re.compile(r"[A-Z][A-Z0-9_]{0,40}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

Texts = dict[str, str | None]
"""The text of each key that is set; None where it cannot be used and that has been reported."""


def read_env_file(path: Path, known: Collection[str], problems: list[str]) -> Texts:
    """The file's keys and values, taken literally; what cannot be understood is added to `problems`, one line each."""
    try:
        octets = path.read_bytes()
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror})")
        return dict.fromkeys(known)
    if octets.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        problems.append(f"{path}: is UTF-16; save it as UTF-8")
        return dict.fromkeys(known)
    texts: Texts = {}
    # Line by line: a quote that is left open takes in no other line.
    for number, line in enumerate(re.split(r"\r\n|\r|\n", octets.decode("utf-8-sig", "surrogateescape")), start=1):
        for binding in parse_stream(io.StringIO(line)):
            problem = _take(binding, line, known, texts)
            if problem:
                problems.append(f"{path}, line {number}: {problem}")
    return texts


def _take(binding: Binding, line: str, known: Collection[str], texts: Texts) -> str | None:
    """Adds what the line sets to `texts` -> what is wrong with it."""
    if binding.error or (binding.key is not None and binding.value is None):
        key = re.split(r"[\s=]", line.strip().removeprefix("export "), maxsplit=1)[0]
        if key not in known:
            return "is not of the form KEY=value"
        texts.setdefault(key, None)
        return f"{key} is not of the form KEY=value, or a quote is left open"
    if binding.key is None or binding.value is None:
        return None
    if binding.key not in known:
        return _unknown(binding.key, known)
    if binding.key in texts:
        return f"{binding.key} is set twice; keep one"
    problem = unusable(binding.value)
    texts[binding.key] = None if problem else binding.value
    return f"{binding.key} {problem}" if problem else None


def _unknown(key: str, known: Collection[str]) -> str:
    if key in DEFAULTS:
        return f"{key} is not a setting of this file: it belongs in the main settings file"
    capitals = key[:41].upper()
    alike = difflib.get_close_matches(capitals, known, n=1)
    nearest = alike or difflib.get_close_matches(capitals, known, n=1, cutoff=0.0)
    # What does not look like a key may be the rest of a password.
    named = key if _KEY.fullmatch(key) or (alike and _KEY.fullmatch(key.upper())) else "what stands before = "
    return f"{named.strip()} is not a setting; the nearest is {nearest[0]}"


def unusable(text: str) -> str | None:
    """Why no setting can have this text, in words that fit behind its key."""
    if _SURROGATE.search(text):
        return "is not UTF-8; write it in UTF-8"
    return "has a line break or control character in its value" if _CONTROL.search(text) else None


def overridden(texts: Mapping[str, str | None], environment: Mapping[str, str], problems: list[str]) -> Texts:
    """What the file says, with the keys that the environment has instead of the file's."""
    found = dict(texts)
    for name in (name for name in DEFAULTS if name in environment):
        problem = unusable(environment[name])
        if problem:
            problems.append(f"environment: {name} {problem}")
        found[name] = None if problem else environment[name]
        other = name.removesuffix("_FILE") if name.endswith("_FILE") else f"{name}_FILE"
        if environment[name].strip() and other not in environment:
            found.pop(other, None)  # a password of the environment replaces the file's, however that one is given
    return found


def read_secret(path: Path) -> str:
    """The first line of a file. Raises ValueError with words that fit behind the key's name, and without the file's.

    Somebody will write the password where its file should be named.
    """
    try:
        with path.open(encoding="utf-8-sig") as stream:
            secret = stream.read(_SECRET_LIMIT).partition("\n")[0].rstrip("\r")
    except OSError as error:
        raise ValueError(f"names a file that cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ValueError("names a file that is not UTF-8") from None
    if not secret.strip():
        raise ValueError("names a file whose first line is empty")
    return secret
