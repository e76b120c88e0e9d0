"""The keys of sender authentication -> whom to believe, and whom to ask."""

from __future__ import annotations

from poller.settings import values
from poller.settings.model import AuthPolicy, AuthSettings, AuthSource, DnsSettings, Provider
from poller.settings.providers import PRESETS, Preset
from poller.settings.reader import Reader


def auth_settings(reader: Reader) -> AuthSettings:
    get = reader.get
    provider = get("MAIL_PROVIDER", values.choice(Provider))
    # A wrong provider is reported already; with the plainest preset the other keys are looked at too.
    preset = PRESETS[provider or Provider.GENERIC]
    source = get("AUTH_SOURCE", lambda text: values.choice(AuthSource)(text) if text else preset.source)
    return AuthSettings(
        policy=get("AUTH_POLICY", values.choice(AuthPolicy)),
        provider=provider,
        our_mta_names=get("OUR_MTA_NAMES", values.host_suffixes) or preset.our_mta_names,
        trusted_relays=(*(get("TRUSTED_RELAYS", values.networks) or ()), *preset.relays),
        envelope_from_header=get(
            "ENVELOPE_FROM_HEADER", lambda text: values.header_name(text) if text else preset.envelope_from_header
        ),
        source=source,
        authserv_ids=_authserv_ids(reader, preset, source),
        arc_sealers=get("TRUSTED_ARC_SEALERS", values.domains),
        require_dkim_domains=get("REQUIRE_DKIM_DOMAINS", values.domains),
        unauthenticated_ok=get("UNAUTHENTICATED_OK", values.exemptions),
        defer_max_age=get("AUTH_DEFER_MAX_AGE", values.positive_duration),
        dkim_max_signatures=get("DKIM_MAX_SIGNATURES", values.integer(1, 100)),
    )


def _authserv_ids(reader: Reader, preset: Preset, source: AuthSource | None) -> tuple[str, ...]:
    """Whose Authentication-Results are believed; nobody's where one of the three keys that this needs is missing."""
    ids = reader.get("TRUSTED_AUTHSERV_ID", lambda text: values.authserv_ids(text) or preset.authserv_ids)
    always = reader.get(
        "AUTHRES_MTA_STAMPS_ALWAYS", lambda text: values.boolean(text) if text else preset.stamps_always
    )
    if source not in {AuthSource.AUTHRES, AuthSource.BOTH}:
        return ()
    if ids == ():  # None is a mistake that has been told
        reader.refuse("AUTH_SOURCE", f"{source} needs TRUSTED_AUTHSERV_ID: whose Authentication-Results are believed")
    if always is False:
        why = "needs AUTHRES_MTA_STAMPS_ALWAYS=true: where our server stamps nothing, a forged field would count"
        reader.refuse("AUTH_SOURCE", f"{source} {why}")
    return ids


def dns_settings(reader: Reader) -> DnsSettings:
    return DnsSettings(
        servers=reader.get("DNS_SERVERS", values.dns_servers),
        timeout=reader.get("DNS_TIMEOUT", values.positive_duration),
        query_budget=reader.get("DNS_QUERY_BUDGET", values.integer(1, 1000)),
        time_budget=reader.get("AUTH_TIME_BUDGET", values.positive_duration),
    )
