"""Header -> how far down it may be believed: whatever lies below our border server is the sender's claim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from poller.authentication.received import Hop, parse_received
from poller.mail.header import unfolded
from poller.mail.message import Header
from poller.settings.model import AuthSettings

_ATOMS = r"[^\x00-\x20\x7f-\x9f()<>\[\]:;@\\,\"]++"
_QUOTED = r'"(?:[^\x00-\x1f\x7f-\x9f"\\]++|\\[ -~])*"'
_PATH = rf"(?:{_ATOMS}|{_QUOTED})@(?:{_ATOMS}|\[[0-9A-Za-z.:]++\])"
_RETURN_PATH = re.compile(rf"<(?P<angle>(?:{_PATH})?)>|(?P<bare>{_PATH})")


class Trace(NamedTuple):
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
        hop = parse_received(field.value, auth.provider)
        if not _is_ours(hop, auth):
            return Trace(boundary=position, hops=tuple(hops))
        hops.append(hop)
        if not _is_internal(hop, auth):
            return _ending_at(position, hops, header, auth)
    return Trace(boundary=len(header.fields), hops=tuple(hops))


def _ending_at(position: int, hops: list[Hop], header: Header, auth: AuthSettings) -> Trace:
    """Only a hop that saw the client's address is a border; of any other nobody knows where it took the mail from."""
    if hops[-1].client is None:
        return Trace(boundary=position + 1, hops=tuple(hops))
    return Trace(
        boundary=position + 1,
        hops=tuple(hops),
        border=hops[-1],
        border_position=position,
        mail_from=_mail_from(header, position, auth),
    )


def is_named(host: str, names: Sequence[str]) -> bool:
    """Whether it is one of the names that were set, or ends with one that starts with a dot."""
    return any(host == name or (name.startswith(".") and host.endswith(name)) for name in names)


def _is_ours(hop: Hop, auth: AuthSettings) -> bool:
    return hop.own or is_named(hop.by or "", auth.our_mta_names)


def _is_internal(hop: Hop, auth: AuthSettings) -> bool:
    """Taken from ourselves. A hop that does not name its client is taken from outside."""
    return hop.local or (hop.client is not None and any(hop.client in network for network in auth.trusted_relays))


def _mail_from(header: Header, border: int, auth: AuthSettings) -> str | None:
    """What our server noted of the envelope above its own Received. Of two fields one may be the sender's: neither."""
    noted = [field.value for field in header.fields[:border] if field.name == auth.envelope_from_header]
    if len(noted) != 1:
        return None
    try:
        text = unfolded(noted[0]).decode().strip(" \t")
    except UnicodeDecodeError:
        return None
    if not text and auth.envelope_from_header != "return-path":
        return ""  # a header of the server's own, without brackets: Fastmail's X-Mail-from
    found = _RETURN_PATH.fullmatch(text)
    return (found["angle"] or found["bare"] or "") if found else None
