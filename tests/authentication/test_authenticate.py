"""The verdict: what proves the author's right, what leaves it open, and what is said where nothing does."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from poller.authentication.authenticate import authenticate
from poller.authentication.findings import Mechanism
from poller.authentication.gather import Submission
from poller.authentication.trace import read_trace
from poller.authentication.verdict import Authentication
from poller.mail.reader import read_message
from poller.settings import AuthPolicy, AuthSource, Exempt
from tests.authentication.making import Zone, auth, delivered, written
from tests.authentication.signing import Key, sign

ARRIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAMED = {"acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all"]}
DMARC = {"_dmarc.acme.fi TXT": ["v=DMARC1; p=reject"]}
KEY = Key.rsa(1024)
SPF_ONLY = delivered(written())
SIGNED = delivered(sign(written(), KEY), mail_from="bounce@esp.example")


def proven(octets: bytes, zone: Zone | dict[str, list[str]] | None = None, *, whole: bool = True, **settings):
    resolver = zone if isinstance(zone, Zone) else Zone(zone or {})
    message = read_message(octets)
    chosen = auth(**settings)
    submission = Submission(
        message=message,
        source=octets if whole else None,
        trace=read_trace(message.header, chosen),
        arrived=ARRIVED,
    )
    return authenticate(submission, chosen, resolver)


def evidence(found: Authentication):
    return found.evidence, found.domain, found.accepted


def test_spf_of_the_authors_own_domain_is_evidence():
    found = proven(SPF_ONLY, NAMED | DMARC)
    assert evidence(found) == (Mechanism.SPF, "acme.fi", True)
    assert (found.spf, found.dkim, found.dmarc, found.selector) == ("pass", "none", "pass", None)
    assert "acme.fi" in found.why


def test_a_signature_of_the_authors_own_domain_is_evidence_without_any_spf():
    found = proven(SIGNED, KEY.zone())
    assert evidence(found) == (Mechanism.DKIM, "acme.fi", True)
    assert (found.spf, found.dkim, found.dmarc, found.selector) == ("none", "pass", "none", "s1")


def test_dkim_is_named_before_spf_where_both_prove_it():
    assert proven(delivered(sign(written(), KEY)), NAMED | KEY.zone()).evidence is Mechanism.DKIM


def test_a_pass_of_somebody_else_is_none():
    zone = Zone({"evil.example TXT": ["v=spf1 ip4:203.0.113.7"]})
    found = proven(delivered(written(), mail_from="x@evil.example"), zone)
    assert evidence(found) == (Mechanism.NONE, None, False)
    assert (found.spf, found.unavailable, found.findings.return_path_proven) == ("policy", False, False)
    assert not [name for name in zone.asked if "evil" in name]


@pytest.mark.parametrize(
    ("source", "settings"),
    [(SIGNED, {}), (delivered(written(), mail_from="bounce@esp.example"), {"policy": AuthPolicy.MONITOR})],
    ids=["what else is proven", "what is filed anyhow"],
)
def test_spf_of_somebody_else_is_told_of(source, settings):
    found = proven(source, KEY.zone() | {"esp.example TXT": ["v=spf1 ip4:203.0.113.7"]}, **settings)
    assert (found.spf, found.findings.return_path_proven) == ("pass", True)


@pytest.mark.parametrize(
    ("policy", "domains", "accepted"),
    [
        (AuthPolicy.ALIGNED, (), True),
        (AuthPolicy.DKIM, (), False),
        (AuthPolicy.ALIGNED, ("acme.fi",), False),
        (AuthPolicy.ALIGNED, ("fi",), False),
        (AuthPolicy.ALIGNED, ("cme.fi", "a.acme.fi"), True),
        (AuthPolicy.ALIGNED, ("globex.example",), True),
        (AuthPolicy.MONITOR, ("acme.fi",), True),
    ],
)
def test_spf_alone_is_not_enough_where_dkim_is_asked_for(policy, domains, accepted):
    assert proven(SPF_ONLY, NAMED, policy=policy, require_dkim_domains=domains).accepted is accepted
    assert proven(SIGNED, KEY.zone(), policy=policy, require_dkim_domains=domains).accepted


def test_monitor_accepts_what_nothing_proves_and_says_so():
    found = proven(SPF_ONLY, Zone(failing=["acme.fi"]), policy=AuthPolicy.MONITOR)
    assert (found.accepted, found.unverified, found.unavailable) == (True, True, False)


@pytest.mark.parametrize(
    ("source", "failing", "unavailable"),
    [
        (SPF_ONLY, ["acme.fi"], True),
        (SIGNED, ["s1._domainkey.acme.fi"], True),
        (delivered(written(), mail_from="x@evil.example"), ["evil.example"], False),
        (delivered(sign(written(), KEY, domain="evil.example"), mail_from=None), ["s1._domainkey.evil.example"], False),
        (delivered(sign(written(), KEY, domain="mail.acme.fi"), mail_from=None), ["_dmarc.acme.fi"], True),
        (SPF_ONLY, ["_dmarc.acme.fi"], False),
    ],
    ids=["spf", "key", "spf that could never align", "key that could never align", "alignment", "policy alone"],
)
def test_only_a_temporary_error_of_what_could_have_proven_it_leaves_it_open(source, failing, unavailable):
    records = KEY.zone(domain="mail.acme.fi")
    found = proven(source, Zone(records, failing=failing))
    assert (found.unavailable, found.accepted) == (unavailable, False)


def test_a_temporary_error_is_no_matter_where_something_else_proves_it():
    zone = Zone(NAMED | KEY.zone(), failing=["acme.fi"])
    assert evidence(proven(delivered(sign(written(), KEY)), zone)) == (Mechanism.DKIM, "acme.fi", True)


def test_where_dkim_is_asked_for_a_temporary_error_of_spf_does_not_matter():
    assert not proven(SPF_ONLY, Zone(failing=["acme.fi"]), policy=AuthPolicy.DKIM).unavailable


@pytest.mark.parametrize(
    ("domain", "network", "accepted"),
    [("acme.fi", "203.0.113.0/24", True), ("acme.fi", "198.51.100.0/24", False), ("other.fi", "203.0.113.0/24", False)],
)
def test_a_client_that_is_exempt_may_use_the_domain_it_is_exempt_for(domain, network, accepted):
    exempt = (Exempt(domain=domain, network=ip_network(network)),)
    found = proven(SPF_ONLY, unauthenticated_ok=exempt, policy=AuthPolicy.DKIM)
    assert (found.accepted, found.evidence is Mechanism.EXCEPTION) == (accepted, accepted)
    assert found.dmarc == "none"


STAMP = "Authentication-Results: mx.example.com; "


def stamped(results: str) -> bytes:
    return (STAMP + results + "\r\n").encode() + delivered(written(), mail_from=None)


@pytest.mark.parametrize(
    ("results", "policy", "accepted"),
    [
        ("dkim=pass header.d=acme.fi header.s=s9", AuthPolicy.DKIM, True),
        ("spf=pass smtp.mailfrom=anna@acme.fi", AuthPolicy.ALIGNED, True),
        ("spf=pass smtp.mailfrom=anna@acme.fi", AuthPolicy.DKIM, False),
        ("dmarc=pass header.from=acme.fi", AuthPolicy.ALIGNED, True),
        ("dmarc=pass header.from=acme.fi", AuthPolicy.DKIM, False),
        ("dmarc=pass header.from=evil.example", AuthPolicy.ALIGNED, False),
        ("dkim=pass header.d=evil.example", AuthPolicy.ALIGNED, False),
        ("dkim=fail header.d=acme.fi", AuthPolicy.ALIGNED, False),
    ],
)
@pytest.mark.parametrize("source", [AuthSource.AUTHRES, AuthSource.BOTH])
def test_what_our_own_server_stamped_is_evidence_where_it_is_believed(results, policy, accepted, source):
    believed = {"source": source, "authserv_ids": ("mx.example.com",), "policy": policy}
    found = proven(stamped(results), **believed)
    assert (found.accepted, found.evidence is Mechanism.AUTHRES) == (accepted, accepted)
    assert not proven(stamped(results), policy=policy).accepted


def test_of_a_message_whose_body_was_not_fetched_spf_alone_can_tell():
    source = delivered(sign(written(), KEY))
    assert proven(source, NAMED | KEY.zone(), whole=False).evidence is Mechanism.SPF


@pytest.mark.parametrize(
    ("source", "records", "proven_too"),
    [
        (SPF_ONLY, NAMED, True),
        (SPF_ONLY, {}, False),
        (delivered(written(), mail_from=""), {"out.acme.fi TXT": ["v=spf1 ip4:203.0.113.7"]}, False),
        (delivered(written(), mail_from=None), NAMED, False),
        (delivered(sign(sign(written(), KEY), KEY, domain="esp.example"), mail_from="b@b.esp.example"), None, True),
        (delivered(sign(written(), KEY), mail_from="b@b.esp.example"), None, False),
        (delivered(sign(written(), KEY, domain="esp.example"), mail_from="b@b.esp.example"), None, False),
        (SPF_ONLY, {"acme.fi TXT": ["v=spf1 +all"]}, False),
    ],
    ids=[
        "spf",
        "nothing",
        "null sender",
        "unknown sender",
        "a signature of the sender's",
        "a signature of the author's alone",
        "nobody proves the author, so that nothing is sent anyhow",
        "half the world",
    ],
)
def test_whether_a_notice_would_reach_who_wrote_is_told_apart(source, records, proven_too):
    zone = KEY.zone() | KEY.zone(domain="esp.example") if records is None else records
    assert proven(source, zone).findings.return_path_proven is proven_too


def test_no_look_up_is_made_for_a_signature_that_could_never_speak_for_anybody_here():
    zone = Zone(NAMED)
    proven(delivered(sign(written(), KEY, domain="evil.example")), zone)
    assert not [name for name in zone.asked if "evil" in name]
