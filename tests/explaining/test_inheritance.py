"""Why a reply takes the projects that it takes, or none."""

from dataclasses import replace

import pytest

from poller.explaining.inheritance import inheritance_document
from poller.filing.inheriting import Answered, Inheritance
from tests.filing.making import ANNA, project
from tests.storage.making import draft, message

ON_ONE = Answered(activity_id=3, message_id="first@acme.fi", projects=(project("1001"),))
ARCHIVED = replace(ON_ONE, projects=(project("1004", state="archived"),))
TAKEN = Inheritance(answered=ON_ONE, projects=ON_ONE.projects)
NOTHING = Inheritance(answered=None)
REPLY = message("reply", in_reply_to=("first@acme.fi",))


@pytest.mark.parametrize(
    ("drafted", "found", "is_filed", "why"),
    [
        (draft(ANNA, project("1001")), None, False, "its addresses say where it belongs"),
        (draft(ANNA, read=REPLY), None, False, "it names no project, and INHERIT_PROJECT=false"),
        (draft(ANNA, read=REPLY), TAKEN, False, "it names no project, and answers activity 3"),
        (draft(ANNA, read=REPLY), TAKEN, True, "it names no project, and answers activity 3"),
        (draft(ANNA, read=REPLY), NOTHING, True, "nothing was inherited when it was filed"),
        (
            draft(ANNA, read=REPLY),
            Inheritance(answered=ARCHIVED, warnings=("archived",)),
            False,
            "activity 3, which it answers, is on no project that takes mail",
        ),
        (
            draft(ANNA, read=REPLY),
            Inheritance(answered=replace(ON_ONE, projects=())),
            False,
            "activity 3, which it answers, is on no project",
        ),
        (
            draft(ANNA, read=REPLY),
            replace(NOTHING, warnings=("doubt",)),
            False,
            "it is in doubt which activity it answers",
        ),
        (
            draft(ANNA),
            NOTHING,
            False,
            "it answers nothing: neither In-Reply-To nor References names another message",
        ),
        (draft(ANNA, read=REPLY), NOTHING, False, "no activity has the Message-ID of anything that it answers"),
    ],
    ids=range(10),
)
def test_the_reason_is_said(drafted, found, is_filed, why):
    document = inheritance_document(drafted, found, is_filed=is_filed)
    assert document["why"] == why
    assert document["projects"] == (["1001"] if found is TAKEN else [])
    assert (document["activity"], document["message_id"]) == (
        (3, "first@acme.fi") if found and found.answered else (None, None)
    )
