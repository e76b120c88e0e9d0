"""A domain -> the domain that somebody registered, by the public-suffix list. The only reader of that list."""

from __future__ import annotations

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=4096)
def registrable(domain: str) -> str | None:
    """`a.b.acme.co.uk` -> `acme.co.uk`, in A-labels; None for a public suffix (`co.uk`), a single label, or no domain.

    Suffixes of both sections count: those of registries and those below which companies give names to strangers
    (`github.io`). A top-level domain that the list does not have is a public suffix.
    """
    return _suffixes().privatesuffix(domain)


@cache
def _suffixes() -> PublicSuffixList:
    # Reading it takes a tenth of a second: only those pay for it who compare domains.
    return PublicSuffixList()
