"""What a stranger says about who he is: the rooms `authentication` and `filing`, and what forbids a notice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

from poller.authentication.arc_sets import read_sets
from poller.authentication.authenticate import authenticate
from poller.authentication.authres import trusted_results
from poller.authentication.body_hashes import body_hashes
from poller.authentication.claims import claims_of
from poller.authentication.dmarc_record import parse_record
from poller.authentication.dns import QueryBudgetSpent, RecordType
from poller.authentication.engine import Unreadable
from poller.authentication.gather import Submission
from poller.authentication.keys import read_key
from poller.authentication.received import parse_received
from poller.authentication.results import authserv_id_of, parse_results
from poller.authentication.signature import Refused, read_dkim, read_tags
from poller.authentication.spf import check_spf
from poller.authentication.trace import read_trace
from poller.filing.reasons import Reason
from poller.filing.route import find_route
from poller.filing.settlement import WantedNotice
from poller.mail.fields.address import key_of
from poller.mail.header import split_header
from poller.mail.reader import read_message
from poller.notices.suppression import RULES, Asked
from poller.settings.model import AuthPolicy, Provider
from tests.authentication.making import auth, delivered
from tests.filing.making import UNVERIFIED, organization, routing
from tests.fuzz.cleanness import is_line, is_sentence

ARRIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = (
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",  # RFC 8463, appendix A.2
    "v=DMARC1; p=none; adkim=s",
)
ROUTING = routing(organization(retired=("oldname@in.example.com",)), organization("b@in.b.fi", key="b"))
ANYBODY = auth(policy=AuthPolicy.ALIGNED, arc_sealers=("acme.fi",), trusted_relays=(ip_network("127.0.0.1"),))


class Answering:
    """A DNS in which everybody has the same TXT records, and so many look-ups are had."""

    def __init__(self, *texts: str, most: int = 60) -> None:
        self._texts = texts
        self._left = most

    def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
        assert isinstance(name, str)
        self._left -= 1
        if self._left < 0:
            raise QueryBudgetSpent("enough")
        others = {RecordType.MX: "10 mx.acme.fi", RecordType.PTR: "out.acme.fi", RecordType.A: "192.0.2.1"}
        return self._texts if kind is RecordType.TXT else (others.get(kind, "2001:db8::1"),)


@contextmanager
def _refusing(kind: type[Exception]) -> Iterator[None]:
    """What is refused is refused in a sentence."""
    why = "nothing"
    try:
        yield
    except kind as refusal:
        why = str(refusal)
    assert is_sentence(why), why


def check_authentication(source: bytes) -> None:
    """Nobody has an SPF record or the private key, so nobody is believed."""
    octets = delivered(source)
    message = read_message(octets)
    submission = Submission(message=message, source=octets, trace=read_trace(message.header, ANYBODY), arrived=ARRIVED)
    verdict = authenticate(submission, ANYBODY, Answering(*KEY))
    assert not verdict.accepted
    assert is_sentence(verdict.why), verdict.why
    for finding in verdict.findings.dkim:
        assert is_sentence(finding.why)
        assert is_line(f"{finding.domain}{finding.selector}")
    digests = replace(submission, source=body_hashes(message.header, octets, ANYBODY))
    assert verdict == authenticate(digests, ANYBODY, Answering(*KEY))


def check_received(value: bytes) -> None:
    for provider in Provider:
        hop = parse_received(value, provider)
        assert hop == parse_received(value, provider)
        assert all(said is None or (is_line(said) and " " not in said) for said in (hop.by, hop.helo, hop.recipient))
        assert hop.by is None or hop.by == hop.by.lower()


def check_results(value: bytes) -> None:
    name = authserv_id_of(value)
    assert name is None or (is_line(name.replace("\t", " ")) and name == name.lower())
    results = parse_results(value)
    if results is None:
        return
    assert results.authserv_id == name
    claims = claims_of([results], "our server")
    assert is_sentence(claims.why) or claims.found
    for domain in (*(domain for domain, _ in claims.dkim), claims.mail_from, claims.header_from):
        assert domain is None or (domain.isascii() and is_line(domain) and domain == domain.lower())


def check_signature(value: bytes) -> None:
    header = split_header(b"From: a@acme.fi\r\nDKIM-Signature:" + value + b"\r\n\r\n")
    with _refusing(Refused):
        tags = read_tags(value)
        signature = read_dkim(tags, value, header, ARRIVED)
        assert is_line(signature.seal.domain + signature.seal.selector + signature.seal.identity)
        assert len(signature.body_hash) == 32
        assert len(signature.seal.bare) <= len(value)


def check_sets(octets: bytes) -> None:
    header = split_header(octets)
    with _refusing(Refused):
        positions = [position for one in read_sets(header) for position in one.positions]
        assert len(set(positions)) == len(positions)


def check_records(octets: bytes) -> None:
    """A key's record, and DMARC's."""
    text = octets.decode("latin-1")
    record = parse_record("acme.fi", text)
    assert record is None or record.domain == "acme.fi"
    with _refusing(Unreadable):
        assert read_key.__wrapped__(text).key_type in {"rsa", "ed25519"}


def check_spf_record(octets: bytes) -> None:
    """The first line is the envelope sender, the others are everybody's records."""
    sender, *records = octets.decode("latin-1").split("\n")[:20]
    finding = check_spf(ip_address("203.0.113.7"), sender, "out.acme.fi", Answering(*records))
    assert is_sentence(finding.why), finding.why
    assert finding.domain is None or is_line(finding.domain)


def check_header_of_delivery(octets: bytes) -> None:
    """Where it goes to, and whether anybody is told of it."""
    message = read_message(octets)
    for provider in Provider:
        settings = auth(provider=provider, authserv_ids=("mx.example.com",))
        trace = read_trace(message.header, settings)
        assert 0 <= trace.boundary <= len(message.header.fields)
        results = trusted_results(message.header, trace, settings)
        assert is_sentence(results.why) or results.found
    route = find_route(message.header, trace, ROUTING)
    keys = [one.target.address for one in route.targets]
    assert len(set(keys)) == len(keys)
    assert all(key_of(key) == key for key in keys)
    asked = Asked(
        message=message,
        trace=trace,
        authentication=UNVERIFIED,
        arrived=ARRIVED,
        now=ARRIVED + timedelta(minutes=1),
        wanted=WantedNotice(reason=Reason.RECIPIENT_INVALID, address=next(iter(keys), "9.mycompany@in.example.com")),
        routing=ROUTING,
        key=b"k" * 32,
    )
    assert {type(held) for held in _held(asked)} == {bool}


def _held(asked: Asked) -> Iterator[bool]:
    return (holds(asked) for _, holds, _ in RULES)
