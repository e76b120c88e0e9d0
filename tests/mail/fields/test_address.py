from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.fields.address import (
    MAX_MAILBOXES,
    MAX_REMEMBERED,
    _parsed,
    a_labels,
    addresses_in,
    key_of,
    parse_mailboxes,
    subaddress_stripped,
)
from tests.cpu import cpu_within


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
        (r'"a\"b"@acme.fi', r'"a\"b"@acme.fi'),
        ("anna@acme.fi.", "anna@acme.fi"),
        ("pa\u0308ivi@acme.fi", "päivi@acme.fi"),
        ("anna@bu\u0308cher.example", "anna@xn--bcher-kva.example"),
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
        ('"Anna Smith"@acme.fi', '"anna smith"@acme.fi'),
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


@pytest.mark.parametrize(
    ("raw", "mailboxes"),
    [
        (b' Anna <anna@x.fi>, "B, C" <b@x.fi>;d@x.fi', [("Anna", "anna@x.fi"), ("B, C", "b@x.fi"), ("", "d@x.fi")]),
        (b"undisclosed-recipients:;", []),
        (b"Team: a@x.fi, B <b@x.fi>; c@x.fi", [("", "a@x.fi"), ("B", "b@x.fi"), ("", "c@x.fi")]),
        (b"<@r1.fi,@r2.fi:a@x.fi>", [("", "a@x.fi")]),
        (b'"boss@corp.com" <e@x.fi>', [("boss@corp.com", "e@x.fi")]),
        (b"boss@corp.com <e@x.fi>", [("boss@corp.com", "e@x.fi")]),
        (b'"boss@corp.com" e@x.fi', [("boss@corp.com", "e@x.fi")]),
        (b'"boss@corp.com" <>', []),
        (b"=?utf-8?Q?P=C3=A4ivi,_A?= <p@x.fi>", [("Päivi, A", "p@x.fi")]),
        (b'"=?utf-8?B?UMOkaXZp?=" <p@x.fi>', [("Päivi", "p@x.fi")]),
        (b"=?utf-8?B?UMM=?= =?utf-8?B?pGl2aQ==?= <p@x.fi>", [("Päivi", "p@x.fi")]),
        (b"a@x.fi (Anna (x) S)", [("Anna (x) S", "a@x.fi")]),
        (b"Anna <a@x.fi (work)>, Bo <(home) b@x.fi>", [("Anna", "a@x.fi"), ("Bo", "b@x.fi")]),
        (b"Anna <a(an (inner) one)@x.(here)fi>", [("Anna", "a@x.fi")]),
        (b"Smith, Anna <a@x.fi>, Bo S, Jr. <b@x.fi>", [("Smith, Anna", "a@x.fi"), ("Bo S, Jr.", "b@x.fi")]),
        (b"bo, a@x.fi, cy, di, Ed <e@x.fi>", [("", "a@x.fi"), ("Ed", "e@x.fi")]),
        (b"=?utf-8?Q?=22Anna_=22A=22_S=22?= <a@x.fi>", [('Anna "A" S', "a@x.fi")]),
        (b'Anna <"a>b"@x.fi>', [("Anna", '"a>b"@x.fi')]),
        (b'"Anna S" (a@x.fi), b@x.fi', [("Anna S", "a@x.fi"), ("", "b@x.fi")]),
        (b"'a@x.fi' <a@x.fi>", [("a@x.fi", "a@x.fi")]),
        (b"Anna\r\n <a@x.fi>,\r\n\tBo <b@x.fi>", [("Anna", "a@x.fi"), ("Bo", "b@x.fi")]),
        (b"<a@x.fi", [("", "a@x.fi")]),
        (b"Anna <a@x.fi, Bo <b@x.fi>", [("Anna", "a@x.fi"), ("Bo", "b@x.fi")]),
        (b"Anna a@x.fi>", [("Anna", "a@x.fi")]),
        (b"Anna <a@x.fi> Bo <b@x.fi>", [("Anna", "a@x.fi"), ("Bo", "b@x.fi")]),
        (b"a @ x.fi", [("", "a@x.fi")]),
        (b"< a@x . fi >", [("", "a@x.fi")]),
        (b"a@x . fi, Bo b@x .fi", [("", "a@x.fi"), ("Bo", "b@x.fi")]),
        (b'"Dr". anna@x.fi', [("Dr.", "anna@x.fi")]),
        (b"\"Virtanen, 'Anna'\" <a@x.fi>", [("Virtanen, 'Anna'", "a@x.fi")]),
        (b"Anna <SMTP:a@x.fi>", [("Anna", "a@x.fi")]),
        (b'"a b"@x.fi', [("", '"a b"@x.fi')]),
        (b'"ab"@x.fi', [("", '"ab"@x.fi')]),
        (b"P\xe4ivi <p@x.fi>", [("Päivi", "p@x.fi")]),
        (b"P\xc3\xa4ivi <p@x.fi>", [("Päivi", "p@x.fi")]),
        (b'"Anna <a@x.fi>, b@x.fi', [("Anna", "a@x.fi"), ("", "b@x.fi")]),
        (b"(Anna <a@x.fi>, b@x.fi", [("Anna", "a@x.fi"), ("", "b@x.fi")]),
        (b",,a@x.fi,; ,", [("", "a@x.fi")]),
        (b"<<a@x.fi>>", [("", "a@x.fi")]),
        (b"mailto:a@x.fi, <mailto:b@x.fi>", [("", "a@x.fi"), ("", "b@x.fi")]),
        (b'"Anna \\"A\\" S" <a@x.fi>', [('Anna "A" S', "a@x.fi")]),
        (b"Anna\xe2\x80\xae\x00 <a@x.fi>", [("Anna", "a@x.fi")]),
        (b'"anna@x.fi"', [("", "anna@x.fi")]),
        (b"nobody", []),
        (b"", []),
    ],
)
def test_recipients_are_read_as_they_were_meant(raw, mailboxes):
    assert [(m.name, m.address) for m in parse_mailboxes(raw)] == mailboxes


