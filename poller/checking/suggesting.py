"""Recent mail -> the trust settings that would find its border: tried out with the code that reads the trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

from poller.authentication.received import Hop, parse_received
from poller.authentication.trace import is_named, read_trace
from poller.mail.message import Header
from poller.settings import AuthSettings, Provider
from poller.settings.providers import PRESETS, with_preset

_HOPS = 5
"""Received fields, from the top, among which the border is: some providers write four of their own."""

_HOSTED = (Provider.GMAIL, Provider.M365, Provider.FASTMAIL, Provider.ICLOUD)


def suggestion(headers: Sequence[Header], auth: AuthSettings) -> str:
    """Lines of the settings file, " and " between two of them; "" where recent mail does not show which."""
    for provider in _HOSTED:
        if found_in(headers, with_preset(auth, provider)) or _on_top_is(headers, provider, auth):
            return f"MAIL_PROVIDER={provider}"
    providers = (auth.provider, Provider.POSTFIX, Provider.EXIM, Provider.GENERIC)
    for provider in dict.fromkeys(one for one in providers if one not in _HOSTED):
        names = _border_names(headers, replace(auth, provider=provider))
        if names and _mostly(headers, replace(auth, provider=provider, our_mta_names=names)):
            lines = [f"MAIL_PROVIDER={provider}"] if provider is not auth.provider else []
            return " and ".join([f"OUR_MTA_NAMES={' '.join(names)}", *lines])
    return ""


def names_on_top(headers: Sequence[Header], auth: AuthSettings) -> list[str]:
    """Behind `by` in the topmost Received fields, most frequent first."""
    found = Counter(hop.by for header in headers for hop in _hops(header, auth)[:1] if hop.by)
    return [name for name, _ in found.most_common()]


def found_in(headers: Sequence[Header], auth: AuthSettings) -> int:
    """In how many the border is found."""
    return sum(read_trace(header, auth).border is not None for header in headers)


def _on_top_is(headers: Sequence[Header], provider: Provider, auth: AuthSettings) -> bool:
    """Mail between a provider's own customers may have no border. Anybody may call a machine something.internal."""
    own = [name for name in PRESETS[provider].our_mta_names if name != ".internal"]
    return any(is_named(name, own) for name in names_on_top(headers, auth))


def _mostly(headers: Sequence[Header], auth: AuthSettings) -> bool:
    return 2 * found_in(headers, auth) > len(headers)


def _border_names(headers: Sequence[Header], auth: AuthSettings) -> tuple[str, ...]:
    """Those of the hops from the top down to the one that saw a client outside, of the way that most mail takes."""
    ways = Counter(names for header in headers if (names := tuple(dict.fromkeys(_down_to_border(header, auth)))))
    return ways.most_common(1)[0][0] if ways else ()


def _down_to_border(header: Header, auth: AuthSettings) -> Iterator[str]:
    for hop in _hops(header, auth):
        if hop.by is None:
            return
        yield hop.by
        if not hop.local and not _is_inside(hop.client, auth):
            return


def _is_inside(client: IPv4Address | IPv6Address | None, auth: AuthSettings) -> bool:
    return client is not None and any(client in network for network in auth.trusted_relays)


def _hops(header: Header, auth: AuthSettings) -> list[Hop]:
    received = [field.value for field in header.fields if field.name == "received"]
    return [parse_received(value, auth.provider) for value in received[:_HOPS]]
