"""Header -> how far down it may be believed: whatever lies below our border server is the sender's claim."""

from __future__ import annotations

from dataclasses import dataclass

from poller.authentication.received import Hop, parse_received
from poller.mail.message import Header
from poller.settings.model import AuthSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """`boundary` is the position of the first field that is not trusted; `hops` are our own, top first.

    `border` is the one of them that took the mail from outside and saw the client, `border_position` its place in the
    header; None where there is none, and then nothing is known of the envelope. `mail_from` is the envelope sender
    without brackets, "" for the null sender (RFC 5321, 4.5.5), None where it is not known beyond doubt.
    """

    boundary: int
    hops: tuple[Hop, ...]
    border: Hop | None = None
    border_position: int | None = None
    mail_from: str | None = None


def read_trace(header: Header, auth: AuthSettings) -> Trace:
    """Walks the Received fields from the top. Ours are believed, down to the one that took the mail from outside.

    Without a Received field everything is trusted; without OUR_MTA_NAMES what stands above the first one.
    """
    hops: list[Hop] = []
    for position, field in enumerate(header.fields):
        if field.name != "received":
            continue
        hop = parse_received(field.value)
        if not _is_ours(hop, auth):
            return Trace(boundary=position, hops=tuple(hops))
        hops.append(hop)
        if not _is_internal(hop, auth):
            return Trace(boundary=position + 1, hops=tuple(hops))
    return Trace(boundary=len(header.fields), hops=tuple(hops))


def _is_ours(hop: Hop, auth: AuthSettings) -> bool:
    """A name of OUR_MTA_NAMES, or below one that starts with a dot."""
    by = hop.by or ""
    return any(by == name or (name.startswith(".") and by.endswith(name)) for name in auth.our_mta_names)


def _is_internal(hop: Hop, auth: AuthSettings) -> bool:
    """Taken from ourselves. A hop that cannot be read is taken from outside."""
    if hop.local or (hop.protocol or "").startswith(("LMTP", "UTF8LMTP")):
        return True
    return hop.client is not None and any(
        hop.client.version == network.version and hop.client in network for network in auth.trusted_relays
    )
