from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.fields.address import key_of
from poller.mail.fields.author import domain_problem, parse_author
from poller.mail.message import Mailbox


@pytest.mark.parametrize(
    ("raw", "name", "address"),
    [
        (b" Anna <anna@Acme.fi>", "Anna", "anna@Acme.fi"),
        (b"anna@acme.fi", "", "anna@acme.fi"),
        (b"<anna@acme.fi>", "", "anna@acme.fi"),
        (b'"anna@acme.fi" <anna@acme.fi>', "anna@acme.fi", "anna@acme.fi"),
        (b'"Smith, Anna" <a@x.fi>', "Smith, Anna", "a@x.fi"),
        (b"root@host.fi (Cron Daemon)", "Cron Daemon", "root@host.fi"),
        (b"=?UTF-8?Q?M=C3=BCller,_A?= <a@x.fi>", "Müller, A", "a@x.fi"),
        (b"=?utf-8?Q?=22M=C3=BCller=22?= <a@x.fi>", "Müller", "a@x.fi"),
        (b"Anna (Acme) <a@x.fi>", "Anna (Acme)", "a@x.fi"),
        (b"Anna <a@x.fi> (Acme)", "Anna", "a@x.fi"),
        (b"<a@x.fi> (Anna)", "Anna", "a@x.fi"),
        (b"J. Smith <a@x.fi>", "J. Smith", "a@x.fi"),
        (b"\xe4 <a@x.fi>", "ä", "a@x.fi"),
        (b"Anna\r\n <a@x.fi>", "Anna", "a@x.fi"),
        (b"\tAnna <a@x.fi>\t", "Anna", "a@x.fi"),
        (b" a@x.fi \t", "", "a@x.fi"),
        (b"a@b\xc3\xa4.fi", "", "a@bä.fi"),
    ],
)
def test_one_mailbox_is_the_author(raw, name, address):
    assert parse_author(raw) == Mailbox(name=name, address=address, key=key_of(address))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Anna",
        b"a@b.fi <e@x.fi>",
        b"a@x.fi, b@x.fi",
        b"<a@x.fi> <b@x.fi>",
        b"Smith, A <a@x.fi>",
        b"Team: a@x.fi;",
        b"<@r.fi:a@x.fi>",
        b"A <a@x.fi> x",
        b"<a@x.fi> (b@x.fi)",
        b"<a@x.fi> (x) (y)",
        b"<a@x.fi> (x",
        b'"a"@x.fi',
        b'"a b"@x.fi',
        b"A <=?utf-8?q?a?=@x.fi>",
        b"=?utf-8?q?a=40x.fi?=",
        b"a@[192.0.2.1]",
        b"a@x_y.fi",
        b"a@\xef\xbd\x81cme.fi",
        b"a@acme\xe3\x80\x82fi",
        b"a@\xe2\x84\xaaone.fi",
        b"a@b\xe4.fi",
        b"\x1b$Ba@b\x1b(B <a@x.fi>",
        b"A\xe2\x80\xae <a@x.fi>",
        b"A\0 <a@x.fi>",
        b"a@x.fi (b@y.fi)",
        b"a@@x.fi",
        b"<a@x.fi",
        b"a@" + b"x" * 64 + b".fi",
        b"a@" + b".".join([b"x" * 60] * 5) + b".fi",
    ],
)
def test_what_can_be_read_in_two_ways_has_no_author(raw):
    problem = parse_author(raw)
    assert isinstance(problem, str)
    assert problem.endswith(".")


@pytest.mark.parametrize("raw", [b"Root <a@localhost>", b"a@192.0.2.1", b"a@x.fi."])
def test_an_author_without_a_full_domain_is_named_but_can_prove_nothing(raw):
    assert domain_problem(parse_author(raw)) == "The domain in From is not a full domain name."


def test_an_author_with_a_full_domain_can_prove_who_he_is():
    assert domain_problem(parse_author(b"Anna <anna@Acme.fi>")) is None


@given(st.binary() | st.text(alphabet='<>"\\(),;:@a.= \t?').map(str.encode))
def test_any_octets_are_judged_without_an_exception(raw):
    author = parse_author(raw)
    assert isinstance(author, str) or author.key == key_of(author.address)
