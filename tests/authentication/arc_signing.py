"""ARC chains for tests, made anew in every run by dkimpy's parts, the odd ones that no forwarder makes included."""

from __future__ import annotations

from collections.abc import Sequence

from tests.authentication.signing import Key, sign

DEFAULT_COVERED = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
RESULTS, SIGNATURE, SEAL = "ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"


def add_set(  # the many ways in which one may be odd
    message: bytes,
    key: Key,
    instance: int,
    *,
    domain: str = "fwd.fi",
    selector: str = "arc",
    results: str = "fwd.fi; dkim=pass header.d=acme.fi header.s=s1",
    cv: str | None = None,
    covered: Sequence[str] | None = None,
    signature_domain: str | None = None,
    signature_tags: str = "",
    seal_tags: str = "",
    sealed: Sequence[str] | None = None,
    canon: str = "relaxed/relaxed",
    length: int | None = None,
) -> bytes:
    """The message with a set on top: results, then a signature of the message, then a seal over all sets.

    `sealed` are the fields that the seal covers, lowest first, as `RESULTS` and so on for each instance.
    """
    message = f"{RESULTS}: i={instance}; {results}\r\n".encode() + message
    message = sign(
        message,
        key,
        domain=signature_domain or domain,
        selector=selector,
        headers=covered,
        canon=canon,
        tags=f"i={instance}; {signature_tags}",
        drop=("v",),
        length=length,
        name=SIGNATURE,
    )
    order = [RESULTS, SIGNATURE, SEAL] * instance if sealed is None else [*sealed, SEAL]
    status = cv if cv is not None else "none" if instance == 1 else "pass"
    return seal(
        message, key, order[:-1], domain=domain, selector=selector, tags=f"i={instance}; cv={status}; {seal_tags}"
    )


def seal(message: bytes, key: Key, order: Sequence[str], *, domain: str, selector: str, tags: str) -> bytes:
    """A signature without h=, bh= and c= over those fields, of the same name the lowest first."""
    return sign(
        message,
        key,
        domain=domain,
        selector=selector,
        headers=order,
        tags=tags,
        drop=("v", "c", "bh") if "h=" in tags else ("v", "c", "h", "bh"),
        name=SEAL,
    )


def chain(message: bytes, hops: Sequence[tuple[str, Key]], results: Sequence[str] = ()) -> bytes:
    """A set of each of these (domain, key), the first at the bottom."""
    for instance, (domain, key) in enumerate(hops, 1):
        said = {"results": results[instance - 1]} if len(results) >= instance else {}
        message = add_set(message, key, instance, domain=domain, **said)
    return message
