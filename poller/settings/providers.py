"""MAIL_PROVIDER -> what is known of that kind of mailbox, and so need not be set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_network

from poller.settings.model import WITHOUT_ID, AuthSettings, AuthSource, Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Defaults for the keys of these names. A key that the administrator sets overrides its preset.

    Only `relays`, the networks inside the provider, are added to TRUSTED_RELAYS.
    """

    our_mta_names: tuple[str, ...] = ()
    relays: tuple[IPv4Network | IPv6Network, ...] = ()
    envelope_from_header: str = "return-path"
    source: AuthSource = AuthSource.COMPUTE
    authserv_ids: tuple[str, ...] = ()
    stamps_always: bool = False


# Exchange Online's own machines. Not the whole of 2603:1000::/24, which has Azure's customers too; and none of the
# networks that it sends from (40.92.0.0/15, 40.107.0.0/16, 52.100.0.0/14, 104.47.0.0/17, 2a01:111::/32), because every
# other tenant's mail comes from there.
_EXCHANGE = (ip_network("10.0.0.0/8"), *(ip_network(f"2603:10{digit:x}6::/32") for digit in range(16)))

PRESETS: dict[Provider, Preset] = {
    Provider.GENERIC: Preset(),
    Provider.POSTFIX: Preset(),
    Provider.EXIM: Preset(),
    # The hop above, by an address of Google's inside, is known by its form.
    Provider.GMAIL: Preset(our_mta_names=("mx.google.com",), authserv_ids=("mx.google.com",), stamps_always=True),
    # Exchange re-encodes MIME, so that DKIM cannot be computed again: what it stamped has to be believed.
    Provider.M365: Preset(
        our_mta_names=(".outlook.com", ".outlook.office365.com", ".prod.exchangelabs.com"),
        relays=_EXCHANGE,
        source=AuthSource.BOTH,
        authserv_ids=(WITHOUT_ID,),
        stamps_always=True,
    ),
    # Anybody may call a machine something.internal, but such a field is read only where all those above it are
    # Fastmail's. 10.0.0.0/8 is no relay: mail of other customers comes from there.
    Provider.FASTMAIL: Preset(
        our_mta_names=(".messagingengine.com", ".internal"),
        envelope_from_header="x-mail-from",
        authserv_ids=(".messagingengine.com",),
        stamps_always=True,
    ),
    # One customer's mail to another comes from 127.0.0.2, which is no relay either.
    Provider.ICLOUD: Preset(
        our_mta_names=(".icloud.com", ".apple.com", ".me.com"), authserv_ids=(".icloud.com", ".apple.com")
    ),
}


def with_preset(auth: AuthSettings, provider: Provider) -> AuthSettings:
    """What finds the border of that provider, beside relays that are known already. What is believed stays as it is."""
    preset = PRESETS[provider]
    return replace(
        auth,
        provider=provider,
        our_mta_names=preset.our_mta_names,
        trusted_relays=(*auth.trusted_relays, *preset.relays),
        envelope_from_header=preset.envelope_from_header,
    )
