"""The copies of the probe -> for each form of the address: which field carried it, and whether filing finds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poller.checking.finding import Finding, bad, doubtful, good
from poller.probing.arrival import Arrived
from poller.probing.letter import Probe
from poller.probing.reading import Reading
from poller.probing.telling import where
from poller.settings import Settings

_AS_DELIVERED = (
    "have your server write the envelope recipient on delivery, as X-Original-To or Envelope-To (docs/probe.md)"
)


def tell_recipients(
    probe: Probe, accepted: Sequence[str], arrived: Arrived, readings: Sequence[Reading], settings: Settings
) -> Iterator[Finding]:
    """One line for each recipient that was accepted."""
    bounced = {bounce.recipient: bounce.words or "without a word why" for bounce in arrived.bounces}
    for address in accepted:
        form = f"{probe.forms[address]} form"
        reading = next((one for one in readings if address in one.carried), None)
        if reading:
            yield _found(form, address, reading, settings)
        elif address in bounced:
            remedy = "the catch-all has to take every local part, dots and plus signs included"
            yield bad(form, f"{address} was refused on the way: {bounced[address]}", remedy)
        elif len(readings) < len(accepted) and any(one.carried for one in readings):
            yield _not_seen(form, address, by_hand=not probe.sender)
        elif any(one.bare for one in readings):
            sentence = f"it arrived as {probe.address}, without what stood in the place of the project number"
            yield bad(form, sentence, "tell people the other form, or keep the subaddress on delivery (docs/probe.md)")
        else:
            yield bad(form, f"no field of the header names {address}: what comes by BCC is not filed", _AS_DELIVERED)


def _not_seen(form: str, address: str, *, by_hand: bool) -> Finding:
    if by_hand:
        return doubtful(form, f"no copy came that names {address}", "was it in BCC?")
    return bad(
        form,
        f"no copy came that names {address}: it was lost, or one copy for several recipients names one of them alone",
        "look for it in the log of your mail server; have a copy delivered for each recipient (docs/probe.md)",
    )


def headers_wanted(readings: Sequence[Reading], settings: Settings) -> tuple[str, ...]:
    """RECIPIENT_HEADERS, with what filing does not look into and is the only field to carry a recipient."""
    now = settings.routing.recipient_headers
    carried = (one for reading in readings for one in reading.carried.values())
    lacking = (one.fields[0].lower() for one in carried if not one.now and one.fields)
    return tuple(dict.fromkeys([*lacking, *now]))


def _found(subject: str, address: str, reading: Reading, settings: Settings) -> Finding:
    carried = reading.carried[address]
    provenance = carried.now or carried.proposed
    if provenance is None or (carried.now is None and carried.fields):
        sentence = f"{address} stands in {carried.fields[0]} alone, where filing does not look"
        return bad(subject, sentence, "RECIPIENT_HEADERS, as below")
    place = f"{address} stands in {where(reading, provenance.position)}"
    if provenance.header not in settings.routing.recipient_headers:
        of_hop = provenance.header == "received"
        why = (
            "which names a recipient only where a message has no other" if of_hop else "which no server of yours wrote"
        )
        return doubtful(subject, f"{place} alone, {why}", _AS_DELIVERED)
    if carried.now and carried.now.trusted:
        return good(subject, f"{place}, and is believed")
    better = carried.proposed and carried.proposed.trusted
    remedy = "with the settings below it is" if better else "have it written by the server that delivers, on top"
    sentence = f"{place}, and routes, but is not believed: it stands below what is known as yours"
    return doubtful(subject, sentence, remedy)
