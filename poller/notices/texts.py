"""Files of texts -> Texts: what notices say, in each language; a company's own files take the place of ours.

A file is named after its reason, and holds "Subject: …", a blank line and the body, with placeholders such as
$address. phrases.txt holds what depends on the case: "key: text" on a line each.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from poller.errors import ConfigurationError
from poller.filing.reasons import Reason

LANGUAGES = ("en", "fi")
PHRASES = "phrases"

_OF_THE_MESSAGE = {"arrived", "limit", "size", "subject"}
_OF_THE_ADDRESS = {"address", "domain", "number"}
_OF_THE_ORGANIZATION = {"example", "example_plus", "filing_address", "instead", "suggested", "suggested_address"}

FACTS = frozenset(_OF_THE_MESSAGE | _OF_THE_ADDRESS | _OF_THE_ORGANIZATION)
"""The placeholders that phrases may have."""

PLACEHOLDERS = FACTS | {"advice", "headline", "outcome", "problem", "suggestion", "summary"}
"""The placeholders that the text of a notice may have; those beyond FACTS are phrases."""

_NAMES = frozenset(reason.slug for reason in Reason if reason.status) | {PHRASES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    subject: Template
    body: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One language: a text by the reason's slug, a phrase by its key."""

    texts: Mapping[str, Text]
    phrases: Mapping[str, Template]


Texts = Mapping[str, Wording]
"""By language."""


def load_texts(folder: Path | None) -> Texts:
    """Our texts, with those of the folder in their place.

    ConfigurationError says in one sentence what is wrong with the first file that cannot be used.
    """
    ours = files("poller.notices") / "templates"
    own = dict(_own_files(folder)) if folder else {}
    return {language: _wording(language, ours / language, own) for language in LANGUAGES}


def _wording(language: str, ours: Traversable, own: Mapping[str, Path]) -> Wording:
    texts = {}
    for name in sorted(_NAMES - {PHRASES}):
        key = f"{language}/{name}.txt"
        texts[name] = _text(key, _read(key, own.get(key, ours / f"{name}.txt")))
    key = f"{language}/{PHRASES}.txt"
    phrases = _phrases(key, _read(key, ours / f"{PHRASES}.txt"))
    changed = _phrases(key, _read(key, own[key])) if key in own else {}
    if unknown := sorted(changed.keys() - phrases.keys()):
        raise _wrong(key, f"{unknown[0]} is no key of a phrase")
    return Wording(texts=texts, phrases={**phrases, **changed})


def _own_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files by their names below the folder. One that is misspelt would change nothing, and nobody would know."""
    known = {f"{language}/{name}.txt" for language in LANGUAGES for name in _NAMES}
    for path in sorted(folder.rglob("*.txt")):
        key = path.relative_to(folder).as_posix()
        if key not in known:
            raise _wrong(key, f"no notice is called so; there are {', '.join(sorted(known))}")
        yield key, path


def _read(key: str, file: Traversable) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong(key, "the file is not UTF-8") from None
    except OSError as error:
        raise _wrong(key, f"the file cannot be read: {error.strerror}") from error


def _text(key: str, content: str) -> Text:
    subject, _, body = content.partition("\n\n")
    if not re.fullmatch(r"Subject: *\S[^\n]*", subject):
        raise _wrong(key, 'it must begin with "Subject: …" and a blank line')
    if not body.strip():
        raise _wrong(key, "there is nothing below its subject")
    return Text(
        subject=_template(key, subject.partition(":")[2].strip(), PLACEHOLDERS),
        body=_template(key, body.strip("\n"), PLACEHOLDERS),
    )


def _phrases(key: str, content: str) -> dict[str, Template]:
    phrases = {}
    for line in filter(str.strip, content.splitlines()):
        name, colon, text = line.partition(":")
        if not colon or not text.strip():
            raise _wrong(key, f"the line {line[:40]!r} is not of the form key: text")
        phrases[name.strip()] = _template(key, text.strip(), FACTS)
    return phrases


def _template(key: str, text: str, allowed: Collection[str]) -> Template:
    template = Template(text)
    if not template.is_valid():
        raise _wrong(key, "a dollar sign stands for itself only when it is doubled: $$")
    if unknown := sorted(set(template.get_identifiers()) - set(allowed)):
        there_are = ", ".join(f"${one}" for one in sorted(allowed))
        raise _wrong(key, f"${unknown[0]} is no placeholder; there are {there_are}")
    return template


def _wrong(key: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"NOTICE_TEMPLATES: {key}: {why}")
