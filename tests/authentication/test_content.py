"""What signatures cover, put into canonical form once."""

from __future__ import annotations

from hashlib import sha256

import dkim
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.authentication import content as module
from poller.authentication.content import Content, prove_seal, prove_signature
from poller.authentication.findings import Result
from poller.authentication.signature import Refused, Seal, read_seal, read_signature, read_tags
from poller.mail.header import split_header
from tests.authentication.making import Zone
from tests.authentication.signing import Key, sign

MESSAGE = b"From: a@acme.fi\r\nX-A: 1\r\nX-B: 2\r\nx-a: 3\r\nX-A:  4 \r\n\r\nHi\r\n"


def content(source: bytes = MESSAGE) -> Content:
    return Content(split_header(source), source)


@pytest.mark.parametrize(
    ("names", "positions"),
    [
        (b"x-a", [4]),
        (b"x-a:x-a", [4, 3]),
        (b"x-a:from:x-a:x-a:x-a", [4, 0, 3, 1]),
        (b"none:x-b:x-b", [2]),
    ],
)
def test_fields_of_a_name_are_taken_from_the_bottom_up(names, positions):
    assert list(content().covered(names.split(b":"))) == positions


@given(
    fields=st.lists(st.sampled_from("abc"), min_size=1, max_size=9),
    names=st.lists(st.sampled_from("abcd"), max_size=12),
)
def test_fields_are_selected_as_dkimpy_selects_them(fields, names):
    source = "".join(f"{name}: {number}\r\n" for number, name in enumerate(fields)).encode() + b"\r\n"
    wanted = [name.encode() for name in names]
    theirs = dkim.select_headers([(name.encode(), number) for number, name in enumerate(fields)], wanted)
    assert list(content(source).covered(wanted)) == [number for _, number in theirs]


def test_the_signature_field_comes_last_without_a_line_break():
    seal = Seal(key_type="rsa", domain="a", selector="b", identity="a", proof=b"", bare=b" x; b=", form="relaxed")
    assert content().digest(seal, 2, [4, 0]) == sha256(b"x-a:4\r\nfrom:a@acme.fi\r\nx-b:x; b=").digest()


def test_a_body_is_hashed_once_for_each_canonicalization(monkeypatch):
    hashed = []
    monkeypatch.setattr(module, "body_hash", lambda source, start, form: hashed.append((start, form)) or b"x")
    message = content()
    for form in ("simple", "relaxed", "simple", "relaxed"):
        message.body_hash(form)
    assert hashed == [(MESSAGE.index(b"Hi"), "simple"), (MESSAGE.index(b"Hi"), "relaxed")]


def test_a_body_that_was_not_fetched_cannot_be_checked():
    with pytest.raises(Refused, match="too large to be fetched") as refused:
        Content(split_header(MESSAGE), None).body_hash("simple")
    assert refused.value.result is Result.NEUTRAL


@pytest.mark.parametrize("key", [Key.rsa(), Key.ed25519()], ids=["rsa", "ed25519"])
def test_another_kind_of_signature_field_is_proven_by_the_same_parts(key):
    source = sign(MESSAGE, key, name="ARC-Message-Signature", tags="i=1; ", drop=["v"])
    message, zone = content(source), Zone(key.zone())
    value = message.header.fields[0].value
    signature = read_signature(read_tags(value), value, identity=None)
    prove_signature(message, signature, 0, zone)
    seal = read_seal(read_tags(value), value, form="relaxed")
    prove_seal(message, seal, 0, message.covered(signature.names), zone)
    with pytest.raises(Refused, match="the header is not the one"):
        prove_seal(message, seal, 0, [1, 2], zone)


def test_no_key_is_asked_for_when_the_body_is_another_one():
    source = sign(MESSAGE, Key.rsa()).replace(b"Hi", b"Ho")
    message, zone = content(source), Zone()
    value = message.header.fields[0].value
    signature = read_signature(read_tags(value), value, identity=None)
    with pytest.raises(Refused, match="the body is not the one that"):
        prove_signature(message, signature, 0, zone)
    assert zone.asked == []
