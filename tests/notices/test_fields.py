import pytest

from poller.notices.fields import address_field, folded, id_field, text_field, typed_address_field

LONG = "a" * 70


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Name: value", "Name: value"),
        (f"Name: {LONG} b", f"Name: {LONG} b"),
        (f"Name: {LONG} bb cc", f"Name: {LONG}\r\n bb cc"),
        (f"Name: {LONG}{LONG} b", f"Name:\r\n {LONG}{LONG}\r\n b"),
        ("Name: a   b  ", "Name: a   b"),
    ],
)
def test_a_line_is_broken_before_a_blank(line, expected):
    assert folded(line) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", "Subject: plain words\r\n"),
        ("a\r\nBcc: b", "Subject: a  Bcc: b\r\n"),
        ("työ", "Subject: =?utf-8?q?ty=C3=B6?=\r\n"),
        ("=?utf-8?q?x?=", "Subject: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?=\r\n"),
    ],
)
def test_text_is_plain_where_it_can_be(text, expected):
    assert text_field("Subject", text) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("anna@acme.fi", "To: <anna@acme.fi>\r\n"),
        ('"a b"@acme.fi', 'To: <"a b"@acme.fi>\r\n'),
        (f"{LONG}@a.fi", f"To:\r\n <{LONG}@a.fi>\r\n"),
        ("a@b@acme.fi", "To: =?utf-8?b?YUBiQGFjbWUuZmk=?= :;\r\n"),
        ("a@b.fi>, <c@d.fi", "To: =?utf-8?b?YUBiLmZpPiwgPGNAZC5maQ==?= :;\r\n"),
    ],
)
def test_an_address_stands_alone_in_its_field_or_is_the_name_of_an_empty_group(address, expected):
    assert address_field("To", address) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("1.mycompany@acme.fi", "Final-Recipient: rfc822; 1.mycompany@acme.fi\r\n"),
        ("mycompany+ä@acme.fi", "Final-Recipient: utf-8; mycompany\\x{2B}\\x{E4}@acme.fi\r\n"),
        (f"{LONG}@acme.fi", f"Final-Recipient: rfc822;\r\n {LONG}@acme.fi\r\n"),
        ("=?a?q?b?=@acme.fi", "Final-Recipient: utf-8; \\x{3D}?a?q?b?\\x{3D}@acme.fi\r\n"),
    ],
)
def test_a_failed_recipient_is_typed(address, expected):
    assert typed_address_field("Final-Recipient", address) == expected


def test_no_line_is_longer_than_the_standard_allows_and_no_escape_is_halved():
    for line in typed_address_field("Final-Recipient", f"{'ä' * 900}@acme.fi").split("\r\n"):
        assert len(line) <= 998
        assert line.count("{") == line.count("}")


@pytest.mark.parametrize(
    ("message_id", "field"),
    [
        ("<a.b@acme.fi>", "In-Reply-To: <a.b@acme.fi>\r\n"),
        ("<a@[192.0.2.1]>", "In-Reply-To: <a@[192.0.2.1]>\r\n"),
        (f"<{LONG}@a.fi>", f"In-Reply-To:\r\n <{LONG}@a.fi>\r\n"),
        (f"<{LONG}@acme.fi>", f"In-Reply-To:\r\n <{LONG}@acme.fi>\r\n"),
        (f"<{LONG}.{LONG}.{LONG}@acme.fi>", ""),
        ("<a@b> ", ""),
        ("<a..b@c>", ""),
        ("a@b", ""),
        (None, ""),
    ],
)
def test_an_identifier_is_well_formed_and_on_one_line_or_left_out(message_id, field):
    assert id_field("In-Reply-To", message_id) == field
