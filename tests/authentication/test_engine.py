"""What dkimpy parses, and that nothing it raises gets out."""

from __future__ import annotations

from base64 import b64decode
from contextlib import suppress

import pytest
from dkim.canonicalization import CanonicalizationPolicy, InvalidCanonicalizationPolicyError
from dkim.util import InvalidTagValueList, parse_tag_value
from hypothesis import given
from hypothesis import strategies as st

from poller.authentication.engine import Unreadable, parse_forms, parse_rsa, parse_tags
from tests.authentication.signing import Key


def test_tags_are_read_with_folds_and_a_last_semicolon():
    assert parse_tags(b" v=1;\r\n\ta = rsa-sha256 ; b=x=\r\n =;") == {
        b"v": b"1",
        b"a": b"rsa-sha256",
        b"b": b"x=\r\n =",
    }


SPECS = st.sampled_from(
    [b"v=1", b"v=", b" a_b =x=\r\n y ", b"=", b"", b" ", b"v", b"\xe4=1", b"1=", b"a b\x0b=c", b"_=1"]
)


@given(specs=st.lists(SPECS | st.binary(max_size=4), max_size=4))
def test_tags_are_read_as_dkimpy_reads_them(specs):
    octets = b";".join(specs)
    try:
        theirs = parse_tag_value(octets)
    except InvalidTagValueList:
        with pytest.raises(Unreadable):
            parse_tags(octets)
    else:
        assert parse_tags(octets) == theirs


@given(c=st.lists(st.sampled_from([b"simple", b"relaxed", b"/", b" "]) | st.binary(max_size=2)).map(b"".join))
def test_the_forms_are_read_as_dkimpy_reads_them(c):
    try:
        theirs = CanonicalizationPolicy.from_c_value(c)
    except InvalidCanonicalizationPolicyError:
        with pytest.raises(Unreadable):
            parse_forms(c)
    else:
        ours = parse_forms(c)
        assert f"{ours.header}/{ours.body}".encode() == theirs.to_c_value()


@pytest.mark.parametrize("octets", [b"v=1; v=1", b"v=1; x", b"v=1;; d=x", b"=1", b"\xff=1", b"\0"])
def test_what_is_no_list_of_tags_is_unreadable(octets):
    with pytest.raises(Unreadable):
        parse_tags(octets)


@pytest.mark.parametrize("c", [b"nofws", b"simple/simple/simple", b"", b"relaxed/", b"\xff"])
def test_an_unknown_canonicalization_is_unreadable(c):
    with pytest.raises(Unreadable):
        parse_forms(c)


def test_the_body_is_simple_unless_it_is_said():
    forms = parse_forms(b"relaxed")
    assert (forms.header, forms.body) == ("relaxed", "simple")


def test_both_forms_of_an_rsa_key_are_read():
    key = Key.rsa()
    numbers = parse_rsa(b64decode(key.public))
    assert numbers == parse_rsa(b64decode(key.bare))
    assert (numbers.modulus.bit_length(), numbers.exponent) == (2048, 65_537)


@given(octets=st.binary(max_size=300))
def test_octets_are_a_key_or_unreadable(octets):
    with suppress(Unreadable):
        parse_rsa(octets)


@given(at=st.integers(0, 293), octet=st.integers(0, 255), cut=st.integers(0, 294))
def test_a_damaged_key_is_a_key_or_unreadable(at, octet, cut):
    damaged = bytearray(b64decode(Key.rsa().public))
    damaged[at] = octet
    with suppress(Unreadable):
        parse_rsa(bytes(damaged[:cut]))


@given(octets=st.binary(max_size=100))
def test_octets_are_tags_and_forms_or_unreadable(octets):
    for parse in (parse_tags, parse_forms):
        with suppress(Unreadable):
            parse(octets)
