"""Whatever is stored of an activity, a message put together from it has the fields that it should and no others."""

from email import message_from_bytes, policy
from hashlib import sha256
from io import BytesIO

import pytest

from poller.exporting.rebuilding import rebuild
from poller.exporting.stored import Report, Stored

EVIL = 'x"\r\nX-Evil: 1\r\n\r\n\u202e\ud800\x00 \\'


def activity(**fields):
    plain = {
        "id": 7,
        "source_sha256": "0" * 64,
        "gate": "author",
        "owner": {"name": "Anna", "address": "anna@acme.fi", "key": "anna"},
        "participants": [],
        "date": "2025-03-03T09:58:00Z",
        "subject": "Offer",
        "message_id": "a@b",
        "in_reply_to": [],
        "text": "Text.",
        "html": None,
        "files": [],
    }
    return plain | fields


def attached(folder, name="offer.pdf", kind="application/pdf", octets=b"%PDF", *, inline=False):
    digest = sha256(octets).hexdigest()
    (folder / digest[:2]).mkdir(exist_ok=True)
    (folder / digest[:2] / digest[2:]).write_bytes(octets)
    return {"name": name, "content_type": kind, "sha256": digest, "size": len(octets), "inline": inline}


def read_back(document, folder):
    whole = BytesIO()
    rebuild(document, Stored(folder=folder, report=Report()), whole)
    return message_from_bytes(whole.getvalue(), policy=policy.default)


def person(role, address="b@c", name=""):
    return {"kind": "external", "role": role, "name": name, "address": address, "key": None}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"From": "Anna <anna@acme.fi>", "To": None, "Message-ID": "<a@b>", "Subject": "Offer"}),
        ({"gate": "recipient", "participants": [person("author")]}, {"From": "b@c", "To": "Anna <anna@acme.fi>"}),
        ({"participants": [person("to"), person("to", "d@e", "Dora, E")]}, {"To": 'b@c, "Dora, E" <d@e>'}),
        ({"participants": [person("cc"), person("bcc"), person("delivered")]}, {"To": None, "Cc": "b@c", "Bcc": "b@c"}),
        ({"message_id": None}, {"Message-ID": None}),
        ({"in_reply_to": ["x@y", "z@y"]}, {"In-Reply-To": "<x@y>"}),
        ({"subject": "Ääni 日本"}, {"Subject": "Ääni 日本"}),
        ({"date": "2025-03-03T09:58:00.250000Z"}, {"Date": "Mon, 03 Mar 2025 09:58:00 +0000"}),
    ],
)
def test_the_header_says_what_is_stored(tmp_path, fields, expected):
    found = read_back(activity(**fields), tmp_path)
    assert {name: found[name] for name in expected} == expected
    assert found["X-Mailfiler-Rebuilt"]


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": EVIL},
        {"message_id": EVIL},
        {"in_reply_to": [EVIL]},
        {"owner": {"name": EVIL, "address": EVIL}},
        {"participants": [person("to", EVIL, EVIL)]},
        {"text": EVIL},
        {"html": "<p>" + EVIL.replace("\ud800", "")},  # the databases hold no lone surrogates
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_no_value_becomes_a_field_of_its_own(tmp_path, fields):
    found = read_back(activity(**fields), tmp_path)
    assert not [name for part in found.walk() for name in part.keys() if "evil" in name.lower()]  # noqa: SIM118 - a message
    assert [part.get_content_type() for part in found.walk()][:2] == ["multipart/mixed", "text/plain"]


@pytest.mark.parametrize(
    ("name", "kind", "becomes"),
    [
        ("offer.pdf", "application/pdf", "application/pdf"),
        (EVIL, EVIL, "application/octet-stream"),
        ("a.eml", "message/rfc822", "application/octet-stream"),
        ("Ääni 日本.txt", "text/plain", "text/plain"),
        ("x", "", "application/octet-stream"),
    ],
)
def test_a_file_has_its_name_and_its_octets_and_a_type_that_may_be_encoded(tmp_path, name, kind, becomes):
    octets = bytes(range(256)) * 400
    found = read_back(activity(files=[attached(tmp_path, name, kind, octets)]), tmp_path)
    *_, part = found.walk()
    assert part.get_content_type() == becomes
    assert part.get_payload(decode=True) == octets
    assert not [key for key in part.keys() if "evil" in key.lower()]  # noqa: SIM118 - a message
    if name != EVIL:
        assert part.get_filename() == name
