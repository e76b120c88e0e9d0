from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.address import a_labels, key_of, subaddress_stripped


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Anna.Smith@Acme.FI", "anna.smith@acme.fi"),
        ("1001.MyCompany@in.example.com", "1001.mycompany@in.example.com"),
        ("1001..mycompany@in.example.com", "1001..mycompany@in.example.com"),
        (".mycompany@in.example.com", ".mycompany@in.example.com"),
        ("anna+CRM@acme.fi", "anna+crm@acme.fi"),
        ('"anna"@acme.fi', "anna@acme.fi"),
        ('"a@b"@acme.fi', '"a@b"@acme.fi'),
        ("anna@acme.fi.", "anna@acme.fi"),
        ("anna@Bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@BÜCHER.example", "anna@xn--bcher-kva.example"),
        ("anna@XN--BCHER-KVA.example", "anna@xn--bcher-kva.example"),
        ("Päivi@acme.fi", "päivi@acme.fi"),
        ("anna@i❤.ws", "anna@i❤.ws"),
        ("anna@localhost", "anna@localhost"),
        ("anna@my_host.acme.fi", "anna@my_host.acme.fi"),
        ("anna@[192.0.2.1]", "anna@[192.0.2.1]"),
        ("", None),
        ("anna", None),
        ("anna@", None),
        ("anna@.", None),
        ("@acme.fi", None),
        ("a@b@c", None),
        ("anna smith@acme.fi", None),
        ('"anna smith"@acme.fi', None),
        ("anna@acme .fi", None),
        ("anna\x00@acme.fi", None),
        ("anna\u202e@acme.fi", None),
        ("<anna@acme.fi>", None),
        ("anna@acme.fi, bo@acme.fi", None),
        ("a" * 2_000 + "@acme.fi", None),
    ],
)
def test_equal_addresses_have_one_key(address, key):
    assert key_of(address) == key


@given(st.text() | st.from_regex(r"[\"a-zA-Zé.+]{1,9}@[a-zA-ZÄßİK.\-]{1,9}", fullmatch=True))
def test_a_key_is_its_own_key(address):
    key = key_of(address)
    assert key is None or key_of(key) == key


@pytest.mark.parametrize(
    ("domain", "labels"),
    [
        ("ACME.fi", "acme.fi"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("ａcme.fi", None),
        ("acme。fi", None),
        ("acme..fi", None),
        ("my_host.acme.fi", None),
        ("xn--a.fi", None),
        ("a" * 64 + ".fi", None),
        ("", None),
    ],
)
def test_a_labels_are_strict(domain, labels):
    assert a_labels(domain) == labels


@pytest.mark.parametrize(
    ("key", "stripped"),
    [
        ("anna+crm@acme.fi", "anna@acme.fi"),
        ("anna+@acme.fi", "anna@acme.fi"),
        ("anna+a+b@acme.fi", "anna@acme.fi"),
        ("anna@acme.fi", "anna@acme.fi"),
        ("+crm@acme.fi", "+crm@acme.fi"),
        ('"a+b@c"@acme.fi', '"a+b@c"@acme.fi'),
    ],
)
def test_a_subaddress_is_stripped(key, stripped):
    assert subaddress_stripped(key) == stripped
