"""Signed messages, whole and damaged: what we say, and what dkimpy alone would have said."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from mmap import mmap

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poller.authentication.dkim import verify_signatures
from poller.authentication.findings import DkimFinding, Result
from poller.mail.header import MAX_FIELD, MAX_FIELDS, MAX_HEADER, split_header
from tests.authentication.making import Zone
from tests.authentication.signing import Key, sign
from tests.cpu import cpu_within

AT = datetime(2026, 1, 1, tzinfo=UTC)
RSA, ED = Key.rsa(), Key.ed25519()
CANONS = [f"{head}/{body}" for head in ("simple", "relaxed") for body in ("simple", "relaxed")]
MESSAGE = (
    b"Received: from x\r\nFrom: Eva  Virtanen\r\n\t<eva@acme.fi>\r\nTo: b@example.com\r\nSubject: Offer  7 \r\n"
    b"Date: Thu, 1 Jan 2026 00:00:00 +0200\r\nMessage-ID: <1@acme.fi>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Hei!  \r\n\tTarjous  on t\xc3\xa4ss\xc3\xa4. \r\n\r\n\r\n"
)
ALL = ("From", "To", "Subject", "Content-Type", "Content-Transfer-Encoding")


def verify(source, zone: Zone, *, rank=lambda _: 0, at=AT, most=8) -> tuple[DkimFinding, ...]:
    return verify_signatures(split_header(source), source, rank=rank, resolver=zone, at=at, most=most)


def result(source, zone: Zone) -> Result:
    (finding,) = verify(source, zone)
    return finding.result


def plain(source: bytes, zone: Zone) -> bool:
    """What dkimpy alone says."""

    def dnsfunc(name: bytes, timeout: int = 5) -> bytes | None:
        texts = zone.records.get(f"{name.decode().rstrip('.')} TXT".lower(), ())
        return texts[0].encode("latin-1") if texts else None

    try:
        return dkim.DKIM(source).verify(dnsfunc=dnsfunc)
    except dkim.DKIMException:
        return False


def signed(key: Key = RSA, message: bytes = MESSAGE, **options) -> bytes:
    return sign(message, key, **{"headers": ALL, **options})


@pytest.mark.parametrize("canon", CANONS)
@pytest.mark.parametrize(
    "key", [RSA, Key.rsa(1024), Key.rsa(2048, 3), ED], ids=["2048", "1024", "exponent 3", "ed25519"]
)
@pytest.mark.parametrize("ending", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
def test_a_genuine_signature_passes(canon, key, ending):
    source = signed(key, MESSAGE.replace(b"\r\n", ending), canon=canon)
    zone = Zone(key.zone())
    (finding,) = verify(source, zone)
    assert (finding.result, finding.domain, finding.selector, finding.position) == (Result.PASS, "acme.fi", "s1", 0)
    assert finding.why == "the message is as acme.fi signed it with s1"
    assert plain(source, zone)


@pytest.mark.parametrize(
    ("canon", "old", "new", "expected"),
    [
        ("simple/simple", b"Offer  7", b"Offer 7", Result.FAIL),
        ("relaxed/simple", b"Subject: Offer  7 ", b"SUBJECT:Offer\r\n 7", Result.PASS),
        ("relaxed/simple", b"Offer  7", b"Offer 8", Result.FAIL),
        ("simple/relaxed", b"Hei!  ", b"Hei!", Result.PASS),
        ("simple/simple", b"Hei!  ", b"Hei!", Result.FAIL),
        ("simple/simple", b"\r\n\r\n\r\n", b"\r\n", Result.PASS),
        ("relaxed/relaxed", b"\tTarjous  on", b" Tarjous on", Result.PASS),
        ("relaxed/relaxed", b"\tTarjous  on", b"Tarjous on", Result.FAIL),
        ("relaxed/relaxed", b"Hei", b"Moi", Result.FAIL),
        ("relaxed/relaxed", b"eva@acme.fi", b"ceo@acme.fi", Result.FAIL),
        ("relaxed/relaxed", b"Received: from x", b"Received: from y", Result.PASS),
        ("relaxed/relaxed", b"d=acme.fi", b"d=acme.FI", Result.FAIL),
    ],
)
def test_what_may_change_on_the_way_and_what_may_not(canon, old, new, expected):
    source = signed(canon=canon)
    assert old in source
    changed, zone = source.replace(old, new, 1), Zone(RSA.zone())
    assert result(changed, zone) is expected
    assert plain(changed, zone) is (expected is Result.PASS)


@pytest.mark.parametrize(
    ("options", "more", "expected", "why"),
    [
        ({"length": 5}, "", Result.POLICY, "only a part of the body"),
        ({"length": 0}, "", Result.POLICY, "only a part of the body"),
        ({"headers": ("To", "Subject", "Content-Type", "Content-Transfer-Encoding")}, "", Result.POLICY, "field From"),
        ({"headers": ("From", "To")}, "", Result.POLICY, "does not cover the field Subject"),
        ({"headers": ("From", "Subject")}, "", Result.POLICY, "does not cover the field Content-Type"),
        ({"headers": ALL[:-1]}, "", Result.POLICY, "does not cover the field Content-Transfer-Encoding"),
        ({"algorithm": "rsa-sha1"}, "", Result.POLICY, "neither rsa-sha256 nor ed25519-sha256"),
        ({}, "t=y; ", Result.POLICY, "t=y"),
        ({"tags": "i=@mail.acme.fi"}, "t=s; ", Result.PERMERROR, "t=s"),
        ({}, "h=sha1; ", Result.PERMERROR, "not for SHA-256"),
        ({"tags": "x=1767225599"}, "", Result.FAIL, "had expired"),
    ],
)
def test_what_dkimpy_accepts_falsely_is_refused(options, more, expected, why):
    source, zone = signed(**options), Zone(RSA.zone(more=more))
    (finding,) = verify(source, zone)
    assert (finding.result, why in finding.why) == (expected, True), finding.why
    assert (finding.domain, finding.selector) == ("acme.fi", "s1")
    if "x=" not in options.get("tags", ""):  # dkimpy goes by the clock
        assert plain(source, zone)


def test_what_is_appended_to_a_signed_length_does_not_count():
    zone = Zone(RSA.zone())
    source = signed(length=5) + b"<h1>Pay here</h1>\r\n"
    assert plain(source, zone)
    assert result(source, zone) is Result.POLICY


def test_a_second_subject_on_top_is_not_covered():
    zone = Zone(RSA.zone())
    source = b"Subject: Pay now\r\n" + signed()
    assert plain(source, zone)
    assert result(source, zone) is Result.POLICY


def test_an_rsa_key_is_not_for_an_ed25519_signature():
    assert result(signed(ED), Zone(RSA.zone())) is Result.PERMERROR


def test_expiry_is_judged_at_delivery_however_late_we_come():
    source = signed(tags=f"t={int(AT.timestamp())}; x={int(AT.timestamp()) + 60}")
    zone = Zone(RSA.zone())
    assert result(source, zone) is Result.PASS
    assert verify(source, zone, at=AT + timedelta(minutes=2))[0].result is Result.FAIL
    assert verify(source, zone, at=AT - timedelta(hours=11))[0].result is Result.FAIL
    assert verify(source, zone, at=AT - timedelta(hours=9))[0].result is Result.PASS


def test_without_an_answer_of_the_dns_it_is_a_temporary_error_and_without_a_key_a_permanent_one():
    assert result(signed(), Zone(failing=["s1._domainkey.acme.fi"])) is Result.TEMPERROR
    assert result(signed(), Zone()) is Result.PERMERROR


def test_a_changed_body_does_not_wait_for_the_dns():
    source = signed().replace(b"Hei", b"Moi")
    assert result(source, Zone(failing=["s1._domainkey.acme.fi"])) is Result.FAIL


def test_only_the_header_was_fetched():
    header = split_header(signed())
    (finding,) = verify_signatures(header, None, rank=lambda _: 0, resolver=Zone(), at=AT, most=8)
    assert (finding.result, finding.domain) == (Result.NEUTRAL, "acme.fi")


def test_a_message_without_a_signature_has_no_finding():
    assert verify(MESSAGE, Zone()) == ()


def test_a_signature_below_another_one_counts_as_much():
    source = sign(signed(), RSA, domain="bulk.example", headers=ALL)
    zone = Zone(RSA.zone() | RSA.zone("bulk.example"))
    assert [(finding.domain, finding.result) for finding in verify(source, zone)] == [
        ("bulk.example", Result.PASS),
        ("acme.fi", Result.PASS),
    ]


def test_a_domain_that_can_never_speak_for_the_author_is_not_asked_for():
    source = sign(signed(), RSA, domain="stalled.example", headers=ALL)
    zone = Zone(RSA.zone(), failing=["s1._domainkey.stalled.example"])
    theirs, ours = verify(source, zone, rank=lambda domain: 0 if domain == "acme.fi" else None)
    assert (theirs.result, theirs.why) == (Result.POLICY, "d=stalled.example can never speak for the author's domain")
    assert ours.result is Result.PASS
    assert zone.asked == ["s1._domainkey.acme.fi txt"]


def test_f43_the_best_signatures_are_looked_at_and_no_more_than_allowed():
    source = signed()
    for _ in range(4):
        source = sign(source, RSA, domain="mail.acme.fi", headers=ALL)
    zone = Zone(RSA.zone() | RSA.zone("mail.acme.fi"))
    findings = verify(source, zone, rank=["acme.fi", "mail.acme.fi"].index, most=3)
    assert [finding.result for finding in findings] == [Result.PASS] * 2 + [Result.POLICY] * 2 + [Result.PASS]
    assert findings[2].why == "the message has more than 3 signatures to look at"
    assert len(zone.asked) == 3


@pytest.mark.parametrize(
    ("field", "domain", "why"),
    [
        (b"", None, "d= of the signature is missing"),
        (b"x", None, "no list of tags"),
        (b"v=1; d=acme.fi; d=acme.fi", None, "a tag stands twice"),
        (b"v=1; d=acme.fi(", None, "d= of the signature is missing or is no host name"),
        (b"v=1; a=rsa-sha256; d=acme.fi", "acme.fi", "s= of the signature"),
        (b"v=1; l=\xff; t=" + b"9" * 7_000, None, "d= of the signature"),
        (b"v=1; d=acme.fi;" + b" " * 9_000, None, "larger than 8,192 octets"),
    ],
)
def test_fields_that_cannot_be_read_are_findings_too(field, domain, why):
    (finding,) = verify(b"DKIM-Signature: " + field + b"\r\n" + MESSAGE, Zone())
    assert (finding.domain, finding.result, why in finding.why) == (domain, Result.PERMERROR, True), finding.why


def test_the_message_may_lie_in_a_mapped_file(tmp_path):
    source = signed()
    path = tmp_path / "message"
    path.write_bytes(source)
    descriptor = os.open(path, os.O_RDWR)
    with mmap(descriptor, 0) as mapped:
        assert result(mapped, Zone(RSA.zone())) is Result.PASS
    os.close(descriptor)


blanks = st.text(" \t", max_size=3)
lines = st.lists(st.sampled_from(["a", "b  c", " d ", "\t", "", ".", "-- "]), max_size=12)


@given(canon=st.sampled_from(CANONS), body=lines, before=blanks, after=blanks, ending=st.sampled_from(["\r\n", "\n"]))
@settings(max_examples=150, deadline=None)
def test_both_say_the_same_to_any_message(canon, body, before, after, ending):
    text = "\r\n".join([f"From:{before}a@acme.fi{after}", f"Subject:{before}x\r\n {after}y", "", *body])
    zone = Zone(ED.zone())
    source = sign(text.replace("\r\n", ending).encode(), ED, canon=canon)
    assert result(source, zone) is Result.PASS
    assert plain(source, zone)


def hostile_headers() -> dict[str, bytes]:
    """As large as the splitter lets them be."""
    long, number = MAX_FIELD - 100, MAX_HEADER // MAX_FIELD
    many = MAX_FIELDS - 30
    return {
        "blanks in a field": b"To:" + b" " * long + b"x\r\n",
        "blanks in every field": (b"To:" + b" \t" * (long // 2) + b"x\r\n") * number,
        "folds": (b"To:" + b"\r\n x" * (long // 4) + b"\r\n") * number,
        "single blanks": (b"To:" + b" a" * (long // 2) + b"\r\n") * number,
        "many fields": (b"To: " + b"x" * 900 + b"\r\n") * many,
        "as many names": b"".join(b"X%d: x\r\n" % index for index in range(many)),
    }


@pytest.mark.parametrize("name", hostile_headers())
@pytest.mark.parametrize("canon", ["simple/simple", "relaxed/relaxed"])
def test_eight_signatures_of_the_largest_header_take_no_time(name, canon):
    message = hostile_headers()[name] + MESSAGE
    names = [*ALL, *(f"x{index}" for index in range(500)), *["to"] * 600]
    field = sign(MESSAGE, RSA, canon=canon, headers=names)[: -len(MESSAGE)]
    assert 7_000 < len(field) < 8_192
    source = field * 8 + message
    header = split_header(source)
    assert header.malformed is None
    with cpu_within(1):  # measured: below 0.06 s
        findings = verify(source, Zone(RSA.zone()))
        assert len(findings) == 8
        assert {finding.result for finding in findings} == {Result.FAIL}


def test_two_hundred_signatures_take_no_time():
    source = signed()
    field = source[: -len(MESSAGE)]
    zone = Zone(RSA.zone())
    with cpu_within(1):  # measured: 0.005 s
        findings = verify(field * 200 + MESSAGE, zone)
    assert [finding.result for finding in findings] == [Result.PASS] * 8 + [Result.POLICY] * 192


def test_f43_a_thousand_unreadable_signatures_take_no_time():
    source = (b"DKIM-Signature: d=acme.fi;" + b"a%d=;" * 28 % tuple(range(28)) + b"\r\n") * 980 + MESSAGE
    with cpu_within(1):  # measured: 0.06 s
        assert len(verify(source, Zone())) == 980


def test_a_signed_body_of_blanks_takes_no_time():
    head, _, _ = MESSAGE.partition(b"\r\n\r\n")
    field = sign(head + b"\r\n\r\n" + b"\r\n", RSA, canon="relaxed/relaxed", headers=ALL)[: -len(head) - 6]
    source = field + head + b"\r\n\r\n" + (b" " * 999 + b"\r\n") * 10_000
    with cpu_within(1):  # measured: 0.04 s
        assert result(source, Zone(RSA.zone())) is Result.PASS
