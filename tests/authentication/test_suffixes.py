"""The public-suffix list's own test lines, read from the source archive of the package that has the list."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.authentication.suffixes import registrable
from poller.mail.fields.address import a_labels
from tests.archives import archive_file

LINE = re.compile(r"^checkPublicSuffix\((null|'[^']*'), (null|'[^']*')\);", re.MULTILINE)


def lines() -> list[tuple[str, str | None]]:
    """Each line's domain, "" for null, and what is registered, both in A-labels."""
    text = archive_file("publicsuffixlist", "publicsuffixlist/test_psl.txt").decode()
    asked_and_found = ([word.strip("'").removeprefix("null") for word in match] for match in LINE.findall(text))
    return [(in_a_labels(domain), in_a_labels(registered) or None) for domain, registered in asked_and_found]


def in_a_labels(domain: str) -> str:
    return domain if domain.isascii() else a_labels(domain) or ""


@pytest.mark.parametrize("written", [str, str.upper], ids=["as written", "in capitals"])
def test_every_line_of_the_lists_own_tests_holds(written) -> None:
    cases = lines()
    assert len(cases) == 78
    assert [(domain, registrable(written(domain))) for domain, _ in cases] == cases


@pytest.mark.parametrize(
    ("domain", "registered"),
    [
        ("acme.fi", "acme.fi"), ("crm.acme.fi", "acme.fi"), ("evilacme.fi", "evilacme.fi"),
        ("fi", None), ("co.uk", None), ("acme.co.uk", "acme.co.uk"), ("a.b.acme.co.uk", "acme.co.uk"),
        ("github.io", None), ("acme.github.io", "acme.github.io"), ("a.acme.github.io", "acme.github.io"),
        ("blogspot.com", None), ("acme.blogspot.com", "acme.blogspot.com"),
        ("s3.amazonaws.com", None), ("eu-west-1.compute.amazonaws.com", None), ("amazonaws.com", "amazonaws.com"),
        ("xn--kknen-fraa0m.fi", "xn--kknen-fraa0m.fi"), ("a.xn--kknen-fraa0m.fi", "xn--kknen-fraa0m.fi"),
        ("acme.unlisted", "acme.unlisted"), ("unlisted", None), ("localhost", None),
        ("", None), (".", None), ("acme..fi", None), (".acme.fi", None),
    ],
)  # fmt: skip
def test_what_somebody_registered_is_one_label_below_the_public_suffix(domain: str, registered: str | None) -> None:
    assert registrable(domain) == registered


def test_a_name_as_long_as_the_dns_allows_is_no_work() -> None:
    assert registrable("a." * 120 + "acme.fi") == "acme.fi"


@given(
    st.text(max_size=80) | st.lists(st.sampled_from(["a", "co", "uk", "kobe", "city", "ck", "www", ""])).map(".".join)
)
def test_whatever_the_name_what_comes_back_ends_it_and_is_registered_itself(domain: str) -> None:
    registered = registrable(domain)
    if registered is not None:
        assert registered.count(".")
        assert domain.lower().rstrip(".").endswith(registered)
        assert registrable(registered) == registered


def test_a_command_that_compares_no_domains_does_not_load_the_list() -> None:
    code = "import sys, poller.cli; print('publicsuffixlist' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"
