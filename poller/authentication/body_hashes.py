"""A message -> the digests of its body that its signatures ask for: all that is needed of the body to check them.

Whoever has the octets computes them, and whoever authenticates needs no more than the header. They are small, and can
be handed to another process.
"""

from __future__ import annotations

from collections.abc import Iterator

from poller.authentication import arc_sets, dkim
from poller.authentication.canonical import RELAXED, SIMPLE, body_hash
from poller.authentication.content import BodyHashes
from poller.authentication.signature import Refused, forms_of, read_tags
from poller.mail.message import Header, Octets
from poller.settings.model import AuthSettings, AuthSource


def body_hashes(header: Header, source: Octets, auth: AuthSettings) -> BodyHashes:
    """In place of `source` in a Submission: with these settings the same comes of it. Never raises."""
    return {form: body_hash(source, header.body_offset, form) for form in hashes_wanted(header, auth)}


def hashes_wanted(header: Header, auth: AuthSettings) -> frozenset[str]:
    """The canonicalizations of the body (c=) that a signature asks for which these settings may have looked at."""
    wanted: set[str] = set()
    for form in _asked_for(header, auth):
        wanted.add(form)
        if len(wanted) == len((SIMPLE, RELAXED)):
            break
    return frozenset(wanted)


def _asked_for(header: Header, auth: AuthSettings) -> Iterator[str]:
    names = {dkim.FIELD} if auth.source is not AuthSource.AUTHRES else set()
    names |= {arc_sets.SIGNATURE} if auth.arc_sealers else set()
    for field in header.fields:
        if field.name not in names:
            continue
        try:
            yield forms_of(read_tags(field.value)).body
        except Refused:  # and so will it be when the signature is looked at
            continue
