from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.parts.names import MAX_NAME, UniqueNames, safe_name


@pytest.mark.parametrize(
    ("name", "content_type", "safe"),
    [
        ("offer.pdf", "application/pdf", "offer.pdf"),
        ("../../etc/passwd", "text/plain", "passwd"),
        ("C:\\dir\\a.pdf", "application/pdf", "a.pdf"),
        ("dir/", "application/pdf", "dir"),
        ("a\u202efdp.exe", "x/y", "afdp.exe"),
        ("a\0\r\n\u200bb.pdf", "x/y", "ab.pdf"),
        ("  a   b .pdf ", "x/y", "a b.pdf"),
        ("CON", "x/y", "_CON"),
        ("aux.txt", "x/y", "_aux.txt"),
        ("COM1 .txt", "x/y", "_COM1.txt"),
        ("lpt9 . .doc", "x/y", "_lpt9.doc"),
        ("NUL .. x.txt", "x/y", "_NUL .. x.txt"),
        ("com port.txt", "x/y", "com port.txt"),
        ("com¹.txt", "x/y", "_com¹.txt"),
        ("console.txt", "x/y", "console.txt"),
        ("...", "application/pdf", "attachment.pdf"),
        ("", "image/jpeg", "image.jpg"),
        ("", "image/png", "image.png"),
        ("", "application/x-unheard-of", "attachment.bin"),
        ("", "message/rfc822", "message.eml"),
        ("", "message/global", "message.eml"),
        ("", "message/delivery-status", "delivery-status.txt"),
        ("", "message/partial", "piece.txt"),
        ("-rf.txt", "x/y", "_-rf.txt"),
        ("--help", "x/y", "_--help"),
        (".profile", "x/y", "profile"),
        ("a\u0308.pdf", "x/y", "ä.pdf"),
        ("ä" * 300 + ".pdf", "x/y", "ä" * 98 + ".pdf"),
        ("a." + "b" * 300, "x/y", "a." + "b" * 198),
    ],
)
def test_a_name_is_made_safe(name, content_type, safe):
    assert safe_name(name, content_type) == safe


@given(
    st.text() | st.text(alphabet="./\\ :\u202e\0aCONcom1"),
    st.sampled_from(["application/pdf", "image/x", "x/../y", ""]),
)
def test_every_name_is_safe(name, content_type):
    safe = safe_name(name, content_type)
    assert safe
    assert len(safe.encode()) <= MAX_NAME
    assert safe == safe.strip(". ")
    assert not set(safe) & set('/\\<>:"|?*')
    assert not [c for c in safe if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert safe.partition(".")[0].lower() not in ("con", "prn", "aux", "nul", "com1", "lpt1")
    assert safe_name(safe, content_type) == safe


@given(st.lists(st.sampled_from(["a.pdf", "A.PDF", "a (2).pdf", "b", "a (3).pdf"])))
def test_names_in_a_message_are_unique_whatever_their_case(names):
    unique = UniqueNames()
    taken = [unique.take(name) for name in names]
    assert len({name.casefold() for name in taken}) == len(names)
    assert not names or taken[0] == names[0]
