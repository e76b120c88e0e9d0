"""Whose Authentication-Results count, in mailboxes as providers have them and in messages as attackers send them."""

from __future__ import annotations

import pytest

from poller.authentication.authres import trusted_results
from poller.authentication.findings import ResultsFinding
from poller.authentication.trace import Trace
from poller.mail.header import split_header
from poller.settings import Provider
from tests.authentication.making import auth
from tests.cpu import cpu_within

BORDER = "Received: from out.acme.fi (out.acme.fi [203.0.113.5]) by mx.example.com with ESMTPS id 4Z; d"
BELOW = "Received: from pc ([192.168.1.2]) by out.acme.fi with ESMTPSA; d"
INTERNAL = "Received: from mx.example.com ([127.0.0.1]) by mx.example.com with LMTP id Q; d"
OWN = "Authentication-Results: mx.example.com; "
FOREIGN = "Authentication-Results: mx.elsewhere.fi; "
FORGED = OWN + "dkim=pass header.d=victim.fi"
FROM = "From: Anna <anna@acme.fi>"
GMAIL = (
    "Authentication-Results: mx.google.com; dkim=pass header.i=@acme.fi header.s=s1 header.b=a;"
    " spf=pass (google.com: it) smtp.mailfrom=anna@acme.fi; dmarc=pass (p=NONE) header.from=acme.fi"
)
FASTMAIL = (
    "Authentication-Results: mx6.messagingengine.com; dkim=pass (2048-bit rsa key sha256) header.d=acme.fi"
    " header.i=@acme.fi header.b=a/b header.a=rsa-sha256 header.s=s1 x-bits=2048;"
    " dmarc=pass policy.policy-from=p header.from=acme.fi; spf=pass smtp.mailfrom=anna@acme.fi"
)
MICROSOFT = (
    "Authentication-Results: spf=pass (sender IP is 203.0.113.5) smtp.mailfrom=acme.fi; dkim=pass (signature was"
    " verified) header.d=acme.fi;dmarc=pass action=none header.from=acme.fi;compauth=pass reason=100"
)
ICLOUD = [
    "Received: from mailgateway (gw [10.0.0.1]) by gw.icloud.com; d",
    BORDER,
    "X-ICL-INFO: GAtbVUseBVFHSVVESAMGUkFK",
    'Authentication-Results: bimi.icloud.com; bimi=skipped reason="insufficient dmarc"',
    "X-ARC-Info: policy=fail; arc=none",
    "Authentication-Results: arc.icloud.com; arc=none",
    "Authentication-Results: dmarc.icloud.com; dmarc=none header.from=acme.fi",
    "X-DMARC-Policy: none",
    "Authentication-Results: dkim-verifier.icloud.com; dkim=pass (1024-bit key) header.d=acme.fi header.b=I77INjus",
    "Authentication-Results: spf.icloud.com; spf=pass (spf.icloud.com: it) smtp.mailfrom=anna@acme.fi",
    "Received-SPF: pass (spf.icloud.com: it) receiver=spf.icloud.com",
]


def results(
    lines: list[str], ids: str = "mx.example.com", *, border: bool = True, provider: Provider = Provider.GENERIC
) -> ResultsFinding:
    header = split_header("\r\n".join([*lines, "", ""]).encode("latin-1"))
    position = lines.index(BORDER) if border else None
    trace = Trace(boundary=(position or 0) + 1, hops=(), border_position=position)
    return trusted_results(header, trace, auth(authserv_ids=tuple(ids.split()), provider=provider))


def dkim(lines: list[str], ids: str = "mx.example.com") -> list[str]:
    return [domain for domain, _ in results(lines, ids).dkim]


def test_gmail_writes_below_its_border_line() -> None:
    found = results(
        [
            "Delivered-To: m@example.com",
            "X-Received: by 2002:a05:1 with SMTP id q; d",
            "ARC-Authentication-Results: i=1; mx.google.com; dkim=pass header.i=@victim.fi",
            "Return-Path: <anna@acme.fi>",
            BORDER,
            "Received-SPF: pass (google.com: domain of anna@acme.fi) client-ip=203.0.113.5;",
            GMAIL,
            BELOW,
            FROM,
        ],
        "mx.google.com",
    )
    assert (found.dkim, found.mail_from, found.header_from) == ((("acme.fi", "s1"),), "acme.fi", "acme.fi")


