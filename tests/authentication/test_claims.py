"""What a server's results say has passed, and what makes all of them worthless."""

from __future__ import annotations

import pytest

from poller.authentication.claims import claims_of
from poller.authentication.findings import ResultsFinding
from poller.authentication.results import parse_results


def claims(*values: str) -> ResultsFinding:
    fields = [parse_results(f"mx; {value}".encode()) for value in values]
    assert None not in fields
    return claims_of([field for field in fields if field], "the Authentication-Results of mx")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("dkim=pass header.d=acme.fi header.s=s1", [("acme.fi", "s1")]),
        ("dkim=pass header.d=Acme.FI header.s=S1._x", [("acme.fi", "s1._x")]),
        ("dkim=pass header.i=@mail.acme.fi", [("mail.acme.fi", None)]),
        ("dkim=pass header.i=anna@acme.fi header.s=(none)s1", [("acme.fi", "s1")]),
        ("dkim=pass header.d=acme.fi header.i=@mail.acme.fi", [("acme.fi", None)]),
        ("dkim=pass header.d=a.fi header.s=s1; dkim=pass header.d=b.fi", [("a.fi", "s1"), ("b.fi", None)]),
        ("dkim=pass header.d=acme.fi header.s=../s1", [("acme.fi", None)]),
        ("dkim=pass", []),
        ("dkim=pass header.s=s1", []),
        ("dkim=pass header.d=none", []),
        ("dkim=pass header.d=fi", []),
        ("dkim=pass header.d=203.0.113.7", []),
        ("dkim=pass header.d=acme.fi.", []),
        ("dkim=pass header.d=a..fi", []),
        ("dkim=pass header.d=ac_me.fi", []),
        ('dkim=pass header.i="anna b"@acme.fi', []),
        ("dkim=pass header.d=a@b@acme.fi", []),
        ("dkim=pass header.d=<acme.fi>", []),
        ("dkim=fail header.d=acme.fi", []),
        ("dkim=policy header.d=acme.fi", []),
        ("x-google-dkim=pass header.d=acme.fi", []),
        ("dkim/2=pass header.d=acme.fi", []),
    ],
)
def test_signers_that_passed(value: str, expected: list[tuple[str, str | None]]) -> None:
    found = claims(value)
    assert (found.found, list(found.dkim)) == (True, expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("spf=pass smtp.mailfrom=anna@Acme.fi", "acme.fi"),
        ("spf=pass smtp.mailfrom=acme.fi", "acme.fi"),
        ('spf=pass smtp.mailfrom="prvs=1=anna@acme.fi"', "acme.fi"),
        ("spf=pass smtp.mailfrom=bounces+a=b.fi@acme.fi", "acme.fi"),
        ('spf=pass smtp.mailfrom=""', None),
        ("spf=pass smtp.mailfrom=<>", None),
        ("spf=pass smtp.helo=out.acme.fi", None),
        ("spf=pass", None),
        ("spf=pass smtp.mailfrom=root@localhost", None),
        ("spf=pass smtp.mailfrom=a@ac_me.fi", None),
        ("spf=softfail smtp.mailfrom=anna@acme.fi", None),
        ("spf=bestguesspass smtp.mailfrom=anna@acme.fi", None),
    ],
)
def test_the_envelope_senders_domain(value: str, expected: str | None) -> None:
    found = claims(value)
    assert (found.found, found.mail_from) == (True, expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("dmarc=pass header.from=acme.fi", "acme.fi"),
        ("dmarc=pass action=none header.from=ACME.fi", "acme.fi"),
        ("dmarc=pass", None),
        ("dmarc=pass header.d=acme.fi", None),
        ("dmarc=bestguesspass action=none header.from=acme.fi", None),
        ("dmarc=none (dmarc=pass header.from=acme.fi) header.from=acme.fi", None),
    ],
)
def test_the_author_domain_that_dmarc_passed_for(value: str, expected: str | None) -> None:
    found = claims(value)
    assert (found.found, found.header_from) == (True, expected)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["spf=fail smtp.mailfrom=a.fi; spf=pass smtp.mailfrom=b.fi"], "spf= stands there twice"),
        (["dmarc=fail header.from=a.fi", "dmarc=pass header.from=a.fi"], "dmarc= stands there twice"),
        (["dkim=pass header.d=a.fi header.d=b.fi"], "header.d stands twice in one result"),
        (["spf=pass smtp.mailfrom=a.fi smtp.mailfrom=b.fi"], "smtp.mailfrom stands twice"),
        (["dmarc=pass header.from=a.fi header.from=b.fi"], "header.from stands twice"),
        (["dkim=pass header.d=a.fi", 'spf=fail smtp.mailfrom="x y"@b.fi'], 'the MAIL FROM "x y"@b.fi is not a plain'),
        (['spf=pass smtp.mailfrom="anna"@acme.fi'], "not a plain address"),
        (["spf=pass smtp.mailfrom=a..b@acme.fi"], "not a plain address"),
        (["spf=pass smtp.mailfrom=.a@acme.fi"], "not a plain address"),
        (["spf=pass smtp.mailfrom=a@b@acme.fi"], "not a plain address"),
        (["spf=pass smtp.mailfrom=<anna@acme.fi>"], "not a plain address"),
        (["spf=pass smtp.mailfrom=anna@[203.0.113.7]"], "not a plain address"),
        (['spf=pass smtp.mailfrom="a; b@acme.fi"'], "not a plain address"),
        (['spf=pass smtp.mailfrom="\\"a b\\"@acme.fi"'], "not a plain address"),
    ],
)  # fmt: skip
def test_one_contradiction_voids_everything(values: list[str], why: str) -> None:
    found = claims(*values)
    assert not found.found
    assert (found.dkim, found.mail_from, found.header_from) == ((), None, None)
    assert why in found.why


def test_where_dmarc_failed_no_pass_beside_it_is_evidence() -> None:
    found = claims("dkim=pass header.d=acme.fi; spf=pass smtp.mailfrom=acme.fi; dmarc=fail header.from=acme.fi")
    assert (found.found, found.dkim, found.mail_from, found.header_from) == (True, (), None, None)
    assert "dmarc=fail" in found.why


def test_the_sentence_names_what_passed() -> None:
    found = claims("dkim=pass header.d=a.fi", "spf=pass smtp.mailfrom=b.fi; dmarc=pass header.from=c.fi")
    assert found.why == (
        "the Authentication-Results of mx say dkim=pass for a.fi, spf=pass for b.fi, dmarc=pass for c.fi"
    )
