"""What a preset knows of a provider, and what it must not believe."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from poller.settings import AuthSource, Provider
from poller.settings.providers import PRESETS, with_preset

LOOPBACK = (ip_network("127.0.0.1"), ip_network("::1"))


@pytest.mark.parametrize("provider", Provider)
def test_every_kind_has_a_preset_whose_names_are_in_lower_case(provider: Provider) -> None:
    preset = PRESETS[provider]
    for name in (*preset.our_mta_names, *preset.authserv_ids, preset.envelope_from_header):
        assert name == name.lower()


@pytest.mark.parametrize("provider", Provider)
def test_no_preset_believes_a_public_address(provider: Provider) -> None:
    for network in PRESETS[provider].relays:
        assert network.is_private or network.subnet_of(ip_network("2603:1000::/24"))


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("2603:10a6:10:2f1::20", True),
        ("2603:10b6:208:441::13", True),
        ("2603:1096:400:333::8", True),
        ("2603:10c6:10:1::10", True),
        ("2603:10d6:200::1", True),
        ("10.167.16.89", True),
        ("2603:1020:201:10::10f", False),  # a customer's machine at Azure
        ("2603:1030:20e::1", False),
        ("2603:1061:1::1", False),
        ("2a01:111:f403:c201::2", False),  # other tenants' mail
        ("40.92.1.2", False),
        ("40.107.8.50", False),
        ("52.100.1.2", False),
        ("104.47.1.2", False),
        ("192.168.1.2", False),
    ],
)
def test_exchange_online_is_believed_inside_and_no_tenant_is(address: str, inside: bool) -> None:
    relays = PRESETS[Provider.M365].relays
    client = ip_address(address)
    assert any(client.version == network.version and client in network for network in relays) == inside


@pytest.mark.parametrize("provider", [Provider.FASTMAIL, Provider.ICLOUD, Provider.GMAIL])
def test_where_other_customers_mail_comes_from_a_private_address_none_is_believed(provider: Provider) -> None:
    assert not PRESETS[provider].relays


def test_relays_of_the_provider_are_added_to_those_that_are_set(load) -> None:
    assert load().auth.trusted_relays == LOOPBACK
    auth = load({"MAIL_PROVIDER": "m365", "TRUSTED_RELAYS": "192.0.2.0/24"}).auth
    assert auth.trusted_relays == (ip_network("192.0.2.0/24"), *PRESETS[Provider.M365].relays)


def test_keys_that_are_set_override_the_preset(load) -> None:
    assert load({"MAIL_PROVIDER": "fastmail"}).auth.envelope_from_header == "x-mail-from"
    settings = {"MAIL_PROVIDER": "fastmail", "ENVELOPE_FROM_HEADER": "Return-Path", "OUR_MTA_NAMES": "mx.example.com"}
    auth = load(settings).auth
    assert (auth.envelope_from_header, auth.our_mta_names) == ("return-path", ("mx.example.com",))


def test_microsoft_is_believed_without_further_keys_because_it_alters_what_was_signed(load) -> None:
    auth = load({"MAIL_PROVIDER": "m365"}).auth
    assert (auth.source, auth.authserv_ids) == (AuthSource.BOTH, ("!exchange-online",))


def test_settings_with_a_preset_keep_their_own_relays_and_whom_they_believe(load) -> None:
    keys = {"TRUSTED_RELAYS": "192.0.2.1", "TRUSTED_AUTHSERV_ID": "mx.example.com", "AUTHRES_MTA_STAMPS_ALWAYS": "true"}
    own = load(keys).auth
    found, preset = with_preset(own, Provider.M365), PRESETS[Provider.M365]
    assert (found.provider, found.our_mta_names) == (Provider.M365, preset.our_mta_names)
    assert found.envelope_from_header == preset.envelope_from_header
    assert found.trusted_relays == (*own.trusted_relays, *preset.relays)
    assert (found.source, found.authserv_ids) == (own.source, own.authserv_ids)
