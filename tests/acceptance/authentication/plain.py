"""What plain dkimpy and plain pyspf say of a case, fed with its zone: proof that the case is what it claims to be."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING
from unittest.mock import patch

import dkim
import spf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.acceptance.authentication.case import Case

Records = dict[str, list[str]]
FAILURES = (dkim.DKIMException, binascii.Error, ValueError, IndexError, KeyError, AssertionError, UnicodeError)


def looked_up(records: Mapping[str, Sequence[str]], name: str, kind: str) -> Sequence[str]:
    """The answer of the zone, aliases followed."""
    lowered = {key.lower(): texts for key, texts in records.items()}
    name = name.lower().rstrip(".")
    for _ in range(5):
        if found := lowered.get(f"{name} {kind.lower()}"):
            return found
        if not (alias := lowered.get(f"{name} cname")):
            return ()
        name = alias[0].lower()
    return ()


def dkim_results(source: bytes, records: Records) -> list[bool]:
    """For each signature, top first, whether it verifies."""

    def txt(name: bytes, timeout: int = 5) -> bytes:
        return next(iter(looked_up(records, name.decode("latin-1"), "TXT")), "").encode()

    def verified(index: int) -> bool:
        try:
            return bool(dkim.DKIM(source).verify(idx=index, dnsfunc=txt))
        except FAILURES:
            return False

    try:
        count = sum(name.lower() == b"dkim-signature" for name, _ in dkim.DKIM(source).headers)
    except FAILURES:
        return []
    return [verified(index) for index in range(count)]


def arc_result(source: bytes, records: Records) -> str:
    def txt(name: bytes, timeout: int = 5) -> bytes:
        return next(iter(looked_up(records, name.decode("latin-1"), "TXT")), "").encode()

    return str((dkim.arc_verify(source, dnsfunc=txt)[0] or b"none").decode())


def spf_result(case: Case) -> str:
    """Of MAIL FROM, or of HELO where the sender is null."""

    def answers(name: str, kind: str, strict: bool = True, timeout: int = 20) -> list[tuple[tuple[str, str], object]]:
        return [((name, kind), shaped(kind, text)) for text in looked_up(case.records, name, kind)]

    with patch.object(spf, "DNSLookup", answers):
        return str(spf.check2(case.mail.ip, case.mail.mail_from or "", case.mail.helo, querytime=20)[0])


def shaped(kind: str, text: str) -> object:
    if kind == "TXT":
        return (text.encode(),)
    if kind == "MX":
        preference, _, host = text.partition(" ")
        return int(preference), host
    return text
