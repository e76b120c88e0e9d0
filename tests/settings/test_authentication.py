"""Whom to believe: what the keys become, and which of them need each other."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import pytest

from poller.settings import AuthPolicy, AuthSource, DnsSettings, Exempt, NameServer, Provider

STAMPED = {"TRUSTED_AUTHSERV_ID": "mx.example.com", "AUTHRES_MTA_STAMPS_ALWAYS": "true"}
NO_ID = "settings.env: AUTH_SOURCE {} needs TRUSTED_AUTHSERV_ID: whose Authentication-Results are believed"
NO_WORD = (
    "settings.env: AUTH_SOURCE {} needs AUTHRES_MTA_STAMPS_ALWAYS=true: where our server stamps nothing, a forged field"
    " would count"
)


def test_without_any_key_the_author_is_proven_by_what_is_computed_here_and_nobody_else_is_believed(load) -> None:
    auth = load().auth
    assert (auth.policy, auth.provider, auth.source) == (AuthPolicy.ALIGNED, Provider.GENERIC, AuthSource.COMPUTE)
    assert (auth.our_mta_names, auth.authserv_ids, auth.arc_sealers) == ((), (), ())
    assert (auth.require_dkim_domains, auth.unauthenticated_ok) == ((), ())
    assert auth.trusted_relays == (ip_network("127.0.0.1"), ip_network("::1"))
    assert auth.envelope_from_header == "return-path"
    assert (auth.defer_max_age, auth.dkim_max_signatures) == (timedelta(hours=72), 8)
    assert load().dns == DnsSettings(
        servers=(), timeout=timedelta(seconds=5), query_budget=60, time_budget=timedelta(seconds=20)
    )


def test_every_key_is_read(load) -> None:
    settings = load(
        {
            "AUTH_POLICY": "DKIM",
            "OUR_MTA_NAMES": "MX.example.com .In.example.com.",
            "TRUSTED_RELAYS": "10.0.0.0/8, 2001:db8::1",
            "ENVELOPE_FROM_HEADER": "X-Envelope-From",
            "AUTH_SOURCE": "both",
            **STAMPED,
            "TRUSTED_ARC_SEALERS": "Lists.example.com",
            "REQUIRE_DKIM_DOMAINS": "acme.fi, globex.example",
            "UNAUTHENTICATED_OK": "acme.fi@192.0.2.7 acme.fi@10.0.0.0/8",
            "AUTH_DEFER_MAX_AGE": "24h",
            "DKIM_MAX_SIGNATURES": "3",
            "DNS_SERVERS": "127.0.0.1:5353 ::1",
            "DNS_TIMEOUT": "2s",
            "DNS_QUERY_BUDGET": "30",
            "AUTH_TIME_BUDGET": "10s",
        }
    )
    auth = settings.auth
    assert (auth.policy, auth.source, auth.authserv_ids) == (AuthPolicy.DKIM, AuthSource.BOTH, ("mx.example.com",))
    assert auth.our_mta_names == ("mx.example.com", ".in.example.com")
    assert auth.trusted_relays == (ip_network("10.0.0.0/8"), ip_network("2001:db8::1"))
    assert (auth.envelope_from_header, auth.arc_sealers) == ("x-envelope-from", ("lists.example.com",))
    assert auth.require_dkim_domains == ("acme.fi", "globex.example")
    assert auth.unauthenticated_ok == (
        Exempt(domain="acme.fi", network=ip_network("192.0.2.7")),
        Exempt(domain="acme.fi", network=ip_network("10.0.0.0/8")),
    )
    assert (auth.defer_max_age, auth.dkim_max_signatures) == (timedelta(days=1), 3)
    assert settings.dns == DnsSettings(
        servers=(NameServer(address="127.0.0.1", port=5353), NameServer(address="::1", port=53)),
        timeout=timedelta(seconds=2),
        query_budget=30,
        time_budget=timedelta(seconds=10),
    )


def test_domains_become_a_labels_in_lower_case(load) -> None:
    keys = ("TRUSTED_ARC_SEALERS", "REQUIRE_DKIM_DOMAINS")
    auth = load({**dict.fromkeys(keys, "Ääkkönen.fi."), "UNAUTHENTICATED_OK": "ÄÄKKÖNEN.fi@192.0.2.7"}).auth
    assert auth.arc_sealers == auth.require_dkim_domains == ("xn--kknen-fraa0m.fi",)
    assert [one.domain for one in auth.unauthenticated_ok] == ["xn--kknen-fraa0m.fi"]


@pytest.mark.parametrize("source", ["authres", "both"])
class TestAuthenticationResults:
    def test_they_are_believed_from_the_ids_that_are_named(self, load, source: str) -> None:
        auth = load({"AUTH_SOURCE": source, **STAMPED, "TRUSTED_AUTHSERV_ID": "MX.example.com .example.org"}).auth
        assert (auth.source, auth.authserv_ids) == (AuthSource(source), ("mx.example.com", ".example.org"))

    def test_they_need_an_id(self, refused, source: str) -> None:
        assert refused({"AUTH_SOURCE": source, "AUTHRES_MTA_STAMPS_ALWAYS": "true"}) == [NO_ID.format(source)]

    @pytest.mark.parametrize("word", ["", "false", "no"])
    def test_they_need_the_word_that_every_message_is_stamped(self, refused, source: str, word: str) -> None:
        problems = refused({"AUTH_SOURCE": source, **STAMPED, "AUTHRES_MTA_STAMPS_ALWAYS": word})
        assert problems == [NO_WORD.format(source)]

    def test_what_is_missing_is_told_at_once_and_with_every_other_mistake(self, refused, source: str) -> None:
        problems = refused({"AUTH_SOURCE": source, "AUTH_POLICY": "strict", "DNS_TIMEOUT": "0"})
        assert sorted(problems) == sorted(
            [
                "settings.env: AUTH_POLICY 'strict' is not one of aligned, dkim, monitor",
                NO_ID.format(source),
                NO_WORD.format(source),
                "settings.env: DNS_TIMEOUT must be longer than nothing",
            ]
        )

    def test_a_word_that_is_neither_true_nor_false_is_not_told_to_be_missing_too(self, refused, source: str) -> None:
        (problem,) = refused({"AUTH_SOURCE": source, **STAMPED, "AUTHRES_MTA_STAMPS_ALWAYS": "always"})
        assert problem.startswith("settings.env: AUTHRES_MTA_STAMPS_ALWAYS 'always' ")


def test_where_they_are_not_used_nobody_is_believed_whatever_is_named(load) -> None:
    assert load(STAMPED).auth.authserv_ids == ()
    assert load({"TRUSTED_AUTHSERV_ID": "mx.example.com", "AUTH_SOURCE": "compute"}).auth.authserv_ids == ()


def test_a_wrong_provider_is_one_mistake_and_hides_no_other(refused) -> None:
    problems = refused({"MAIL_PROVIDER": "aol", "DNS_SERVERS": "resolver"})
    assert [problem.split()[1] for problem in problems] == ["MAIL_PROVIDER", "DNS_SERVERS"]


def test_a_mistake_in_the_environment_is_told_as_its_own(refused) -> None:
    assert refused(environment={"AUTH_SOURCE": "authres"}) == [
        problem.format("authres").replace("settings.env", "environment") for problem in (NO_ID, NO_WORD)
    ]
