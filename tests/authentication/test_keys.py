"""Which key records may be used."""

from __future__ import annotations

from base64 import b64decode, b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.authentication.dns import QueryBudgetSpent
from poller.authentication.engine import Unreadable
from poller.authentication.findings import Result
from poller.authentication.keys import fetch_key, read_key
from poller.authentication.signature import Refused, Seal
from tests.authentication.making import Zone
from tests.authentication.signing import Key
from tests.cpu import cpu_within

SEAL = Seal(key_type="rsa", domain="acme.fi", selector="s1", identity="acme.fi", proof=b"", bare=b"", form="simple")
NAME = "s1._domainkey.acme.fi"
RSA, ED = Key.rsa(), Key.ed25519()


def seal(key_type: str = "rsa", identity: str = "acme.fi") -> Seal:
    return Seal(
        key_type=key_type, domain="acme.fi", selector="s1", identity=identity, proof=b"", bare=b"", form="simple"
    )


def zone(*texts: str) -> Zone:
    return Zone({f"{NAME} TXT": texts})


def der(*numbers: int) -> str:
    """A bare RSAPublicKey."""

    def element(tag: int, octets: bytes) -> bytes:
        return bytes([tag, 0x82]) + len(octets).to_bytes(2, "big") + octets

    integers = b"".join(element(2, number.to_bytes(number.bit_length() // 8 + 1, "big")) for number in numbers)
    return b64encode(element(0x30, integers)).decode()


@pytest.mark.parametrize(
    "texts",
    [
        [RSA.record()],
        [f"p={RSA.public}"],
        [f"k=rsa; p={RSA.bare}"],
        [f"v=DKIM1; h=sha1:sha256; s=email; t=s; n=note; g=*; p={RSA.public};"],
        [f" v = DKIM1 ; k = rsa ; s=other:* ; p = {RSA.public[:40]} {RSA.public[40:]} "],
        ["v=spf1 -all", RSA.record()],
        [RSA.record(), "google-site-verification=p=x", "v=DMARC1; p=reject", "some text", ""],
        [Key.rsa(1024).record()],
    ],
    ids=range(8),
)
def test_the_one_key_there_is_is_used(texts):
    assert fetch_key(SEAL, zone(*texts))


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ([], "the DNS has no key at s1._domainkey.acme.fi"),
        (["v=spf1 -all"], "the DNS has no key among the records at s1._domainkey.acme.fi"),
        (["v=DMARC1; p=none"], "the DNS has no key among the records at s1._domainkey.acme.fi"),
        ([f"v=DKIM2; p={RSA.public}"], "the DNS has no key among the records at s1._domainkey.acme.fi"),
        ([RSA.record(), Key.rsa(1024).record()], "the DNS has 2 keys at s1._domainkey.acme.fi instead of one"),
        ([RSA.record(), "v=DKIM1; p="], "the DNS has 2 keys at s1._domainkey.acme.fi instead of one"),
        ([f"k=rsa; v=DKIM1; p={RSA.public}"], "v= is not its first tag"),
        ([f"v=DKIM1; p={RSA.public}; p={RSA.public}"], "a tag stands twice"),
        ([f"v=DKIM1;; p={RSA.public}"], "it is no list of tags"),
        (["v=DKIM1; k=rsa"], "it has no p="),
        (["v=DKIM1; p="], "it has been revoked (p= is empty)"),
        (["v=DKIM1; p=!!!!"], "p= is not base64"),
        (["v=DKIM1; p=ä"], "p= is not base64"),
        (["v=DKIM1; p=QUJD"], "p= is no RSA key"),
        ([RSA.record()[:-40]], "p= is no RSA key"),
        ([RSA.record("h=sha1; ")], "it is not for SHA-256 (h=)"),
        ([RSA.record("h=; ")], "it is not for SHA-256 (h=)"),
        ([RSA.record("s=tlsrpt; ")], "it is not for mail (s=)"),
        ([f"k=dsa; p={RSA.public}"], "its type (k=) is unknown"),
        ([f"k=\xe4; p={RSA.public}"], "its type (k=) is unknown"),
        ([f"k=ed25519; p={RSA.public}"], "p= is no Ed25519 key"),
        ([ED.record()], "the key s1._domainkey.acme.fi is for ed25519, the signature is rsa"),
        ([RSA.record(f"n={'x' * 4_096}; ")], "the record is larger than 4,096 octets"),
        ([f"p={der(2**1023 - 1, 65_537)}"], "it has 1,023 bits, not 1,024 to 8,192"),
        ([f"p={der(2**512 - 1, 65_537)}"], "it has 512 bits, not 1,024 to 8,192"),
        ([f"p={der(2**8192 + 1, 65_537)}"], "it has 8,193 bits, not 1,024 to 8,192"),
        ([f"p={der(2**16_383 + 1, 2**33 - 1)}"], "it has 16,384 bits, not 1,024 to 8,192"),
        ([f"p={der(0, 3)}"], "it has 0 bits, not 1,024 to 8,192"),
        *(
            ([f"p={der(modulus, exponent)}"], "its numbers are not those of an RSA key")
            for modulus, exponent in ((2**2048 - 1, 2**33 + 1), (2**2048 - 1, 4), (2**2048 - 1, 1), (2**2047, 3))
        ),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_any_other_is_refused(texts, why):
    with pytest.raises(Refused) as refused:
        fetch_key(SEAL, zone(*texts))
    assert refused.value.result is Result.PERMERROR
    assert refused.value.why.endswith(why)


def test_an_ed25519_key_is_for_ed25519_signatures_only():
    assert fetch_key(seal("ed25519"), zone(ED.record()))
    with pytest.raises(Refused, match="is for rsa, the signature is ed25519"):
        fetch_key(seal("ed25519"), zone(RSA.record()))


@pytest.mark.parametrize("flags", ["t=y; ", "t=s:y; ", "t=foo : y; "])
def test_a_key_in_test_counts_as_no_signature(flags):
    with pytest.raises(Refused, match="t=y") as refused:
        fetch_key(SEAL, zone(RSA.record(flags)))
    assert refused.value.result is Result.POLICY


def test_a_strict_key_speaks_for_no_subdomain():
    strict = zone(RSA.record("t=s; "))
    assert fetch_key(seal(identity="acme.fi"), strict)
    with pytest.raises(Refused, match="not for subdomains"):
        fetch_key(seal(identity="mail.acme.fi"), strict)
    assert fetch_key(seal(identity="mail.acme.fi"), zone(RSA.record()))


def test_no_answer_is_a_temporary_error():
    with pytest.raises(Refused) as refused:
        fetch_key(SEAL, Zone(failing=[NAME]))
    assert refused.value.result is Result.TEMPERROR


def test_a_spent_budget_is_no_delay():
    class Spent:
        def lookup(self, name, kind):
            raise QueryBudgetSpent

    with pytest.raises(Refused) as refused:
        fetch_key(SEAL, Spent())
    assert refused.value.result is Result.PERMERROR


def test_giant_keys_are_refused_before_anything_is_computed():
    record = f"p={der(2**16_383 + 1, 2**16_000 + 1)}"
    with cpu_within(1):  # dkimpy takes 19.6 s for one
        for _ in range(8):
            with pytest.raises(Refused):
                fetch_key(SEAL, zone(record))


@given(text=st.text("vkptsh=;:DKIM1 \tysä\0-+/Qq", max_size=80))
def test_any_record_is_a_key_or_refused(text):
    for record in (text, f"p={text}", f"v=DKIM1; {text}", f"{RSA.record()}{text}"):
        with suppress(Refused):
            fetch_key(SEAL, zone(record))


def test_a_key_is_parsed_once():
    assert read_key(RSA.record()) is read_key(RSA.record())


def test_f41_octets_of_no_key_are_unreadable():
    with pytest.raises(Unreadable):
        read_key("p=" + b64encode(b64decode(RSA.public)[:-9]).decode())
