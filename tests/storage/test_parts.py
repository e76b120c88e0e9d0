"""What hangs on an activity is stored in its order, each content once, and however much of it there is."""

from dataclasses import replace

import pytest

from models.activity import Activity, Attachment, Participant, StoredFile
from poller.mail.message import Role
from tests.storage.making import (
    NOW,
    as_person,
    contact,
    customer,
    draft,
    file,
    file_all,
    file_draft,
    message,
    participants,
    people,
    person,
    sha,
    user,
)


@pytest.fixture
def anna(organization):
    return user(organization, "anna@acme.fi")


@pytest.fixture
def bert(organization):
    return user(organization, "bert@acme.fi", "bert.berg@acme.fi")


def test_participants_are_stored_in_their_order(ledger, organization, anna, bert):
    carl = contact(organization, customer(organization), "carl@globex.com")
    dora = person("dora@else.example", name="Dora", role=Role.BCC)
    file_all(ledger, draft(anna, participants=(carl, as_person(bert, role=Role.CC), dora)))
    assert participants() == [
        ("contact", "to", "carl@globex.com"),
        ("user", "cc", "bert@acme.fi"),
        ("external", "bcc", "dora@else.example"),
    ]
    rows = list(Participant.select().order_by(Participant.position))
    assert [row.name for row in rows] == ["Carl", "Bert", "Dora"]
    assert [(row.user_id, row.contact_id) for row in rows] == [(None, carl.contact_id), (bert.id, None), (None, None)]


def test_thousands_of_participants_and_attachments_are_stored(kind, database, anna):
    """More than a statement takes values: MAX_PARTICIPANTS may be set to 100,000."""
    everybody = people(5_000)
    files = tuple(file(f"{number}.pdf") for number in range(1_000))
    with database.atomic():
        file_draft(draft(anna, participants=everybody, files=files), kind, sha("source"), NOW)
    assert [row.address for row in Participant.select().order_by(Participant.position)] == [
        one.address for one in everybody
    ]
    assert (Attachment.select().count(), StoredFile.select().count()) == (1_000, 1_000)


def test_a_content_is_stored_once_and_attached_under_every_name(ledger, anna):
    same = (
        file("a.pdf", "plan"),
        file("b.pdf", "plan"),
        file("logo.png", "logo", inline=True, content_type="image/png"),
    )
    file_all(ledger, draft(anna, files=same), draft(anna, read=message("other"), files=(file("c.pdf", "plan"),)))
    assert {(row.sha256, row.size) for row in StoredFile.select()} == {(sha("plan"), 4), (sha("logo"), 4)}
    rows = Attachment.select().order_by(Attachment.id)
    assert [(row.activity.subject, row.position, row.name, row.file_id, row.inline) for row in rows] == [
        ("About offer", 0, "a.pdf", sha("plan"), False),
        ("About offer", 1, "b.pdf", sha("plan"), False),
        ("About offer", 2, "logo.png", sha("logo"), True),
        ("About other", 0, "c.pdf", sha("plan"), False),
    ]


def test_two_files_of_one_name_cannot_be_in_one_activity(ledger, anna):
    """The reader makes names unique; were it to fail, nothing would hide the other file."""
    assert file_all(ledger, draft(anna, files=(file("a.pdf", "one"), file("a.pdf", "two")))) == []
    assert Activity.select().count() == 0


def test_an_empty_file_and_a_file_over_four_gigabytes_are_stored(ledger, anna):
    files = (replace(file("empty.txt"), size=0, sha256=sha("")), replace(file("large.iso"), size=5_000_000_000))
    file_all(ledger, draft(anna, files=files))
    assert {row.size for row in StoredFile.select()} == {0, 5_000_000_000}
