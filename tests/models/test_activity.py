import pytest

from models.activity import Activity, ActivityProject, Attachment, Participant, StoredFile
from tests.models.making import goes_with, is_key, make, nullable

pytestmark = pytest.mark.usefixtures("tables")


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Activity, "organization identity"),
        (ActivityProject, "activity project"),
        (Participant, "activity position"),
        (StoredFile, "sha256"),
        (Attachment, "activity name"),
    ],
)
def test_what_must_not_be_twice(model, columns):
    assert is_key(model, columns)


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Activity, "customer domain selector message_id_sha256 quoted_from signature_from message_id html"),
        (ActivityProject, "inherited_from"),
        (Participant, "user contact"),
        (StoredFile, ""),
        (Attachment, ""),
    ],
)
def test_what_may_be_missing(model, columns):
    assert nullable(model) == columns


@pytest.mark.parametrize(
    ("model", "column", "goes"),
    [
        (ActivityProject, "activity", True),
        (Participant, "activity", True),
        (Attachment, "activity", True),
        (Attachment, "file", False),
        (ActivityProject, "project", False),
        (Participant, "user", False),
        (Participant, "contact", False),
        (Activity, "organization", False),
        (Activity, "type", False),
        (Activity, "owner", False),
        (Activity, "customer", False),
    ],
)
def test_the_parts_go_with_their_activity_and_nothing_else_goes(model, column, goes):
    assert goes_with(model, column) is goes


def test_a_file_stays_when_an_activity_that_has_it_goes():
    attachment = make(Attachment)
    attachment.activity.delete_instance()
    assert StoredFile.get_by_id(attachment.file_id) == attachment.file


@pytest.mark.parametrize("column", ["in_reply_to", "references", "candidates", "warnings", "left_out"])
def test_lists_are_empty_unless_told_otherwise_and_each_its_own(column):
    one, other = make(Activity), make(Activity)
    getattr(one, column).append("only here")
    one.save()
    assert getattr(Activity.get_by_id(one.id), column) == ["only here"]
    assert getattr(other, column) == getattr(Activity.get_by_id(other.id), column) == []
