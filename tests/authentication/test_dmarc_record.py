"""What makes a TXT record a DMARC record, and which of its tags are honoured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.authentication.dmarc_record import Suffix, parse_record
from tests.cpu import cpu_within


@pytest.mark.parametrize(
    "text",
    [
        "v=DMARC1", "v=DMARC1;", "v=DMARC1; p=none", "v=DMARC1;p=reject;", "v = DMARC1 ; p = none",
        "v\t=\tDMARC1\t;",
        "V=DMARC1; p=none", "v=DMARC1; ; ;", "v=DMARC1; nonsense", "v=DMARC1; =; p", "v=DMARC1; p=never; rua=x",
        "v=DMARC1; adkim=strict; aspf=; psd=maybe", "v=DMARC1; unknown=s", "v=DMARC1; \xe4\xff",
        "v=DMARC1;" + " " * 4087,
    ],
)  # fmt: skip
def test_the_version_makes_it_one_whatever_else_is_wrong_or_missing(text: str) -> None:
    record = parse_record("acme.fi", text)
    assert record
    assert (record.suffix, record.strict_dkim, record.strict_spf) == (Suffix.UNSAID, False, False)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "v=spf1 -all", "v=dmarc1; p=none", "v=DMARC1 p=none", "v=DMARC11; p=none", "v=DMARC 1", "v=DMARC2",
        " v=DMARC1; p=none", "p=none; v=DMARC1", ";v=DMARC1", "v=; p=none", "DMARC1; p=none", "v=DMARC1\n; p=none",
        "v=DMARC1\xa0; p=none", '"v=DMARC1; p=none"', "\ufeffv=DMARC1", "v=DMARC1;" + " " * 4088,
    ],
)  # fmt: skip
def test_any_other_text_is_none(text: str) -> None:
    assert parse_record("acme.fi", text) is None


@pytest.mark.parametrize(
    ("tags", "suffix", "strict_dkim", "strict_spf"),
    [
        ("adkim=s", "u", True, False), ("aspf=s", "u", False, True), ("adkim=S; ASPF = s ", "u", True, True),
        ("adkim=r; aspf=r", "u", False, False), ("psd=y", "y", False, False), ("PSD=N", "n", False, False),
        ("psd=u", "u", False, False),
        ("p=reject; sp=none; np=none; t=y; fo=1; rua=mailto:a@b.fi; adkim=s", "u", True, False),
        ("adkim=r; adkim=s", "u", True, False), ("adkim=s; adkim=r", "u", True, False),
        ("psd=y; psd=n", "n", False, False),
        ("adkim=s s; xadkim=s", "u", False, False), ("rua=mailto:x?adkim=s", "u", False, False),
    ],
)  # fmt: skip
def test_its_tags(tags: str, suffix: str, strict_dkim: bool, strict_spf: bool) -> None:
    record = parse_record("acme.fi", f"v=DMARC1; {tags}")
    assert record
    assert (record.suffix, record.strict_dkim, record.strict_spf) == (suffix, strict_dkim, strict_spf)


@given(st.text(st.characters(max_codepoint=255), max_size=300).map("v=DMARC1;".__add__) | st.text(max_size=50))
def test_no_text_is_too_much_for_it(text: str) -> None:
    record = parse_record("acme.fi", text)
    assert record is None or record.domain == "acme.fi"


def test_hostile_texts_take_no_time() -> None:
    texts = [f"v{' ' * 4000}x", "v=DMARC1" + " " * 4080 + "x", ";" * 4096, "v=DMARC1;" + "=;" * 2000, "v" * 10**7]
    with cpu_within(1):
        for text in texts * 10:
            parse_record("acme.fi", text)
