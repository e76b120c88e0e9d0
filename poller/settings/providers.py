"""MAIL_PROVIDER -> what is known of that kind of mailbox, and so need not be set."""

from __future__ import annotations

from dataclasses import dataclass

from poller.settings.model import AuthSource, Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Defaults for the keys of these names. A key that the administrator sets overrides its preset."""

    our_mta_names: tuple[str, ...] = ()
    envelope_from_header: str = "return-path"
    source: AuthSource = AuthSource.COMPUTE
    authserv_ids: tuple[str, ...] = ()
    stamps_always: bool = False


PRESETS: dict[Provider, Preset] = {
    Provider.GENERIC: Preset(),
    Provider.POSTFIX: Preset(),
    Provider.EXIM: Preset(),
    Provider.GMAIL: Preset(
        our_mta_names=("mx.google.com", ".google.com"), authserv_ids=("mx.google.com",), stamps_always=True
    ),
    # Exchange re-encodes MIME, so that DKIM cannot be computed again: what it stamped has to be believed.
    Provider.M365: Preset(
        our_mta_names=(".outlook.com", ".exchangelabs.com"),
        source=AuthSource.BOTH,
        authserv_ids=("!exchange-online",),
        stamps_always=True,
    ),
    Provider.FASTMAIL: Preset(
        our_mta_names=(".messagingengine.com", ".internal"),
        envelope_from_header="x-mail-from",
        authserv_ids=(".messagingengine.com",),
        stamps_always=True,
    ),
    Provider.ICLOUD: Preset(
        our_mta_names=(".icloud.com", ".apple.com", ".me.com"), authserv_ids=(".icloud.com", ".apple.com")
    ),
}
