from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.resolver.names import labels, question_name, shown, written
from tests.cpu import cpu_within


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("acme.fi", "acme.fi"),
        ("ACME.fi.", "acme.fi"),
        ("_dmarc.acme.fi", "_dmarc.acme.fi"),
        ("fi", "fi"),
        ("a\\.b.fi", "a\\.b.fi"),
        ("\\097cme.fi", "\\097cme.fi"),
        ("a+b=c@d.fi", "a+b=c@d.fi"),
        ("two  blanks.acme.fi", "two  blanks.acme.fi"),
        (f"{'a' * 63}.fi", f"{'a' * 63}.fi"),
        ("a." * 126 + "a", "a." * 126 + "a"),
    ],
)
def test_a_name_is_asked_for_in_lower_case_and_as_it_is(name: str, asked: str) -> None:
    assert question_name(name) == asked


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".acme.fi",
        "acme..fi",
        "acme.fi..",
        f"{'a' * 64}.fi",
        "a." * 126 + "aa",
        "a." * 500_000,
        "a" * 1_000_000,
        "äcme.fi",
        "\u212aacme.fi",
        "acme\u3002fi",
        "acme.fi\n",
        "ac\0me.fi",
        "ac\tme.fi",
        "acme\x7f.fi",
        "\udcffacme.fi",
    ],
)
def test_f42_what_cannot_be_a_name_is_refused_at_once(name: str) -> None:
    with cpu_within(1):
        assert question_name(name) is None


@given(st.text(alphabet=st.characters(max_codepoint=0x180), max_size=300))
def test_a_name_that_may_be_asked_for_is_one_on_the_wire(name: str) -> None:
    valid = question_name(name)
    if valid is not None:
        wire = labels(valid)
        assert sum(len(label) + 1 for label in wire) <= 255
        assert all(1 <= len(label) <= 63 for label in wire[:-1])
        assert written(wire) == valid


def test_nothing_in_a_name_is_an_escape() -> None:
    assert labels("a\\.b.fi") == (b"a\\", b"b", b"fi", b"")


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ((b"mx", b"Acme", b"fi", b""), "mx.Acme.fi"),
        ((b"",), "."),
        ((b"mx.acme", b"fi", b""), None),
        ((b"mx\0", b"fi", b""), None),
        ((b"m\xe4x", b"fi", b""), None),
    ],
)
def test_a_host_name_that_could_be_read_as_another_is_none(parts: tuple[bytes, ...], name: str | None) -> None:
    assert written(parts) == name


def test_a_long_name_is_cut_in_a_sentence() -> None:
    assert shown("acme.fi") == "acme.fi"
    assert shown("a" * 101) == "a" * 100 + "…"