@pytest.mark.parametrize(
    ("raw", "keys"),
    [
        (b" <Anna@X.fi>", ["anna@x.fi"]),
        (b"anna@x.fi bo@x.fi", ["anna@x.fi", "bo@x.fi"]),
        (b"anna@x.fi, <bo@x.fi>", ["anna@x.fi", "bo@x.fi"]),
        (b"rfc822;anna@x.fi", ["anna@x.fi"]),
        (b"rfc822; 1001.mycompany@in.example.com", ["1001.mycompany@in.example.com"]),
        (b"utf-8; \\x{E4}nna@x.fi", ["änna@x.fi"]),
        (b"utf-8; \xc3\xa4nna@x.fi", ["änna@x.fi"]),
    ],
)
def test_delivery_headers_are_read(raw, keys):
    assert [m.key for m in addresses_in(raw)] == keys


@pytest.mark.parametrize(
    "piece",
    [
        b"<",
        b'"',
        b'"\\',
        b"(",
        b"()",
        b",",
        b"a@b,",
        b"=?a?q?",
        b" ",
        b"<a ",
        b"\\(",
        b'<"',
        b"<(",
        b"[a",
        b"a:b@c;",
        b"a ",
        b"a@ ",
        b". ",
    ],
)
def test_work_is_bounded_for_a_field_of_full_size(piece):
    with cpu_within(5):
        assert len(parse_mailboxes(piece * (256_000 // len(piece)))) <= MAX_MAILBOXES


@given(
    st.binary()
    | st.lists(
        st.sampled_from([b"<", b">", b'"', b"\\", b"(", b")", b",", b";", b":", b"@", b"a", b" ", b"=?utf-8?q?a?="])
    ).map(b"".join)
)
def test_any_octets_are_read_without_an_exception(raw):
    for mailbox in addresses_in(raw):
        assert mailbox.key == key_of(mailbox.address)


WORDS = (
    "Anna",
    "A.",
    "x-y",
    "a@acme.fi",
    "B@C.fi",
    "<a@acme.fi>",
    "<a@b.fi.>",
    "<@x>",
    ",",
    ",",
    " ",
    "'",
    '"q"',
    "=?",
    "(c)",
)


@given(st.lists(st.sampled_from(WORDS), max_size=8), st.sampled_from(["", " ", "\r\n "]))
def test_what_is_plainly_written_is_read_as_leniently_as_all_else(words, between):
    raw = between.join(words).encode()
    assert parse_mailboxes(raw) == _parsed(raw)


def test_long_fields_and_short_ones_are_read_alike():
    raw = b", ".join(b"Anna %d <a%d@acme.fi>" % (number, number) for number in range(200))
    assert len(raw) > MAX_REMEMBERED
    assert parse_mailboxes(raw)[:20] == parse_mailboxes(b", ".join(raw.split(b", ")[:20]))
