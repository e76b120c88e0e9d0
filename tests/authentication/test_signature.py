"""What a signature field must say, and what it must not."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.authentication.findings import Result
from poller.authentication.signature import MAX_FIELD, Refused, read_dkim, read_seal, read_tags, uncovered
from poller.mail.header import split_header
from tests.cpu import cpu_within

AT = datetime(2026, 1, 1, tzinfo=UTC)
NOW = int(AT.timestamp())
HOUR = 3_600
DIGEST = b64encode(b"x" * 32).decode()
TAGS = {"v": "1", "a": "rsa-sha256", "d": "acme.fi", "s": "s1", "h": "From:Subject", "bh": DIGEST, "b": "QUJD"}
HEADER = split_header(b"From: a@acme.fi\r\nSubject: x\r\n\r\n")


def field(changes: dict[str, str | None]) -> bytes:
    tags = {name: value for name, value in {**TAGS, **changes}.items() if value is not None}
    return " ".join(f"{name}={value};" for name, value in tags.items()).encode("latin-1")


def read(value: bytes, header=HEADER):
    return read_dkim(read_tags(value), value, header, AT)


def refusal(value: bytes, header=HEADER) -> Refused:
    with pytest.raises(Refused) as refused:
        read(value, header)
    return refused.value


def test_a_signature_field_is_read():
    value = field(
        {"d": "Acme.FI", "h": "From : To:\r\n subject:", "c": "relaxed", "i": "=20x@Mail.acme.fi", "b": "QU\r\n JD"}
    )
    signature = read(value)
    assert signature.names == (b"from", b"to", b"subject")
    assert (signature.body_form, signature.body_hash) == ("simple", b"x" * 32)
    seal = signature.seal
    assert (seal.key_type, seal.domain, seal.selector, seal.identity) == ("rsa", "acme.fi", "s1", "mail.acme.fi")
    assert (seal.form, seal.proof) == ("relaxed", b"ABC")
    assert seal.bare == value.replace(b"QU\r\n JD", b"")


@pytest.mark.parametrize(
    ("changes", "result", "why"),
    [
        ({"v": None}, Result.PERMERROR, "no v=1"),
        ({"v": "2"}, Result.PERMERROR, "no v=1"),
        ({"a": None}, Result.POLICY, "neither rsa-sha256 nor"),
        ({"a": "rsa-sha1"}, Result.POLICY, "neither rsa-sha256 nor"),
        ({"l": "0"}, Result.POLICY, "only a part of the body"),
        ({"l": "100"}, Result.POLICY, "only a part of the body"),
        ({"l": "x"}, Result.POLICY, "only a part of the body"),
        ({"l": "9" * 5_000}, Result.POLICY, "only a part of the body"),
        ({"q": "http"}, Result.PERMERROR, "not in the DNS"),
        ({"c": "nofws"}, Result.PERMERROR, "canonicalization"),
        ({"h": None}, Result.PERMERROR, "no list of field names"),
        ({"h": ":"}, Result.PERMERROR, "no list of field names"),
        ({"h": "From:Sub ject"}, Result.PERMERROR, "no list of field names"),
        ({"h": "Subject"}, Result.POLICY, "does not cover the field From"),
        ({"h": "From"}, Result.POLICY, "does not cover the field Subject"),
        ({"d": None}, Result.PERMERROR, "d= of the signature is missing"),
        ({"d": "fi"}, Result.PERMERROR, "no host name"),
        ({"d": "acme.fi."}, Result.PERMERROR, "no host name"),
        ({"d": "acme..fi"}, Result.PERMERROR, "no host name"),
        ({"d": "-acme.fi"}, Result.PERMERROR, "no host name"),
        ({"d": "acme.fi(.evil.com"}, Result.PERMERROR, "no host name"),
        ({"d": 'acme.fi"'}, Result.PERMERROR, "no host name"),
        ({"d": "acme.fi\0.evil.com"}, Result.PERMERROR, "no host name"),
        ({"d": "äcme.fi"}, Result.PERMERROR, "no host name"),
        ({"d": "a" * 64 + ".fi"}, Result.PERMERROR, "no host name"),
        ({"d": "a." * 126 + "fi"}, Result.PERMERROR, "no host name"),
        ({"d": "acme.\r\n fi"}, Result.PERMERROR, "no host name"),
        ({"s": None}, Result.PERMERROR, "s= of the signature is missing"),
        ({"s": "a..b"}, Result.PERMERROR, "no host name"),
        ({"s": "attacker.com.#"}, Result.PERMERROR, "no host name"),
        ({"s": "x.\0"}, Result.PERMERROR, "no host name"),
        ({"s": ".".join(["a" * 60] * 4)}, Result.PERMERROR, "too long a name"),
        ({"i": "@evilacme.fi"}, Result.PERMERROR, "not within d=acme.fi"),
        ({"i": "@" + "a." * 124 + "acme.fi"}, Result.PERMERROR, "not within d=acme.fi"),
        ({"i": "@fi"}, Result.PERMERROR, "not within d=acme.fi"),
        ({"i": "acme.fi"}, Result.PERMERROR, "not within d=acme.fi"),
        ({"i": "@acme.fi@evil.com"}, Result.PERMERROR, "not within d=acme.fi"),
        ({"i": ""}, Result.PERMERROR, "not within d=acme.fi"),
        ({"b": None}, Result.PERMERROR, "b= of the signature is missing"),
        ({"b": ""}, Result.PERMERROR, "b= of the signature is missing"),
        ({"b": "QUJ"}, Result.PERMERROR, "not base64"),
        ({"b": "QUJD="}, Result.PERMERROR, "not base64"),
        ({"b": "QU-_"}, Result.PERMERROR, "not base64"),
        ({"b": "QU\xe4JD"}, Result.PERMERROR, "not base64"),
        ({"bh": None}, Result.PERMERROR, "bh= of the signature is missing"),
        ({"bh": "=" * 4}, Result.PERMERROR, "not base64"),
        ({"bh": "QUJD"}, Result.PERMERROR, "no SHA-256 digest"),
        ({"t": "soon"}, Result.PERMERROR, "t= of the signature is no time"),
        ({"t": "9" * 5_000}, Result.PERMERROR, "t= of the signature is no time"),
        ({"t": "-1"}, Result.PERMERROR, "t= of the signature is no time"),
        ({"x": "٣"}, Result.PERMERROR, "x= of the signature is no time"),
        ({"t": f"{NOW + 11 * HOUR}"}, Result.FAIL, "made after the message arrived"),
        ({"x": f"{NOW - 1}"}, Result.FAIL, "had expired when the message arrived"),
        ({"t": f"{NOW + 9 * HOUR}", "x": f"{NOW + HOUR}"}, Result.PERMERROR, "expires before it was made"),
        ({"z": "x" * MAX_FIELD}, Result.PERMERROR, "larger than"),
        ({"z" * n: "x" for n in range(1, 40)}, Result.PERMERROR, "more than 32 tags"),
        ({"V": "1", " v": "1"}, Result.PERMERROR, "a tag stands twice"),
        ({"b ": "QUJD"}, Result.PERMERROR, "a tag stands twice"),
        ({"": "x"}, Result.PERMERROR, "no list of tags"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_field_that_could_mean_something_else_is_refused(changes, result, why):
    def plain(name: str) -> str:
        return name.encode().decode("latin-1")

    refused = refusal(field({name: plain(value) if value else value for name, value in changes.items()}))
    assert (refused.result, why in refused.why) == (result, True), refused.why


@pytest.mark.parametrize(
    "changes",
    [
        {"a": "ed25519-sha256"},
        {"q": "dns/txt"},
        {"c": "relaxed/relaxed"},
        {"c": "simple"},
        {"s": "mail_2026"},
        {"s": "_dk-1.eu"},
        {"d": "xn--cme-pla.fi"},
        {"i": "@acme.fi"},
        {"i": "a@b@mail.acme.fi"},
        {"t": f"{NOW + 9 * HOUR}"},
        {"t": f"{NOW - 10_000 * HOUR}"},
        {"x": f"{NOW}"},
        {"h": "from:subject:from:subject:x-not-there"},
        {"z": "From:a|To:b", "y": "unknown"},
    ],
    ids=repr,
)
def test_what_senders_really_write_is_read(changes):
    assert read(field(changes))


@pytest.mark.parametrize(
    ("lines", "names", "missing"),
    [
        ("From: a", "to", "From"),
        ("To: a", "to", "From"),
        ("From: a", "from", None),
        ("From: a|From: b", "from", "From"),
        ("From: a|From: b", "from:from", None),
        ("From: a|SUBJECT: b", "from", "Subject"),
        ("From: a|Subject: b|Subject: c", "from:subject", "Subject"),
        ("From: a|Content-Type: b", "from", "Content-Type"),
        ("From: a|Content-Transfer-Encoding: b", "from:content-type", "Content-Transfer-Encoding"),
        ("From: a|To: b|Date: c", "from", None),
    ],
)
def test_every_instance_of_what_is_shown_must_be_covered(lines, names, missing):
    header = split_header(lines.replace("|", "\r\n").encode() + b"\r\n\r\n")
    assert uncovered(tuple(names.encode().split(b":")), header) == missing


@pytest.mark.parametrize(
    ("value", "bare"),
    [
        (b" v=1; b=AB; d=x", b" v=1; b=; d=x"),
        (b" v=1; b=AB", b" v=1; b="),
        (b"b=AB;d=x", b"b=;d=x"),
        (b" v=1;\r\n b\r\n =\r\n AB\r\n CD\r\n ; d=x", b" v=1;\r\n b\r\n =; d=x"),
        (b" bh=b=; b=AB==", b" bh=b=; b="),
        (b" z= b=x; b=AB", b" z= b=x; b="),
    ],
)
def test_only_the_value_of_b_is_emptied(value, bare):
    tags = {**read_tags(value), b"a": b"rsa-sha256", b"d": b"acme.fi", b"s": b"s1", b"b": b"QUJD"}
    assert read_seal(tags, value, form="relaxed").bare == bare


@pytest.mark.parametrize(
    "filler",
    [b"\r\n ", b" ", b" b\r\n ", b":", b";", b"a=;", b"=", b"a.", b"-", b"a-", b"@", b"9"],
    ids=repr,
)
@pytest.mark.parametrize("tag", [b"b", b"bh", b"d", b"h", b"i", b"s", b"t", b"x", b"z", b"b "])
def test_no_field_takes_long_to_read(tag, filler):
    value = field({tag.decode(): None}) + tag + b"=" + filler * (MAX_FIELD // len(filler))
    with cpu_within(1):  # dkimpy takes 5.7 s for 24 kB of folds
        for octets in (value[:MAX_FIELD], value, value * 30):
            try:
                read(octets)
            except Refused:
                continue


@given(value=st.text(" \r\n\t;=:@.abdhilqstvxz0159+/\x00ä", max_size=80).map(lambda text: text.encode("latin-1")))
def test_any_field_is_read_or_refused(value):
    with suppress(Refused):
        read(field({}) + value)