def test_fastmail_writes_several_fields_with_one_id_above_its_border_line() -> None:
    found = results(
        [
            "X-Mail-from: anna@acme.fi",
            "Received: from compute.internal by imap.internal with LMTPA; d",
            "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=messagingengine.com; s=fm1; b=x",
            "Authentication-Results: mx6.messagingengine.com; x-csa=none; x-me-sender=none",
            "Authentication-Results: mx6.messagingengine.com; bimi=skipped (DMARC Policy is not at enforcement)",
            "Authentication-Results: mx6.messagingengine.com; arc=none (no signatures found)",
            "X-ME-VSCategory: clean",
            FASTMAIL,
            "Received-SPF: pass (acme.fi: it) receiver=mx6.messagingengine.com",
            BORDER,
            "Authentication-Results: mx6.messagingengine.com; dkim=pass header.d=victim.fi",
            BELOW,
            FROM,
        ],
        ".messagingengine.com",
    )
    assert (found.dkim, found.mail_from, found.header_from) == ((("acme.fi", "s1"),), "acme.fi", "acme.fi")


def test_icloud_writes_fields_with_several_ids_below_its_border_line() -> None:
    found = results([*ICLOUD, BELOW, FROM], ".icloud.com .apple.com", provider=Provider.ICLOUD)
    assert (found.dkim, found.mail_from, found.header_from) == ((("acme.fi", None),), "acme.fi", None)


def test_microsoft_writes_one_field_without_an_id_above_its_border_line() -> None:
    found = results(
        ["Received: from a by b with SMTP; d", MICROSOFT, "Received-SPF: Pass", BORDER, FROM], "!exchange-online"
    )
    assert (found.dkim, found.mail_from, found.header_from) == ((("acme.fi", None),), "acme.fi", "acme.fi")


@pytest.mark.parametrize("ids", ["mx.example.com mx2.example.com", ".example.com"])
def test_an_id_of_ours_that_did_not_stamp_is_free_for_the_sender_below_the_border_line(ids: str) -> None:
    forged = "Authentication-Results: mx2.example.com; dmarc=pass header.from=acme.fi"
    found = results([INTERNAL, BORDER, OWN + "dkim=none", forged, BELOW, FROM], ids)
    assert (found.dkim, found.mail_from, found.header_from) == ((), None, None)


@pytest.mark.parametrize("below", [True, False])
def test_postfix_has_a_field_of_each_milter(below: bool) -> None:
    milters = [
        "DMARC-Filter: OpenDMARC Filter v1.4.2 mx.example.com 4Z",
        OWN + "dmarc=pass (p=reject dis=none) header.from=acme.fi",
        "DKIM-Filter: OpenDKIM Filter v2.11.0 mx.example.com 4Z",
        OWN + "dkim=pass (2048-bit key; unprotected) header.d=acme.fi header.s=s1",
    ]
    found = results([INTERNAL, BORDER, *milters, BELOW, FROM] if below else [INTERNAL, *milters, BORDER, BELOW, FROM])
    assert found.header_from == "acme.fi"
    # Below the border line only the topmost field of an id is surely ours.
    assert found.dkim == (() if below else (("acme.fi", "s1"),))


@pytest.mark.parametrize(
    ("ids", "authserv_id", "trusted"),
    [
        ("mx.example.com", "mx.example.com", True),
        ("mx.example.com", "MX.Example.COM", True),
        ("mx.example.com", '"mx.example.com"', True),
        ("mx.example.com", "mx.example.com 1", True),
        ("mx.example.com", "(ours) mx.example.com", True),
        ("a.example.com mx.example.com", "mx.example.com", True),
        (".example.com", "mx.example.com", True),
        (".example.com", "a.mx.example.com", True),
        (".example.com", "example.com", False),
        (".example.com", "evilexample.com", False),
        ("example.com", "mx.example.com", False),
        ("mx.example.com", "mx.example.com.evil.fi", False),
        ("mx.example.com", "xmx.example.com", False),
        ("mx.example.com", "mx.example.com mx.example.com", False),
        ("mx.example.com", "evil.fi (mx.example.com)", False),
        ("!exchange-online", "mx.example.com", False),
        ("!exchange-online", "!exchange-online", False),
    ],
)
def test_an_id_is_trusted_whole_or_from_a_dot_on(ids: str, authserv_id: str, trusted: bool) -> None:
    field = f"Authentication-Results: {authserv_id}; dkim=pass header.d=acme.fi"
    assert (dkim([field, BORDER, FROM], ids) == ["acme.fi"]) is trusted
    assert (dkim([BORDER, field, FROM], ids) == ["acme.fi"]) is trusted


