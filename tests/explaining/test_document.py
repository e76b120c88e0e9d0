"""A judged message as one document: the decision, its reasons one by one, and every key in every case."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from poller.explaining import Found, explanation_of
from poller.filing.decide import decide, screen
from poller.filing.destination import Refused
from poller.filing.judged import Judged
from poller.filing.reasons import Outcome, Reason
from poller.filing.rules import Evidence, Screened
from poller.mail.message import Message
from tests.filing import making
from tests.workplace import Workplace

FOUND = Found(kind="file", name="a.eml", dated_by="received")
NOWHERE = Refused(
    address="1001.mycompany@in.example.com", reason=Reason.RECIPIENT_INVALID, detail="there is no project 1001"
)


@pytest.fixture
def explained(tmp_path):
    """What is judged -> its document, as a reader of the JSON has it."""

    def explain(judged: Judged, found: Found = FOUND, **settings: str) -> dict:
        document = explanation_of(judged, judged.screened, Workplace(folder=tmp_path).settings(**settings), found)
        return json.loads(json.dumps(document))

    return explain


def message(*lines: str, **fields: object) -> Message:
    return making.message("X-Original-To: 1001.mycompany@in.example.com", *lines, **fields)


def of_evidence(evidence: Evidence) -> Judged:
    decision = decide(evidence, may_wait=True)
    return Judged(
        fetched=making.fetched(),
        source_sha256="0" * 64,
        screened=evidence.screened,
        evidence=evidence,
        decision=decision,
    )


def of_screened(screened: Screened) -> Judged:
    return Judged(fetched=making.fetched(), source_sha256="0" * 64, screened=screened, decision=screen(screened))


FILED = of_evidence(making.evidence(message(), goes_to=making.destination(making.project("1001"))))
REFUSED = of_evidence(
    making.evidence(
        message(subject=""),
        goes_to=making.destination(reachable=False, refused=(NOWHERE,)),
        matched=making.match(gate=None, owner=None),
    )
)
MALFORMED = of_screened(making.screened(message(author=None, malformed="The header has no From field.")))
IGNORED = of_screened(making.screened(message("Auto-Submitted: auto-replied (vacation)")))


def test_every_key_is_there_in_every_case(explained):
    documents = [explained(one) for one in (FILED, REFUSED, MALFORMED, IGNORED)]
    assert len({tuple(one) for one in documents}) == 1


def test_of_several_reasons_each_has_its_own_words_and_the_first_decides(explained):
    document = explained(REFUSED)
    assert (document["outcome"], document["reason"]) == ("rejected", "recipient-invalid")
    assert document["reasons"] == [
        {"reason": "recipient-invalid", "why": "there is no project 1001"},
        {"reason": "no-user", "why": "neither the author nor a recipient is a user who may file"},
        {"reason": "no-subject", "why": "the subject is missing or blank"},
    ]
    assert "; ".join(one["why"] for one in document["reasons"][:1]) in document["detail"]


def test_what_was_filed_has_no_reason(explained):
    document = explained(FILED)
    assert (document["outcome"], document["reason"], document["reasons"], document["detail"]) == (
        "filed",
        None,
        [],
        None,
    )
    assert (document["organization"], document["type"], document["status"]) == ("mycompany", "E-mail", "done")
    assert [one["number"] for one in document["projects"]] == ["1001"]


@pytest.mark.parametrize(
    ("judged", "settle", "expected"),
    [
        (FILED, "move", ("Filed", False, None)),
        (REFUSED, "move", ("Rejected", True, None)),
        (REFUSED, "flag", (None, True, "$MailfilerRejected")),
        (IGNORED, "move", ("Ignored", False, None)),
        (IGNORED, "flag", (None, False, "$MailfilerIgnored")),
    ],
    ids=range(5),
)
def test_what_would_happen_in_the_mailbox(explained, judged, settle, expected):
    document = explained(judged, SETTLE=settle)
    assert (document["folder"], document["flagged"], document["keyword"]) == expected


def test_an_address_has_the_field_that_named_it_and_why_it_leads_nowhere(explained):
    (recipient,) = explained(REFUSED)["recipients"]
    assert (recipient["header"], recipient["field"], recipient["trusted"]) == ("X-Original-To", 1, True)
    assert recipient["refused"] == {"reason": "recipient-invalid", "why": "there is no project 1001"}


def test_what_was_decided_early_has_no_authentication_and_says_which_rules_were_not_asked(explained):
    document = explained(MALFORMED)
    assert document["authentication"] is document["people"] is None
    holds = {one["rule"]: one["holds"] for one in document["rules"]}
    assert (holds["malformed"], holds["ignored"], holds["no-user"]) == (True, False, None)
    assert [*holds] == [
        reason.slug for reason in Reason if reason not in {Reason.UNREADABLE, Reason.POISON}
    ]  # in the order of deciding


def test_the_field_that_says_that_nobody_wrote_it_is_shown(explained):
    assert explained(IGNORED)["ignored_by"] == {
        "header": "Auto-Submitted",
        "field": 2,
        "value": "auto-replied (vacation)",
    }
    assert explained(FILED)["ignored_by"] is None


def test_without_an_author_from_is_shown_as_it_stands(explained):
    judged = of_screened(
        making.screened(message("From: a@x.fi,\r\n b@\xff.fi", "From: c@x.fi", author=None, malformed="Two."))
    )
    document = explained(judged)["message"]
    assert document["author"] is None
    assert document["from"] == ["a@x.fi, b@\xff.fi", "c@x.fi"]


def test_a_copy_is_what_it_comes_to(explained):
    found = Found(
        kind="file", name="a.eml", dated_by="file", copy_of=7, outcome=Outcome.DUPLICATE, note="a copy of activity 7"
    )
    document = explained(FILED, found)
    assert (document["outcome"], document["activity"], document["detail"]) == ("duplicate", 7, "a copy of activity 7")


def test_what_is_to_nobodys_address_is_no_organizations(explained):
    read = message()
    screened = replace(making.screened(read), route=making.route_of("X-Original-To: nobody@in.example.com"))
    goes_to = making.destination(reachable=False, refused=(NOWHERE,))
    document = explained(of_evidence(replace(making.evidence(read, goes_to=goes_to), screened=screened)))
    assert (document["organization"], document["type"], document["status"]) == (None, None, None)
    assert explained(REFUSED)["organization"] == "mycompany"
