"""A TXT record below `_dmarc` -> what the domain asks of those who judge alignment (RFC 9989, 4.7 and 4.8).

The policy for mail that fails (p=) is not read: here nothing is filed without evidence, whatever the domain asks for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

MAX_RECORD = 4096
"""Characters of a TXT record that may be a DMARC record."""

_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_BLANKS = " \t"


class Suffix(StrEnum):
    """The tag psd: whether the domain is a public suffix, an organizational domain, or whatever the others say."""

    YES = "y"
    NO = "n"
    UNSAID = "u"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a DMARC record asks for; `domain` is the one below whose `_dmarc` it stands."""

    domain: str
    suffix: Suffix
    strict_dkim: bool
    strict_spf: bool


def parse_record(domain: str, text: str) -> Record | None:
    """A TXT record below `_dmarc` -> what it asks for; None when it is no DMARC record (RFC 9989, 4.7 and 4.8).

    Tags that are unknown or wrong are passed over. Of a tag that stands twice the narrower value counts.
    """
    return _parsed(domain, text) if len(text) <= MAX_RECORD and _VERSION.match(text) else None


@lru_cache(maxsize=256)
def _parsed(domain: str, text: str) -> Record:
    pairs = (part.partition("=") for part in text.lower().split(";"))
    tags = {(name.strip(_BLANKS), value.strip(_BLANKS)) for name, _, value in pairs}
    return Record(
        domain=domain,
        suffix=next((suffix for suffix in (Suffix.NO, Suffix.YES) if ("psd", suffix) in tags), Suffix.UNSAID),
        strict_dkim=("adkim", "s") in tags,
        strict_spf=("aspf", "s") in tags,
    )
