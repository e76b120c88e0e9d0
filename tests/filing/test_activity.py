"""What is stored of a filed message."""

from datetime import UTC, datetime, timedelta

import pytest

from poller.filing.activity import Limits, draft_activity
from poller.filing.participants import Kind, Participant
from poller.mail.message import Role
from tests.filing.making import (
    ARRIVED,
    GLOBEX,
    INITECH,
    attachment,
    destination,
    evidence,
    fetched,
    match,
    message,
    project,
)

LIMITS = Limits(max_attachment_size=100, max_participants=2)


def draft(gathered, limits=LIMITS):
    return draft_activity(gathered, fetched(), limits)


def external(number):
    address = f"x{number}@y.example"
    return Participant(kind=Kind.EXTERNAL, role=Role.TO, name="", address=address, key=address)


@pytest.mark.parametrize(
    ("date", "source"),
    [
        (ARRIVED - timedelta(days=3650), "date"),
        (datetime(1990, 1, 1, tzinfo=UTC), "date"),
        (ARRIVED + timedelta(days=2), "date"),
        (ARRIVED + timedelta(days=2, seconds=1), "internaldate"),
        (datetime(1989, 12, 31, 23, 59, tzinfo=UTC), "internaldate"),
        (datetime(9999, 1, 1, tzinfo=UTC), "internaldate"),
        (None, "internaldate"),
    ],
)
def test_the_authors_clock_is_believed_within_reason(date, source):
    drafted = draft(evidence(message(date=date)))
    assert (drafted.date, drafted.date_source) == (date if source == "date" else ARRIVED, source)


def test_an_attachment_over_the_limit_is_left_out_by_name_and_size():
    drafted = draft(evidence(message(attachments=(attachment("a.pdf", 100), attachment("b.pdf", 101)))))
    assert [one.name for one in drafted.files] == ["a.pdf"]
    assert [(one.name, one.size) for one in drafted.left_out] == [("b.pdf", 101)]


@pytest.mark.parametrize(
    ("gathered", "words"),
    [
        (evidence(matched=match(participants=tuple(map(external, range(3))))), "1 of 3 participants were not stored"),
        (
            evidence(matched=match(customer=INITECH), goes_to=destination(project("1", customer=GLOBEX))),
            "project 1 belongs to Globex Oy",
        ),
        (evidence(goes_to=destination(unknown=("9",))), "there is no project 9"),
        (evidence(message(defects=("a part had no end",))), "a part had no end"),
    ],
)
def test_what_an_administrator_should_know_is_a_warning(gathered, words):
    (warning,) = draft(gathered).warnings
    assert words in warning


def test_nothing_is_warned_of_where_project_and_contacts_agree():
    gathered = evidence(
        matched=match(customer=GLOBEX), goes_to=destination(project("1", customer=GLOBEX), project("2", 2))
    )
    assert draft(gathered).warnings == ()


def test_a_message_that_nobody_owns_cannot_be_drafted():
    with pytest.raises(ValueError, match="nobody owns"):
        draft(evidence(matched=match(gate=None, owner=None)))