@pytest.mark.parametrize(
    ("lines", "ids"),
    [
        ([BORDER, BELOW, FORGED, FROM], "mx.example.com"),
        ([BORDER, FROM, BELOW, FORGED], "mx.example.com"),
        ([BORDER, FOREIGN + "dkim=none", BELOW, FORGED], "mx.example.com"),
        ([OWN + "dkim=none", BORDER, FORGED, FROM], "mx.example.com"),
        ([OWN + "spf=fail smtp.mailfrom=evil.fi", BORDER, FORGED, BELOW], "mx.example.com"),
        ([OWN + "none", BORDER, FORGED, BELOW], "mx.example.com"),
        ([OWN + "dkim=none", FOREIGN + "dkim=none", OWN + "dkim=pass header.d=victim.fi", BORDER], "mx.example.com"),
        ([BORDER, OWN + "dkim=none", FORGED, FROM], "mx.example.com"),
        ([BORDER, OWN + "spf=fail smtp.mailfrom=evil.fi", FORGED, FROM], "mx.example.com"),
        ([BORDER, OWN + "dkim=none", FROM, FORGED], "mx.example.com"),
        ([BORDER, OWN + "dkim=none", FOREIGN + "dkim=none", FORGED], "mx.example.com"),
        ([BORDER, OWN + "dkim=none", "Received-SPF: pass", FORGED], "mx.example.com"),
        ([BORDER, MICROSOFT, BELOW, FROM], "!exchange-online"),
        ([OWN + "none", MICROSOFT, BORDER, FROM], "!exchange-online"),
        ([MICROSOFT.replace("dkim=pass", "dkim=fail"), BORDER, MICROSOFT, FROM], "!exchange-online mx.example.com"),
        ([*ICLOUD[:8], "Authentication-Results: dkim-verifier.icloud.com; dkim=none", *ICLOUD[9:],
          "Authentication-Results: dkim-verifier.icloud.com; dkim=pass header.d=victim.fi"], ".icloud.com"),
        ([*ICLOUD, "Authentication-Results: other.icloud.com; dkim=pass header.d=victim.fi"], ".icloud.com"),
        ([*ICLOUD, "Authentication-Results: other.icloud.com; dmarc=pass header.from=victim.fi"], ".icloud.com"),
        ([*ICLOUD, "Authentication-Results: a.icloud.com; spf=pass smtp.mailfrom=victim.fi"], ".icloud.com"),
        ([BORDER, OWN + "dmarc=fail header.from=victim.fi",
          "Authentication-Results: b.example.com; dkim=pass header.d=victim.fi"], ".example.com"),
    ],
)  # fmt: skip
def test_a_forged_field_is_not_believed(lines: list[str], ids: str) -> None:
    found = results(lines, ids)
    assert "victim.fi" not in {found.mail_from, found.header_from, *(domain for domain, _ in found.dkim)}
    if MICROSOFT in lines:
        assert found.dkim == ()


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([OWN + "dkim=pass header.d=acme.fi", OWN + "dkim=p\xe4ss", BORDER], "cannot be read"),
        ([OWN + "dkim=pass header.d=acme.fi; (", BORDER], "cannot be read"),
        (["Authentication-Results: spf=pass (", BORDER], "stand where our server writes them"),
        ([BORDER, OWN + "dkim=pass header.d=acme.fi stray"], "cannot be read"),
        ([OWN + "spf=pass smtp.mailfrom=a.fi", OWN + "spf=pass smtp.mailfrom=b.fi", BORDER], "spf= stands there twice"),
        ([OWN + 'spf=pass smtp.mailfrom="a b"@acme.fi', BORDER], "is not a plain address"),
        ([OWN + "dkim=pass header.d=a.fi " + "(x) " * 3_000, OWN + "none " + "(x) " * 6_000, BORDER], "too long"),
        ([BORDER, FROM], "stand where our server writes them"),
    ],
)  # fmt: skip
def test_a_field_that_is_ours_and_in_doubt_voids_all(lines: list[str], why: str) -> None:
    found = results(lines)
    assert (found.found, found.dkim) == (False, ())
    assert why in found.why


def test_without_a_border_nothing_is_believed() -> None:
    found = results([OWN + "dkim=pass header.d=acme.fi", BELOW, FROM], border=False)
    assert (found.found, found.dkim) == (False, ())
    assert "border" in found.why


def test_signatures_in_several_fields_above_the_border_line_count() -> None:
    assert dkim([OWN + "dkim=pass header.d=a.fi", INTERNAL, OWN + "dkim=pass header.d=b.fi", BORDER]) == [
        "a.fi",
        "b.fi",
    ]


def test_a_foreign_field_on_top_hides_nothing_of_ours() -> None:
    assert dkim([FOREIGN + "dkim=none", OWN + "dkim=pass header.d=a.fi", BORDER]) == ["a.fi"]


def test_a_thousand_fields_cost_little_time() -> None:
    lines = [BORDER, *[f"Authentication-Results: a{n}.example.com; a=b {'(c) ' * 200}" for n in range(990)], FROM]
    with cpu_within(1):
        assert not results(lines, ".example.com", provider=Provider.ICLOUD).found
