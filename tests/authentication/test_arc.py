"""Chains of one to three forwarders, signed here, and what dkimpy says of the same; then all that may be wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import dkim
import pytest

from poller.authentication.arc import verify_chain
from poller.authentication.arc_sets import MAX_SETS
from poller.authentication.findings import ArcFinding, Result
from poller.mail.header import split_header
from tests.authentication.arc_signing import RESULTS, SEAL, SIGNATURE, add_set, chain
from tests.authentication.making import Zone
from tests.authentication.signing import Key
from tests.cpu import cpu_within

AT = datetime(2026, 5, 1, tzinfo=UTC)
KEY, OTHER = Key.rsa(), Key.rsa(name="other")
ED25519 = Key.ed25519()
MESSAGE = (
    b"From: Anna <anna@acme.fi>\r\nTo: m@example.com\r\nSubject: Harbour\r\nDate: Fri, 1 May 2026 10:00:00 +0000\r\n"
    b"Message-ID: <1@acme.fi>\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
)
SEALERS = ("fwd.fi", "list.fi", "gw.fi")
RECORDS = {f"arc._domainkey.{domain} TXT": [KEY.record()] for domain in SEALERS}


def verify(
    message: bytes, zone: Zone | None = None, sealers: tuple[str, ...] = SEALERS, at: datetime = AT
) -> ArcFinding:
    header = split_header(message)
    assert header.malformed is None
    return verify_chain(header, message, sealers=sealers, resolver=zone or Zone(RECORDS), at=at)


def dkimpy_passes(message: bytes) -> bool:
    def lookup(name: bytes, timeout: int = 5) -> bytes | None:
        return next((text.encode() for text in RECORDS.get(f"{name.decode().rstrip('.')} TXT", ())), None)

    status, _, _ = dkim.ARC(message).verify(dnsfunc=lookup)
    return status == b"pass"


def hops(count: int) -> bytes:
    return chain(MESSAGE, [(domain, KEY) for domain in SEALERS[:count]])


def edited(pattern: str, by: str, count: int = 1) -> Callable[[bytes], bytes]:
    def edit(message: bytes) -> bytes:
        after, changes = re.subn(pattern.encode(), by.encode(), message, count=count)
        assert changes
        return after

    return edit


def fields(message: bytes) -> tuple[list[bytes], bytes]:
    header, _, body = message.partition(b"\r\n\r\n")
    return re.split(rb"\r\n(?![ \t])", header), body


def moved(order: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    def move(message: bytes) -> bytes:
        lines, body = fields(message)
        return b"\r\n".join(order(lines)) + b"\r\n\r\n" + body

    return move


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_chain_of_trusted_sealers_is_valid(count: int) -> None:
    message = hops(count)
    found = verify(message)
    assert (found.result, found.sealers) == (Result.PASS, SEALERS[:count])
    assert found.results
    assert found.results.dkim == (("acme.fi", "s1"),)
    assert dkimpy_passes(message)


def test_the_first_sealers_results_count_and_no_later_ones() -> None:
    said = ["fwd.fi; dkim=fail header.d=acme.fi; spf=pass smtp.mailfrom=evil.fi", "list.fi; dkim=pass header.d=acme.fi"]
    found = verify(chain(MESSAGE, [("fwd.fi", KEY), ("list.fi", KEY)], said)).results
    assert found
    assert (found.dkim, found.mail_from) == ((), "evil.fi")


@pytest.mark.parametrize(
    "said",
    [
        "mx.microsoft.com 1; spf=pass smtp.mailfrom=acme.fi; dmarc=pass action=none header.from=acme.fi; arc=none",
        "mx.google.com;\r\n       dkim=pass header.i=@acme.fi;\r\n       dmarc=pass (p=NONE) header.from=acme.fi",
    ],
)
def test_what_forwarders_write_is_read(said: str) -> None:
    found = verify(add_set(MESSAGE, KEY, 1, results=said)).results
    assert found
    assert found.header_from == "acme.fi"


def test_results_that_cannot_be_read_say_nothing() -> None:
    found = verify(add_set(MESSAGE, KEY, 1, results="fwd.fi; dkim=pass header.d=acme.fi stray"))
    assert found.result is Result.PASS
    assert found.results
    assert (found.results.found, found.results.dkim) == (False, ())


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (lambda: hops(1) + b"more\r\n", "the body is not the one"),
        (lambda: edited("Harbour", "Airport")(hops(1)), "the header is not the one"),
        (lambda: edited("d=acme.fi", "d=evil.fi")(hops(1)), "the header is not the one"),
        (lambda: edited("d=acme.fi", "d=evil.fi", 3)(hops(3)), "the header is not the one"),
        (lambda: edited(r"(?s)(ARC-Seal: .*?b=)..", r"\1AA")(hops(2)), "the header is not the one"),
        (lambda: edited(r"(?s)(ARC-Seal: .*ARC-Seal: .*?b=)..", r"\1AA")(hops(2)), "the header is not the one"),
        (lambda: edited(r"(?s)(ARC-Message-Signature: .*?bh=)..", r"\1AA")(hops(1)), "the body is not the one"),
        (lambda: add_set(MESSAGE, OTHER, 1), "the header is not the one"),
        (lambda: add_set(hops(1), OTHER, 2, domain="list.fi"), "the header is not the one"),
        (lambda: add_set(add_set(MESSAGE, OTHER, 1), KEY, 2, domain="list.fi"), "the header is not the one"),
        (lambda: add_set(hops(1), KEY, 2, domain="list.fi", sealed=[RESULTS, SIGNATURE]), "the header is not the one"),
        (lambda: add_set(hops(1), KEY, 2, sealed=[RESULTS, SIGNATURE, RESULTS, SIGNATURE, SEAL]), "the header is not"),
        (lambda: add_set(MESSAGE, KEY, 1, sealed=[SIGNATURE, RESULTS]), "the header is not the one"),
        (lambda: add_set(MESSAGE, KEY, 1, cv="fail"), "cv="),
        (lambda: add_set(MESSAGE, KEY, 1, cv="pass"), "cv="),
        (lambda: add_set(MESSAGE, KEY, 1, cv="valid"), "cv="),
        (lambda: add_set(hops(1), KEY, 2, cv="none"), "cv="),
        (lambda: add_set(hops(1), KEY, 2, cv="fail"), "cv="),
        (lambda: add_set(add_set(hops(1), KEY, 2, cv="fail"), KEY, 3), "cv="),
        (lambda: edited("cv=none;", "")(hops(1)), "cv="),
        (lambda: add_set(MESSAGE, KEY, 2), "i=1 has no"),
        (lambda: add_set(hops(1), KEY, 3), "i=2 has no"),
        (lambda: moved(lambda lines: lines[1:])(hops(1)), "has no Arc-Seal"),
        (lambda: moved(lambda lines: lines[:1] + lines[2:])(hops(2)), "has no Arc-Message-Signature"),
        (lambda: moved(lambda lines: lines[:2] + lines[3:])(hops(1)), "has no Arc-Authentication-Results"),
        (lambda: moved(lambda lines: lines[:3] + lines[6:])(hops(2)), "i=1 has no"),
        (lambda: moved(lambda lines: lines[:1] + lines)(hops(1)), "has its Arc-Seal twice"),
        (lambda: moved(lambda lines: [lines[1], *lines])(hops(2)), "has its Arc-Message-Signature twice"),
        (lambda: b"ARC-Authentication-Results: i=1; x; none\r\n" + hops(1), "has its Arc-Authentication-Results twice"),
        (lambda: add_set(hops(1), KEY, 1), "twice"),
        (lambda: edited("i=1", "i=0")(hops(1)), "i="),
        (lambda: edited("i=1", "i=01")(hops(1)), "i="),
        (lambda: edited("i=1", "i=1a")(hops(1)), "i="),
        (lambda: edited("i=1", "i=-1")(hops(1)), "i="),
        (lambda: edited("i=1", "i=51")(hops(1)), "has no"),
        (lambda: edited("i=1; ", "")(hops(1)), "i="),
        (lambda: edited("Results: i=1; ", "Results: ")(hops(1)), "does not start with its i="),
        (lambda: edited("Results: i=1; ", "Results: (i=2) i=1; ")(hops(1)), "does not start with its i="),
        (lambda: edited("i=1;", "i=1; i=1;")(hops(1)), "twice"),
        (lambda: add_set(MESSAGE, KEY, 1, covered=["From", "Subject", "ARC-Seal"]), "covers an ARC-Seal"),
        (lambda: add_set(MESSAGE, KEY, 1, seal_tags="h=from; "), "has h="),
        (lambda: edited("d=fwd.fi; ", "", 2)(hops(1)), "cannot be read"),
        (lambda: edited("s=arc; ", "")(hops(1)), "s= of the signature is missing"),
        (lambda: edited("a=rsa-sha256; ", "")(hops(1)), "neither rsa-sha256"),
    ],
)  # fmt: skip
def test_a_chain_with_a_fault_proves_nothing(build: Callable[[], bytes], why: str) -> None:
    message = build()
    found = verify(message)
    assert found.result not in {Result.PASS, Result.NONE, Result.TEMPERROR}
    assert found.results is None
    assert why in found.why
    assert not _passes_there(message)


def _passes_there(message: bytes) -> bool:
    try:
        return dkimpy_passes(message)
    except (dkim.DKIMException, IndexError, ValueError, KeyError):
        return False


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (lambda: add_set(MESSAGE, KEY, 1, covered=["From", "Content-Type"]), "does not cover the field Subject"),
        (lambda: add_set(MESSAGE, KEY, 1, covered=["From", "Subject"]), "does not cover the field Content-Type"),
        (lambda: add_set(MESSAGE, KEY, 1, covered=["Subject", "Content-Type"]), "does not cover the field From"),
        (lambda: add_set(MESSAGE, KEY, 1, length=5) + b"more\r\n", "only a part of the body (l=)"),
        (lambda: add_set(MESSAGE, KEY, 1, signature_tags="x=1700000000; "), "had expired"),
        (lambda: add_set(MESSAGE, KEY, 1, signature_tags="t=1900000000; "), "after the message arrived"),
    ],
)  # fmt: skip
def test_the_last_signature_must_be_as_good_as_dkims(build: Callable[[], bytes], why: str) -> None:
    found = verify(build())
    assert found.result in {Result.POLICY, Result.PERMERROR, Result.FAIL}
    assert why in found.why


@pytest.mark.parametrize(
    "build",
    [
        lambda: add_set(MESSAGE, KEY, 1, seal_tags="z=1; "),
        lambda: add_set(MESSAGE, KEY, 1, signature_tags="zz=some; "),
        lambda: add_set(MESSAGE, KEY, 1, canon="simple/simple"),
        lambda: add_set(MESSAGE, KEY, 1, seal_tags="t=1700000000; "),
        lambda: moved(lambda lines: [*lines[3:5], *lines[:3], *lines[5:]])(hops(1)),
        lambda: moved(lambda lines: [lines[2], lines[0], lines[1], *lines[3:]])(hops(1)),
        lambda: b"Received: from a by b; d\r\n" + hops(2),
        lambda: edited("ARC-Seal", "arc-seal", 2)(hops(2)),
    ],
)
def test_what_is_unusual_and_right_passes(build: Callable[[], bytes]) -> None:
    assert verify(build()).result is Result.PASS
    assert dkimpy_passes(build())


def test_the_order_of_the_sets_is_that_of_their_numbers_wherever_they_stand() -> None:
    message = moved(lambda lines: [*lines[3:6], *lines[:3], *lines[6:]])(hops(2))
    assert verify(message).result is Result.PASS  # dkimpy goes by their places


def test_signatures_of_earlier_sets_may_have_been_broken_by_later_forwarders() -> None:
    message = hops(1).replace(b"Subject: Harbour", b"Subject: [list] Harbour") + b"-- \r\nlist\r\n"
    message = add_set(message, KEY, 2, domain="list.fi")
    assert verify(message).result is Result.PASS
    assert dkimpy_passes(message)


def test_ed25519_seals_too() -> None:
    zone = Zone({"arc._domainkey.fwd.fi TXT": [ED25519.record()]})
    assert verify(add_set(MESSAGE, ED25519, 1), zone).result is Result.PASS


@pytest.mark.parametrize(
    ("sealers", "stranger"),
    [(("list.fi",), "fwd.fi"), (("fwd.fi",), "list.fi"), ((), "fwd.fi"), (("fi",), "fwd.fi"), ((".fi",), "fwd.fi")],
)
def test_one_sealer_that_is_not_trusted_ends_it_without_a_look_up(sealers: tuple[str, ...], stranger: str) -> None:
    zone = Zone(RECORDS)
    found = verify(hops(2), zone, sealers)
    assert (found.result, found.sealers, found.results) == (Result.POLICY, ("fwd.fi", "list.fi"), None)
    assert stranger in found.why
    assert zone.asked == []


def test_a_stranger_may_not_sign_the_message_below_a_trusted_seal() -> None:
    zone = Zone({**RECORDS, "arc._domainkey.evil.fi TXT": [KEY.record()]})
    found = verify(add_set(MESSAGE, KEY, 1, signature_domain="evil.fi"), zone)
    assert (found.result, zone.asked) == (Result.POLICY, [])


def test_a_message_without_a_chain_has_none() -> None:
    found = verify(MESSAGE)
    assert (found.result, found.sealers, found.results) == (Result.NONE, (), None)


@pytest.mark.parametrize("failing", ["arc._domainkey.fwd.fi", "arc._domainkey.list.fi"])
def test_without_an_answer_of_the_dns_nothing_is_decided(failing: str) -> None:
    found = verify(hops(2), Zone(RECORDS, failing=[failing]))
    assert (found.result, found.results) == (Result.TEMPERROR, None)
    assert failing in found.why


def test_no_answer_can_mend_what_has_failed_for_good() -> None:
    zone = Zone(RECORDS, failing=["arc._domainkey.fwd.fi"])
    assert verify(hops(2) + b"more\r\n", zone).result is Result.FAIL
    broken = edited(r"(?s)(ARC-Seal: .*?b=)..", r"\1AA")(hops(2))
    assert verify(broken, zone).result is Result.FAIL
    first_broken = edited(r"(?s)(ARC-Seal: .*ARC-Seal: .*?b=)..", r"\1AA")(hops(2))
    assert verify(first_broken, Zone(RECORDS, failing=["arc._domainkey.list.fi"])).result is Result.FAIL


@pytest.mark.parametrize(
    "record",
    ["v=DKIM1; p=", "v=DKIM1; t=y; p=" + KEY.public, "v=DKIM1; k=ed25519; p=" + ED25519.public, "v=DKIM1"],
    ids=["revoked", "test", "another type", "no key"],
)
def test_the_sealers_key_is_held_to_the_same(record: str) -> None:
    found = verify(hops(1), Zone({"arc._domainkey.fwd.fi TXT": [record]}))
    assert found.result not in {Result.PASS, Result.NONE, Result.TEMPERROR}


def test_more_sets_than_anybody_needs_are_not_looked_at() -> None:
    one = b"ARC-Seal: i=%d; a=rsa-sha256; cv=pass; d=fwd.fi; s=arc; b=AA==\r\n"
    message = b"".join(one % instance for instance in range(1, 3 * MAX_SETS + 2)) + MESSAGE
    zone = Zone(RECORDS)
    with cpu_within(1):
        found = verify(message, zone)
        assert (found.result, zone.asked) == (Result.PERMERROR, [])


def test_the_longest_chain_costs_little_time() -> None:
    message = chain(MESSAGE, [("fwd.fi", KEY)] * MAX_SETS)
    with cpu_within(1):
        assert verify(message).result is Result.PASS


@pytest.mark.parametrize("octets", [b" " * 200_000, b"(" * 200_000, b";" * 200_000, b"=" * 200_000, b"a=" * 100_000])
@pytest.mark.parametrize("name", [RESULTS, SIGNATURE, SEAL])
def test_hostile_fields_cost_little_time(name: str, octets: bytes) -> None:
    message = name.encode() + b": i=1;" + octets + b"x\r\n" + MESSAGE
    with cpu_within(1):
        assert verify(message).result is not Result.PASS
