"""A header and its trace -> how the message came here: each hop of ours, the border and why, the envelope sender."""

from __future__ import annotations

from poller.authentication.received import Hop, parse_received
from poller.authentication.trace import Trace
from poller.mail.message import Header
from poller.settings.model import AuthSettings
from poller.storage.documents import Document


def trace_document(header: Header, trace: Trace, auth: AuthSettings) -> Document:
    """Fields are counted from 1. `trusted_fields` is how many on top are believed."""
    received = [position for position, field in enumerate(header.fields) if field.name == "received"]
    hops = list(zip(received, trace.hops, strict=False))
    border = trace.border_position
    return {
        "fields": len(header.fields),
        "trusted_fields": trace.boundary,
        "border": None if border is None else border + 1,
        "border_why": _why_border(header, trace, auth, received),
        "hops": [_hop(position, hop) | {"why": _why_hop(hop, at_border=position == border)} for position, hop in hops],
        "mail_from": trace.mail_from,
        **_mail_from(header, trace, auth),
    }


def why_trusted(header: Header, trace: Trace, position: int) -> str:
    """Why a field is believed to be what our servers wrote, or why not."""
    if position >= trace.boundary:
        return "the sender's claim, as it stands below what our servers wrote"
    if trace.hops:
        return "our own servers' word"
    if any(field.name == "received" for field in header.fields):
        return "believed, as it stands above every Received"
    return "believed, as the message has no Received at all"


def field_label(header: Header, position: int) -> str:
    """The name of a field as it was written."""
    return header.fields[position].label.decode("ascii")


def _hop(position: int, hop: Hop) -> Document:
    return {
        "field": position + 1,
        "by": hop.by,
        "protocol": hop.protocol,
        "client": str(hop.client) if hop.client else None,
        "helo": hop.helo,
        "for": hop.recipient,
    }


def _why_hop(hop: Hop, *, at_border: bool) -> str:
    if at_border:
        return "the border, the first hop from outside, as its client is none of TRUSTED_RELAYS"
    if hop.local:
        return "within our own server"
    return (
        "from inside, as its client is one of TRUSTED_RELAYS" if hop.client else "it does not tell the client's address"
    )


def _why_border(header: Header, trace: Trace, auth: AuthSettings, received: list[int]) -> str:
    if trace.border:
        return "the first server of ours, from the top, that took the message from outside"
    if not received:
        return "the message has no Received field, as if no server ever took it"
    if trace.hops and trace.hops[-1].client is None and not trace.hops[-1].local:
        return f"{trace.hops[-1].by} is our server, and does not tell from which address it took the message"
    if trace.boundary == len(header.fields):
        return "every Received field tells of a hop within our own servers"
    return _why_foreign(trace.boundary, parse_received(header.fields[trace.boundary].value, auth.provider), auth)


def _why_foreign(position: int, hop: Hop, auth: AuthSettings) -> str:
    where = f"the Received in field {position + 1}"
    if hop.by is None:
        return f"{where} cannot be read beyond doubt as one that a server of MAIL_PROVIDER={auth.provider} wrote"
    if not auth.our_mta_names:
        return f"{where} was written by {hop.by}, and OUR_MTA_NAMES does not say which servers are ours"
    return f"{where} was written by {hop.by}, which OUR_MTA_NAMES does not name"


def _mail_from(header: Header, trace: Trace, auth: AuthSettings) -> Document:
    """Where the envelope sender was noted, or why it is not known."""
    name = auth.envelope_from_header
    if trace.border_position is None:
        return {"mail_from_field": None, "mail_from_why": "nothing is known of the envelope without a border"}
    noted = [position for position, field in enumerate(header.fields[: trace.border_position]) if field.name == name]
    if len(noted) != 1:
        there = f"{len(noted)} {name.title()} stand" if noted else f"no {name.title()} stands"
        why = f"{there} above the border, where one should"
        return {"mail_from_field": None, "mail_from_why": why}
    where = f"{field_label(header, noted[0])}, field {noted[0] + 1}"
    why = f"{where}, holds no address" if trace.mail_from is None else f"from {where}"
    return {"mail_from_field": noted[0] + 1, "mail_from_why": why}
