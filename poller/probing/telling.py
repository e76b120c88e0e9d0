"""A read copy of the probe -> lines for the administrator about the way that mail takes to the mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from poller.authentication.findings import Result
from poller.checking.finding import Finding, doubtful, good
from poller.explaining.journey import field_label, trace_document
from poller.filing.reasons import Reason
from poller.mail.fields.identifiers import parse_date
from poller.probing.letter import Probe
from poller.probing.reading import Reading, Stamp
from poller.settings.model import WITHOUT_ID, AuthSettings, AuthSource

_BY_HAND = "mailfiler check --probe=manual, from your own mail program, shows what mail from outside looks like"
_OTHER = "--probe-from ADDRESS tries another sender"
_SKEW = timedelta(seconds=30)


def tell_way(reading: Reading) -> Iterator[Finding]:
    """The border hop, and where the envelope sender is noted."""
    way = reading.way
    told = trace_document(reading.header, way.nearest, way.auth)
    border = way.nearest.border
    if border is None:
        remedy = _BY_HAND if way.trace.hops else "OUR_MTA_NAMES=…: without it SPF proves nothing"
        yield doubtful("border", f"not found: {told['border_why']}", remedy)
        return
    how = "" if way.trace == reading.look.screened.trace else ", as the settings below read it"
    where_it_is = f"Received, field {told['border']}: {border.by} took it from {border.client}{how}"
    if way.inside:
        yield doubtful("border", f"{where_it_is}, one of TRUSTED_RELAYS: the probe never was outside", _BY_HAND)
    else:
        yield good("border", where_it_is)
    if way.nearest.mail_from:
        yield good("envelope", f"the sender {way.nearest.mail_from} is known, {told['mail_from_why']}")
    else:
        remedy = "let one server alone write Return-Path, on delivery; or ENVELOPE_FROM_HEADER=…"
        yield doubtful("envelope", f"the sender is not known: {told['mail_from_why']}", remedy)


def tell_proof(reading: Reading, now: AuthSettings) -> Iterator[Finding]:
    """SPF, each signature, and what filing would say of the author."""
    if not reading.authentication:
        return
    spf = reading.authentication.findings.spf
    if spf and spf.result is Result.PASS:
        yield good("SPF", f"pass: {spf.why}")
    elif spf and (border := reading.way.trace.border):
        remedy = f"name {border.client} in the SPF record of the domain; a filter of your own, in TRUSTED_RELAYS"
        yield doubtful("SPF", f"{spf.result}: {spf.why}", remedy)
    yield from _signatures(reading)
    author = reading.authentication.findings.author_domain
    if not reading.authentication.unverified:
        how = "" if reading.auth == now else ", with the settings below"
        yield good("proof", f"{reading.authentication.why}: mail of {author} by this way is believed{how}")
    elif reading.way.trace.border is None and reading.way.trace.hops:
        yield doubtful("proof", f"nothing proves mail of {author} that comes by this way, from inside", _BY_HAND)
    else:
        yield doubtful(
            "proof", reading.authentication.why, f"until then mail of {author} by this way is quarantined; {_OTHER}"
        )


def _signatures(reading: Reading) -> Iterator[Finding]:
    for one in reading.signatures:
        name = f"the signature of {one.domain or 'nobody'}, selector {one.selector or 'missing'}"
        if one.result is Result.PASS:
            yield good("DKIM", f"{name}, is valid: nothing was changed on the way")
        elif one.result is Result.TEMPERROR:
            yield doubtful("DKIM", f"{name}, could not be checked: {one.why}", "see that DNS_SERVERS answer")
        else:
            remedy = "find out who changes mail on the way (footers, re-encoding), or sign behind that"
            yield doubtful("DKIM", f"{name}, proves nothing: {one.why}", remedy)
    if not reading.signatures:
        yield doubtful(
            "DKIM", "the message bears no signature", "have the server that sends sign for the domain in From"
        )


def tell_stamps(reading: Reading, probe: Probe) -> Iterator[Finding]:
    """Which server says what it checked, and what became of the field that the probe had forged from the start."""
    own = [one for one in reading.stamps if one.within and not one.forged]
    for one in own:
        place = "on top" if one is reading.stamps[0] else "below another"
        sentence = f"{_id(one)} stamps Authentication-Results, field {one.position + 1}, {place}: {one.said}"
        yield good("results", sentence)
    if not own:
        yield good("results", "no server of yours stamps Authentication-Results: AUTH_SOURCE=compute is right")
    if not probe.sender:
        return
    forged = f"Authentication-Results that the probe had forged in the name of {probe.forged_id}"
    if not any(one.forged for one in reading.stamps):
        yield good("results", f"{forged} were taken out")
    elif reading.auth.source is AuthSource.COMPUTE:
        yield good("results", f"{forged} are still there, and nobody believes them")
    else:
        remedy = "AUTH_SOURCE=compute, unless your server stamps every message above what was there"
        yield doubtful("results", f"{forged} are still there", remedy)


def tell_times(reading: Reading, sent_at: datetime) -> Iterator[Finding]:
    """The servers' clocks against ours: each had it after it was sent, and before it was seen here."""
    seen_at = reading.copy.seen_at
    border = reading.way.nearest.border_position
    noted = parse_date(reading.header.fields[border].value.rpartition(b";")[2]) if border is not None else None
    moments = {"the mailbox": reading.copy.internal_date} | ({"the border server": noted} if noted else {})
    wrong = {who: at for who, at in moments.items() if not sent_at - _SKEW <= at <= seen_at + _SKEW}
    if not wrong:
        yield good("clock", f"the clock here agrees with {' and '.join(moments)}")
    for who, at in wrong.items():
        off, order = (sent_at - at, "behind") if at < sent_at else (at - seen_at, "ahead of")
        sentence = f"{who} noted {at:%H:%M:%S %z}, {off.total_seconds():.0f} s {order} the clock here"
        yield doubtful("clock", sentence, "set both by NTP: dates, and signatures that expire, are judged by them")


def tell_mark(reading: Reading) -> Iterator[Finding]:
    decision = reading.look.decision
    if decision is None or decision.reason is not Reason.IGNORED:
        yield doubtful(
            "mark",
            "the fields that keep a running service from filing the probe were lost on the way",
            "find out who removes X-Mailfiler-Notice and Auto-Submitted; notices may be answered for want of them",
        )


def where(reading: Reading, position: int) -> str:
    return f"{field_label(reading.header, position)}, field {position + 1}"


def _id(stamp: Stamp) -> str:
    return "Exchange Online" if stamp.authserv_id == WITHOUT_ID else stamp.authserv_id
