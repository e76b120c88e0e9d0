"""The octets of a message -> what they tell without asking anybody."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from poller.authentication.body_hashes import body_hashes
from poller.filing.first_look import Looking, Unread
from poller.filing.reasons import Reason
from poller.mail.message import Role
from poller.mail.reader import read_message
from tests.authentication.making import Zone, delivered, written
from tests.filing import making
from tests.workplace import mail

LOOKING = Looking(auth=making.auth("mx.example.com"), routing=making.routing())


def look(source, *, oversized=False, size=0):
    return LOOKING.look(Unread(source=source, size=size or len(source), oversized=oversized))


def test_it_tells_what_was_written_to_whom_and_by_which_way():
    seen = look(mail(1))
    assert seen.decision is None
    assert seen.screened.message == read_message(mail(1), oversized=False, size=len(mail(1)))
    assert [target.target.number for target in seen.screened.route.targets] == ["1001"]
    assert not seen.screened.oversized


def test_it_tells_whom_the_message_names():
    assert [(role, one.address) for role, one in look(mail(1)).named] == [
        (Role.AUTHOR, "anna@acme.fi"),
        (Role.TO, "carl@globex.example"),
    ]


def test_it_has_the_digests_that_proving_the_author_needs():
    source = b"X-Original-To: 1001.mycompany@in.example.com\r\n" + delivered(written())
    seen = look(source)
    assert seen.body == body_hashes(seen.screened.message.header, source, LOOKING.auth)
    assert Zone().asked == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (mail(1, "Auto-Submitted: auto-replied"), Reason.IGNORED),
        (mail(1, "From: bert@acme.fi"), Reason.MALFORMED),
        (mail(1, to="anna@elsewhere.example"), Reason.NO_FILING_ADDRESS),
        (b"", Reason.MALFORMED),
    ],
)
def test_where_that_is_enough_for_a_decision_nobody_is_named_and_nothing_hashed(source, reason):
    seen = look(source)
    assert (seen.decision.reason, seen.named, seen.body) == (reason, (), None)


def test_an_oversized_one_is_known_by_its_header_and_has_no_body():
    header = mail(1).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    seen = look(header, oversized=True, size=1 << 30)
    assert (seen.screened.oversized, seen.body) == (True, None)
    assert seen.screened.message.subject == "Message 1"


def test_all_of_it_but_the_octets_of_attachments_can_be_handed_to_another_process():
    seen = look(mail(1))
    assert pickle.loads(pickle.dumps(seen)) == seen
    assert pickle.loads(pickle.dumps(LOOKING)) == LOOKING


def test_without_somebody_to_open_it_a_container_is_a_file():
    source = (
        mail(1, "MIME-Version: 1.0", 'Content-Type: application/ms-tnef; name="winmail.dat"').partition(b"\r\n\r\n")[0]
        + b"\r\n\r\n\x78\x9f\x3e\x22"
    )
    (file,) = look(source).screened.message.attachments
    assert (file.name, replace(LOOKING, expander=None) == LOOKING) == ("winmail.dat", True)
