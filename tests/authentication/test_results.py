"""Authentication-Results as servers write them, as the grammar allows them, and as attackers would have them read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.authentication.results import MAX_DEPTH, AuthenticationResults, authserv_id_of, parse_results
from tests.cpu import cpu_within

GMAIL = (
    b" mx.google.com;\r\n       dkim=pass header.i=@acme.fi header.s=s1 header.b=iH5jdKO0;\r\n"
    b'       dkim=pass header.i=@acme.onmicrosoft.com header.s=selector1 header.b="rV/ImNk=";\r\n'
    b"       spf=pass (google.com: domain of prvs=1=anna@acme.fi designates 203.0.113.7 as permitted sender)"
    b' smtp.mailfrom="prvs=1=anna@acme.fi";\r\n'
    b"       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=acme.fi"
)
MICROSOFT = (
    b" spf=pass (sender IP is 203.0.113.7)\r\n smtp.mailfrom=acme.fi; dkim=pass (signature was verified)\r\n"
    b" header.d=acme.fi;dmarc=pass action=none header.from=acme.fi;compauth=pass\r\n reason=100"
)
MICROSOFT_ARC = (
    b" mx.microsoft.com 1; spf=pass (sender ip is 203.0.113.7) smtp.rcpttodomain=example.com smtp.mailfrom=acme.fi;"
    b" dmarc=pass (p=none sp=none pct=100) action=none header.from=acme.fi; dkim=pass (signature was verified)"
    b" header.d=acme.fi; arc=pass (0 oda=1 ltdi=1 spf=[1,1,smtp.mailfrom=acme.fi] dkim=[1,1,header.d=acme.fi])"
)
FASTMAIL = (
    b" mx6.messagingengine.com;\r\n    dkim=pass (2048-bit rsa key sha256) header.d=acme.fi\r\n"
    b"      header.i=@acme.fi header.b=Y+Eg/IPN header.a=rsa-sha256 header.s=s1\r\n      x-bits=2048;\r\n"
    b"    dmarc=pass policy.published-domain-policy=reject\r\n      policy.applied-disposition=none\r\n"
    b"      (p=reject,d=none,d.eval=none) policy.policy-from=p\r\n      header.from=acme.fi;\r\n"
    b"    iprev=pass smtp.remote-ip=2001:db8::7 (out.acme.fi);\r\n"
    b"    spf=pass smtp.mailfrom=anna@acme.fi smtp.helo=out.acme.fi"
)
FASTMAIL_OWN = b' mx6.messagingengine.com; x-csa=none; x-vs=clean score=-100 state=0; x-ptr=fail policy.ptr=""'
ICLOUD = (
    b" spf.icloud.com; spf=pass (spf.icloud.com: domain of anna@acme.fi designates 203.0.113.7 as permitted sender)"
    b" smtp.mailfrom=anna@acme.fi"
)
YAHOO = (
    b" atlas206.example.mail.ne1.yahoo.com;\r\n dkim=pass header.i=@acme.fi header.s=s1;\r\n"
    b" spf=pass smtp.mailfrom=acme.fi arc_overridden_status=NOT_OVERRIDDEN;\r\n"
    b" dmarc=pass(p=NONE,sp=QUARANTINE) header.from=acme.fi;"
)
RSPAMD = (
    b' mx.example.com;\r\n\tdkim=fail ("headers rsa verify failed") header.d=list.fi header.s=s1 header.b="ab/=";\r\n'
    b"\tdkim=pass header.d=acme.fi header.s=s1 header.b=b7v6lEM4;\r\n"
    b'\tarc=reject ("signature check failed: fail, {[1] = sig:example.net:reject}");\r\n'
    b'\tspf=pass (mx.example.com: domain of "a=b@acme.fi" designates 2001:db8::7 as permitted sender)'
    b' smtp.mailfrom="a=b@acme.fi";\r\n\tdmarc=pass (policy=reject) header.from=acme.fi (policy=reject)'
)
OPENDKIM = (
    b" mx.example.com;\r\n\tdkim=pass (2048-bit key; unprotected) header.d=acme.fi header.i=@acme.fi"
    b' header.a=rsa-sha256 header.s=s1 header.b="abc";\r\n\tdkim-atps=neutral'
)
OPENDMARC = b" OpenDMARC; dmarc=pass (p=none dis=none) header.from=acme.fi"
EXIM = (
    b" mx.example.com;\r\n\tiprev=pass (out.acme.fi) smtp.remote-ip=203.0.113.7;\r\n\tspf=pass smtp.mailfrom=acme.fi;"
    b"\r\n\tdkim=pass header.d=acme.fi header.s=s1 header.a=rsa-sha256;\r\n\tdmarc=pass header.from=acme.fi;"
    b"\r\n\tarc=none"
)


def read(value: bytes) -> AuthenticationResults:
    found = parse_results(value)
    assert found
    return found


def said(value: bytes, method: str, name: str) -> list[str]:
    return [text for result in read(value).results if result.method == method for text in result.all(name)]


@pytest.mark.parametrize(
    ("value", "authserv_id", "methods"),
    [
        (GMAIL, "mx.google.com", "dkim dkim spf dmarc"),
        (MICROSOFT, None, "spf dkim dmarc compauth"),
        (MICROSOFT_ARC, "mx.microsoft.com", "spf dmarc dkim arc"),
        (FASTMAIL, "mx6.messagingengine.com", "dkim dmarc iprev spf"),
        (FASTMAIL_OWN, "mx6.messagingengine.com", "x-csa x-vs x-ptr"),
        (ICLOUD, "spf.icloud.com", "spf"),
        (b' bimi.icloud.com; bimi=skipped reason="insufficient dmarc"', "bimi.icloud.com", "bimi"),
        (YAHOO, "atlas206.example.mail.ne1.yahoo.com", "dkim spf dmarc"),
        (RSPAMD, "mx.example.com", "dkim dkim arc spf dmarc"),
        (OPENDKIM, "mx.example.com", "dkim dkim-atps"),
        (OPENDMARC, "opendmarc", "dmarc"),
        (EXIM, "mx.example.com", "iprev spf dkim dmarc arc"),
    ],
    ids=lambda value: value[:40].decode() if isinstance(value, bytes) else "",
)  # fmt: skip
def test_what_servers_write_is_read(value: bytes, authserv_id: str | None, methods: str) -> None:
    assert read(value).authserv_id == authserv_id
    assert [result.method for result in read(value).results] == methods.split()
    assert authserv_id_of(value) == authserv_id


@pytest.mark.parametrize(
    ("value", "method", "name", "expected"),
    [
        (GMAIL, "spf", "smtp.mailfrom", ["prvs=1=anna@acme.fi"]),
        (GMAIL, "dkim", "header.i", ["@acme.fi", "@acme.onmicrosoft.com"]),
        (GMAIL, "dkim", "header.b", ["iH5jdKO0", "rV/ImNk="]),
        (MICROSOFT, "dmarc", "action", ["none"]),
        (MICROSOFT, "dmarc", "header.from", ["acme.fi"]),
        (MICROSOFT, "compauth", "reason", ["100"]),
        (FASTMAIL, "dkim", "x-bits", ["2048"]),
        (FASTMAIL, "dmarc", "header.from", ["acme.fi"]),
        (FASTMAIL, "iprev", "smtp.remote-ip", ["2001:db8::7"]),
        (FASTMAIL_OWN, "x-ptr", "policy.ptr", [""]),
        (YAHOO, "dmarc", "header.from", ["acme.fi"]),
        (b'mx; dkim=fail reason="a \\"b\\" (c); d=e" header.d=acme.fi', "dkim", "reason", ['a "b" (c); d=e']),
        (b'mx; spf=pass smtp.mailfrom="a b"@acme.fi', "spf", "smtp.mailfrom", ['"a b"@acme.fi']),
        (b'mx; spf=pass smtp.mailfrom="a; dmarc=pass header.from=b.fi"@c.fi', "dmarc", "header.from", []),
        (b"mx; dkim=none (dkim=pass header.d=acme.fi)", "dkim", "header.d", []),
        (b"mx; dmarc=none (a (b; dmarc=pass header.from=acme.fi) c)", "dmarc", "header.from", []),
        (b"mx; dmarc=none (a \\) dmarc=pass header.from=acme.fi)", "dmarc", "header.from", []),
    ],
)  # fmt: skip
def test_a_property_has_its_value(value: bytes, method: str, name: str, expected: list[str]) -> None:
    assert said(value, method, name) == expected


def test_comments_and_folds_may_stand_wherever_the_grammar_has_them() -> None:
    value = (
        b"(a) mx.example.com (b(c)) 1 (d);\r\n\t(e) DKIM (f) / (g) 1 (h) = (i) Pass (j) Header (k) . (l) D (m) ="
        b" (n) acme.fi (o)(p) ; (q)"
    )
    assert read(value) == read(b"mx.example.com;dkim=pass header.d=acme.fi")


@pytest.mark.parametrize(("depth", "readable"), [(1, True), (MAX_DEPTH, True), (MAX_DEPTH + 1, False)])
def test_comments_stand_in_comments_only_so_deep(depth: int, readable: bool) -> None:
    value = b"mx; dkim=none " + b"(" * depth + b")" * depth
    assert (parse_results(value) is not None) is readable


@pytest.mark.parametrize("value", [b"mx; none", b"mx 1;none", b'"mx" (a) ; (b) NONE (c)', b"mx;\r\n\tnone"])
def test_a_server_may_say_that_it_checked_nothing(value: bytes) -> None:
    assert read(value) == AuthenticationResults(authserv_id="mx", results=())


@pytest.mark.parametrize(("value", "method"), [(b"mx; dkim/1=pass", "dkim"), (b"mx; dkim/2=pass", "dkim/2")])
def test_a_method_of_another_version_is_another_method(value: bytes, method: str) -> None:
    assert [result.method for result in read(value).results] == [method]


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" ",
        b"mx",
        b"mx;",
        b"mx; ;",
        b"mx none",
        b"mx; none; dkim=pass",
        b"mx; none dkim=pass",
        b"mx; dkim",
        b"mx; dkim=",
        b"mx; dkim=pass;; spf=pass",
        b"mx; dkim=pass header.d",
        b"mx; dkim=pass header.d=",
        b"mx; dkim=pass header.=acme.fi",
        b"mx; dkim=pass header.d=acme.fi stray",
        b"mx; dkim=pass, spf=pass",
        b"mx my; dkim=pass",
        b"mx 1 2; dkim=pass",
        b"mx dkim=pass",
        b"; dkim=pass",
        b'""; dkim=pass',
        b"mx; dkim/x=pass",
        b"mx; dkim=pass (",
        b"mx; dkim=pass )",
        b"mx; dkim=pass (a))",
        b"mx; dkim=pass (a \\)",
        b'mx; dkim=pass reason="a',
        b'mx; dkim=pass reason="a"header.d=acme.fi',
        b'mx; spf=pass smtp.mailfrom=a"b"@acme.fi',
        b'mx; spf=pass smtp.mailfrom="a"@',
        b'mx; spf=pass smtp.mailfrom="a"@b@c',
        b"mx; spf=pass smtp.mailfrom=a\\ b@acme.fi",
        b"mx; dkim=p\x00ss",
        b"mx; dkim=pass\rheader.d=acme.fi",
        b"mx; dkim=pass header.d=acme.fi\x07",
        "mx; dkim=pass header.d=äcme.fi".encode(),
        b"mx; dkim=pass (caf\xe9)",
        # An address that was written into a comment as it was, and cuts it in two.
        b'mx; spf=pass (mx: domain of "x) dkim=pass header.d=acme.fi ("@evil.fi designates it) smtp.mailfrom=evil.fi',
    ],
)
def test_what_does_not_parse_whole_says_nothing(value: bytes) -> None:
    assert parse_results(value) is None


@pytest.mark.parametrize(
    ("value", "authserv_id"),
    [
        (b"mx.example.com; dkim=p\xe4ss", "mx.example.com"),
        (b"MX.example.com", "mx.example.com"),
        (b'"mx.example.com" (', None),
        (b"mx.ex\xe4mple.com; none", None),
        (b'"mx\x07.example.com"; none', None),
        (b"spf=pass", None),
        (b"spf (a) = pass", None),
        (b"spf/1=pass", None),
        (b"", None),
        (b"(", None),
    ],
)
def test_the_id_is_known_even_where_the_rest_cannot_be_read(value: bytes, authserv_id: str | None) -> None:
    assert authserv_id_of(value) == authserv_id


@pytest.mark.parametrize(
    "value",
    [
        b"mx; dkim=pass " + b"(" * 10_000 + b")" * 10_000,
        b"mx; dkim=pass " + b"(" * 1_000_000,
        b"mx; dkim=pass (" + b"a" * 1_000_000,
        b"mx; dkim=pass header.d=" + b"a" * 1_000_000,
        b'mx; dkim=pass reason="' + b"\\" * 1_000_000,
        b"mx; dkim=pass" + b"\r\n " * 300_000,
        b"mx; dkim=pass (" + b'"' * 1_000_000,
        b"mx" + b";" * 1_000_000,
        b"(" + b"\\" * 1_000_000,
        b"mx; dkim=pass " + b"a=b " * 3_900,
        b"mx; dkim=pass " + b"(a) " * 3_900,
        b"mx; dkim=pass " + b"(" * 7 + b"a(b)" * 3_900,
    ],
    ids=lambda value: value[:20].decode(),
)
def test_hostile_text_costs_little_time(value: bytes) -> None:
    with cpu_within(1):
        parse_results(value)
        authserv_id_of(value)


@given(st.binary(max_size=60), st.integers(0, 400), st.sampled_from([GMAIL, MICROSOFT, FASTMAIL, RSPAMD]))
def test_no_octets_raise(octets: bytes, at: int, value: bytes) -> None:
    parse_results(octets)
    parse_results(value[:at] + octets + value[at:])
    authserv_id_of(octets + value)


@given(st.text(alphabet='ab@.;=()"\\ /-', max_size=40))
def test_a_quoted_local_part_never_ends_its_property(local: str) -> None:
    quoted = '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"@evil.fi'
    found = read(f"mx; spf=pass smtp.mailfrom={quoted}; dmarc=fail header.from=acme.fi".encode())
    assert [(result.method, result.result) for result in found.results] == [("spf", "pass"), ("dmarc", "fail")]
    assert found.results[0].all("smtp.mailfrom") == [quoted]


def test_an_empty_value_before_a_semicolon_is_empty() -> None:
    parsed = parse_results(b"mx; spf=pass smtp.mailfrom=; dkim=pass header.d=acme.fi")
    assert parsed is not None
    assert [result.all("smtp.mailfrom") + result.all("header.d") for result in parsed.results] == [[""], ["acme.fi"]]


def test_the_recipients_domain_that_microsoft_used_to_write_between_results_says_nothing() -> None:
    old = b"spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.fi; to.com; dkim=pass header.d=a.fi;to.com; dmarc=none"
    parsed = parse_results(old)
    assert parsed is not None
    assert [result.method for result in parsed.results] == ["spf", "dkim", "dmarc"]
    assert parse_results(b"mx; " + old) is None
