from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.texts.clearsigned import without_signatures
from tests.cpu import cpu_within

BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----\n"
END = "-----BEGIN PGP SIGNATURE-----\nVersion: x\n\niQEz+/=\n=abcd\n-----END PGP SIGNATURE-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello", "Hello"),
        (f"{BEGIN}Hash: SHA256\n\nHello\n{END}", "Hello\n"),
        (f"Above\n{BEGIN}\nHello\n{END}\nBelow", "Above\nHello\n\nBelow"),
        (
            f"{BEGIN}Hash: SHA256\nCharset: utf-8\n\n- -- \n- -----x\n- From me\n - a\n{END}",
            "-- \n-----x\nFrom me\n - a\n",
        ),
        (f"{BEGIN}\none\n{END}\n{BEGIN}\ntwo\n{END}\n", "one\n\ntwo\n\n"),
        (f"{BEGIN}\n{END}", ""),
        (f"{BEGIN}\nHello", f"{BEGIN}\nHello"),
        (f"{BEGIN}\nHello\n-----BEGIN PGP SIGNATURE-----\nabc", f"{BEGIN}\nHello\n-----BEGIN PGP SIGNATURE-----\nabc"),
        (f"> {BEGIN}>\n> Hello\n", f"> {BEGIN}>\n> Hello\n"),
        (f"{BEGIN}no blank line\n{END}", f"{BEGIN}no blank line\n{END}"),
        (
            "-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----",
            "-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----",
        ),
    ],
)
def test_the_signed_text_is_read(text, shown):
    assert without_signatures(text) == shown


pieces = st.sampled_from(
    [BEGIN, "\n", "Hash: x\n", "- ", "text\n", "-----BEGIN PGP SIGNATURE-----\n", "-----END PGP SIGNATURE-----\n"]
)


@given(st.lists(pieces).map("".join))
def test_text_outside_of_frames_stays(text):
    shown = without_signatures(f"first\n{text}")
    assert shown.startswith("first\n")
    assert len(shown) <= len(text) + 6


@pytest.mark.parametrize("piece", [BEGIN, BEGIN + "\n", f"{BEGIN}\nx\n{END}\n", "- \n", BEGIN + "a: b\n" * 11])
def test_work_is_bounded(piece):
    with cpu_within(2):
        without_signatures(piece * (2_000_000 // len(piece)))
