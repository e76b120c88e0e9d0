"""A header -> the settings with which the way of the message is read: our servers, their border, the envelope. Pure.

What the settings say now comes first. Where they find no border, or one too early, each kind of server is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_network

from poller.authentication.received import Hop, parse_received
from poller.authentication.trace import Trace, read_trace
from poller.mail.fields.address import key_of
from poller.mail.message import Header
from poller.settings.model import AuthSettings, AuthSource, Provider
from poller.settings.providers import PRESETS, with_preset

_RETURN_PATH = "return-path"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Settings, and what they make of the header.

    `inside`: every Received is ours and tells of a client of ours, so that the message never was outside. Then
    `nearest` is the trace as it would be if the lowest of them were a stranger's; else the same as `trace`.
    """

    auth: AuthSettings
    trace: Trace
    nearest: Trace

    @property
    def inside(self) -> bool:
        return self.trace.border is None and self.nearest.border is not None


def find_way(header: Header, auth: AuthSettings, mail_servers: Collection[str], sender: str) -> Way:
    """`mail_servers` are the MX names of the filing domain, `sender` the envelope sender's key, as far as it is known.

    The settings as they are, where they read it as well as any, or where nothing reads it.
    """
    now = _way(header, auth)
    proposed = [_with_sender(header, _way(header, one), sender) for one in _proposals(header, auth, mail_servers)]
    found = next((one for rank in _RANKS for one in proposed if rank(one)), now)
    return now if _tells_as_much(now, found) else found


def _way(header: Header, auth: AuthSettings) -> Way:
    trace = read_trace(header, auth)
    received = header.all("received")
    if trace.border or not trace.hops or len(trace.hops) < len(received):
        return Way(auth=auth, trace=trace, nearest=trace)
    client = trace.hops[-1].client
    others = tuple(network for network in auth.trusted_relays if client is None or client not in network)
    return Way(auth=auth, trace=trace, nearest=read_trace(header, replace(auth, trusted_relays=others)))


def _with_sender(header: Header, way: Way, sender: str) -> Way:
    """With the field above the border that holds the sender and nothing else, where the one that is set does not."""
    border = way.nearest.border_position
    if border is None or way.nearest.mail_from is not None or not sender:
        return way
    above = header.fields[:border]
    holding = (field.name for field in above if key_of(_bare(field.value)) == sender)
    name = next((name for name in holding if [field.name for field in above].count(name) == 1), None)
    return _way(header, replace(way.auth, envelope_from_header=name)) if name else way


def _tells_as_much(now: Way, found: Way) -> bool:
    """An administrator may know of relays that one message does not show, so that the border lies further down."""
    if now.inside and found.inside:
        return now.nearest.mail_from is not None or found.nearest.mail_from is None
    ours, theirs = now.trace, found.trace
    if theirs.border_position is None:
        return len(ours.hops) >= len(theirs.hops)
    as_far = ours.border_position is not None and ours.border_position >= theirs.border_position
    return as_far and (ours.mail_from is not None or theirs.mail_from is None)


# What a provider's own servers wrote is known by their names, even where the message never was outside.
_RANKS: tuple[Callable[[Way], bool], ...] = (
    lambda way: bool(PRESETS[way.auth.provider].our_mta_names and way.trace.hops),
    lambda way: way.trace.border is not None,
    lambda way: way.inside,
)


def _proposals(header: Header, auth: AuthSettings, mail_servers: Collection[str]) -> Iterator[AuthSettings]:
    for provider in _in_order(auth.provider):
        preset = PRESETS[provider]
        if not preset.our_mta_names:
            hops = [parse_received(value, provider) for value in header.all("received")]
            yield _of_hops(_without_preset(auth), provider, hops, mail_servers)
        elif header.first(preset.envelope_from_header) is not None or preset.envelope_from_header == _RETURN_PATH:
            yield _of_preset(_without_preset(auth), provider)


def _in_order(now: Provider) -> list[Provider]:
    """What is set, unless that is the plainest; then those whose servers have names of their own."""
    named = sorted(Provider, key=lambda provider: not PRESETS[provider].our_mta_names)
    others = [provider for provider in named if provider not in {now, Provider.GENERIC}]
    return [*([now] if now is not Provider.GENERIC else []), *others, Provider.GENERIC]


def _without_preset(auth: AuthSettings) -> AuthSettings:
    """What the administrator has set, without what comes from MAIL_PROVIDER alone."""
    preset = PRESETS[auth.provider]
    own_source = auth.source is not preset.source or auth.authserv_ids not in {(), preset.authserv_ids}
    own_header = auth.envelope_from_header != preset.envelope_from_header
    return replace(
        auth,
        trusted_relays=tuple(one for one in auth.trusted_relays if one not in preset.relays),
        envelope_from_header=auth.envelope_from_header if own_header else _RETURN_PATH,
        source=auth.source if own_source else AuthSource.COMPUTE,
        authserv_ids=auth.authserv_ids if own_source else (),
    )


def _of_preset(auth: AuthSettings, provider: Provider) -> AuthSettings:
    preset = PRESETS[provider]
    ids = () if preset.source is AuthSource.COMPUTE else preset.authserv_ids
    return replace(with_preset(auth, provider), source=preset.source, authserv_ids=ids)


def _of_hops(
    auth: AuthSettings, provider: Provider, hops: Sequence[Hop], mail_servers: Collection[str]
) -> AuthSettings:
    """Everything down to the border is ours, and what was taken there from one of ours is a relay."""
    known = auth.trusted_relays
    border = _border(hops, mail_servers, known)
    ours = hops[: border + 1] if border is not None else ()
    clients = [hop.client for hop in ours[:-1] if hop.client and not hop.local]
    relays = dict.fromkeys(ip_network(one) for one in clients if not any(one in network for network in known))
    names = dict.fromkeys(hop.by for hop in ours if hop.by)
    return replace(auth, provider=provider, our_mta_names=tuple(names), trusted_relays=(*known, *relays))


def _border(
    hops: Sequence[Hop], mail_servers: Collection[str], relays: Collection[IPv4Network | IPv6Network]
) -> int | None:
    """The lowest hop at a server of the domain's MX records; else the first that took the mail from the world.

    Where the probe never was in the world, it is the first from another machine, or else the lowest of all.
    """
    readable = next((at for at, hop in enumerate(hops) if hop.by is None), len(hops))
    takers = {at: hop.client for at, hop in enumerate(hops[:readable]) if hop.client and not hop.local}
    abroad = {at: client for at, client in takers.items() if not any(client in network for network in relays)}
    at_mail_server = [at for at in abroad if hops[at].by in mail_servers]
    from_world = [at for at, client in abroad.items() if client.is_global]
    chosen = at_mail_server[-1:] or from_world[:1] or list(abroad)[:1] or list(takers)[-1:]
    return chosen[0] if chosen else None


def _bare(value: bytes) -> str:
    return value.decode("latin-1").strip(" \t\r\n<>")
