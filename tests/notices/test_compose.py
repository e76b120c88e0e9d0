"""Notices as their readers get them, and as other programs read them."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import message_from_bytes
from email.policy import compat32
from pathlib import Path

import pytest
from flufl.bounce import all_failures, scan_message
from hypothesis import given, settings
from hypothesis import strategies as st

from poller.filing.destination import Case
from poller.filing.reasons import Reason
from poller.mail.header import split_header
from poller.notices.compose import compose
from tests.filing.making import organization
from tests.notices.making import HARBOUR, ORIGINAL, defects_of, facts, parsed

GOLDEN = Path(__file__).parent / "golden"
RETIRED = {"reason": Reason.RETIRED_ADDRESS, "case": None, "address": "1001.oldname@in.example.com"}
NO_SUBJECT = {"reason": Reason.NO_SUBJECT, "case": None, "address": "1001.mycompany@in.example.com", "subject": ""}
TOO_LARGE = {
    "reason": Reason.MESSAGE_TOO_LARGE,
    "case": None,
    "address": "mycompany@in.example.com",
    "size": 117_900_000,
}
NO_USER = {"reason": Reason.NO_USER, "case": None, "address": "1001.mycompany@in.example.com", "is_user": False}
STRANGER = {"case": Case.OTHER_PREFIX, "address": "mycompny@in.example.com", "is_user": False}
FIELDS = [
    *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted"),
    *("X-Auto-Response-Suppress", "X-Mailfiler-Notice", "MIME-Version", "Content-Type"),
]
SOLID = re.compile(rb" [^ ]{1,997}")
STATUS_FIELDS = ["Final-Recipient", "Action", "Status", "Diagnostic-Code"]


def text_of(notice):
    return " ".join(notice.get_payload(0).get_content().split())


def subject_of(notice):
    return str(notice["Subject"])


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("unknown-project.en", {"suggestion": HARBOUR}),
        ("unknown-project.fi", {"suggestion": HARBOUR, "language": "fi"}),
        ("unknown-project-partly-filed.en", {"filed": True}),
        ("archived-project.fi", {"case": Case.ARCHIVED_PROJECT, "filed": True, "language": "fi"}),
        ("malformed-number.en", {"case": Case.MALFORMED_NUMBER, "address": "1001..mycompany@in.example.com"}),
        ("other-prefix-of-a-stranger.en", STRANGER),
        ("other-prefix-of-a-stranger.fi", STRANGER | {"language": "fi"}),
        ("retired-address.en", RETIRED),
        ("retired-address.fi", RETIRED | {"language": "fi"}),
        ("no-subject.en", NO_SUBJECT),
        ("no-subject.fi", NO_SUBJECT | {"language": "fi"}),
        ("message-too-large.en", TOO_LARGE),
        ("message-too-large.fi", TOO_LARGE | {"language": "fi"}),
        ("no-user.en", NO_USER),
        ("no-user.fi", NO_USER | {"language": "fi"}),
    ],
)
def test_people_get_what_the_golden_file_shows(name, changes):
    notice = parsed(compose(facts(**changes)))
    shown = f"Subject: {subject_of(notice)}\n\n{notice.get_payload(0).get_content()}".replace("\r\n", "\n")
    assert shown == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_the_octets_are_those_of_the_golden_file():
    assert compose(facts(suggestion=HARBOUR)) == (GOLDEN / "unknown-project.eml").read_bytes()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "5.1.1"),
        (STRANGER, "5.1.1"),
        (RETIRED, "5.1.6"),
        (NO_USER, "5.7.1"),
        (NO_SUBJECT, "5.6.0"),
        (TOO_LARGE, "5.3.4"),
    ],
)
def test_each_reason_has_its_status_code_and_its_address_has_failed(changes, status):
    octets = compose(facts(**changes))
    about, failed = parsed(octets).get_payload(1).get_payload()
    assert about.items() == [
        ("Reporting-MTA", "dns; mx.in.example.com"),
        ("Arrival-Date", "Mon, 02 Mar 2026 12:00:00 +0000"),
    ]
    assert failed.keys() == STATUS_FIELDS
    assert (failed["Action"], failed["Status"]) == ("failed", status)
    assert failed["Final-Recipient"] == f"rfc822; {facts(**changes).address}"
    assert scan_message(message_from_bytes(octets)) == {facts(**changes).address.encode()}


def test_the_header_marks_it_as_an_automatic_answer_of_ours():
    notice = parsed(compose(facts()))
    assert notice.keys() == FIELDS
    assert notice["To"] == "anna@acme.example"
    assert notice["Message-ID"] == "<abcdefghijklmnop.qrstuvwxyz234567@in.example.com>"
    assert notice["In-Reply-To"] == notice["References"] == "<offer-1@acme.example>"
    assert notice["Auto-Submitted"] == "auto-replied"
    assert notice["X-Auto-Response-Suppress"] == "All"
    assert notice["X-Mailfiler-Notice"] == "recipient-invalid"
    assert notice.get_content_type() == "multipart/report"
    assert notice["Content-Type"].params["report-type"] == "delivery-status"
    types = ["text/plain", "message/delivery-status", "text/rfc822-headers"]
    assert [part.get_content_type() for part in notice.get_payload()] == types


def test_the_header_of_the_original_is_given_back_and_nothing_of_its_body():
    octets = compose(facts())
    assert b"nobody's business" not in octets
    given = parsed(octets).get_payload(2).get_content()
    assert re.sub(r"\s+", " ", given).strip() == re.sub(r"\s+", " ", ORIGINAL.decode().partition("\r\n\r\n")[0])


@pytest.mark.parametrize(
    "message_id",
    [
        b"offer-1@acme.example",
        b"<a b@acme.example>",
        b"<a@b> <c@d>",
        b"<a@b>\r\n X-Evil: 1",
        b"",
        b"<\xe4@acme.example>",
        b"<%s@acme.example>" % (b"a" * 900),
        b"<=?utf-8?q?a?=@acme.example>",
        b"<a@[acme]> (b\r\n c)",
    ],
)
def test_an_identifier_that_is_malformed_or_too_long_is_not_answered(message_id):
    header = split_header(b"Message-ID: " + message_id + b"\r\n\r\n")
    notice = parsed(compose(facts(header=header)))
    assert notice.keys() == [name for name in FIELDS if name not in {"In-Reply-To", "References"}]


def test_an_address_that_is_not_ascii_is_escaped_and_a_recipient_that_is_not_becomes_a_group():
    notice = parsed(compose(facts(address="mycompany+pöytä@in.example.com", recipient="änna@acme.example")))
    failed = notice.get_payload(1).get_payload()[1]
    assert failed["Final-Recipient"] == r"utf-8; mycompany\x{2B}p\x{F6}yt\x{E4}@in.example.com"
    assert notice["To"].groups[0].display_name == "änna@acme.example"
    assert notice["To"].addresses == ()


def test_names_are_told_to_users_alone():
    stranger = compose(facts(is_user=False, suggestion=HARBOUR))
    assert b"Harbour renewal" in compose(facts(suggestion=HARBOUR))
    assert b"Harbour renewal" not in stranger


@pytest.mark.parametrize("language", ["en", "fi"])
def test_no_number_is_given_as_an_example_because_it_could_be_a_project(language):
    shown = text_of(parsed(compose(facts(language=language, address="nine.mycompany@in.example.com"))))
    assert not re.search(r"[0-9]", re.sub(r"saapui [^,]+,|on 2 March[^,]+,", "", shown))


def test_a_stranger_is_not_told_of_an_organization_that_the_address_does_not_name():
    other = organization("initech@in.example.com", retired=("inc@in.example.com",))
    octets = compose(facts(**STRANGER | {"organization": other}))
    assert b"initech" not in octets
    assert b"initech@in.example.com" in compose(facts(**STRANGER | {"organization": other, "is_user": True}))


@pytest.mark.parametrize(
    ("address", "instead"),
    [
        ("oldname@in.example.com", "mycompany@in.example.com"),
        ("1001.oldname@in.example.com", "1001.mycompany@in.example.com"),
        ("oldname+2026.014@in.example.com", "2026.014.mycompany@in.example.com"),
        ("1001.oldname+any@in.example.com", "1001.mycompany@in.example.com"),
        ("1001..oldname@in.example.com", "mycompany@in.example.com"),
    ],
)
def test_a_retired_address_is_told_the_address_of_today_with_its_number(address, instead):
    shown = parsed(compose(facts(**RETIRED | {"address": address}))).get_payload(0).get_content()
    assert f"\n    {instead}\n" in shown.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("size", "limit", "language", "expected"),
    [
        ((100 << 20) + 1, 100 << 20, "en", "100.1 MB, and the largest that can be filed is 100 MB"),
        ((100 << 20) + 1, 100 << 20, "fi", "100,1 Mt, ja suurin sallittu koko on 100 Mt"),
        (700 << 10, 500 << 10, "en", "700 kB, and the largest that can be filed is 500 kB"),
    ],
)
def test_a_size_above_the_limit_never_looks_like_the_limit(size, limit, language, expected):
    assert expected in text_of(
        parsed(compose(facts(**TOO_LARGE | {"size": size, "limit": limit, "language": language})))
    )


def test_the_time_of_arrival_is_told_in_utc():
    arrived = datetime(2026, 3, 2, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert "arrived on 1 March 2026 at 23:30 UTC" in text_of(parsed(compose(facts(arrived=arrived))))


def test_words_of_strangers_are_cut_and_the_subject_stays_readable():
    notice = parsed(compose(facts(subject="word " * 1_000)))
    assert f'"{"word " * 24}..."' in text_of(notice)


def test_a_header_of_many_fields_is_given_back_in_part_by_which_its_message_is_known():
    trace = b"".join(b"X-Trace-%d: %s\r\n" % (number, b"a" * 70) for number in range(900))
    lines = parsed(compose(facts(header=split_header(trace + ORIGINAL)))).get_payload(2).get_content().splitlines()
    assert len("\r\n".join(lines)) < 35_000
    assert "Subject: Offer for the harbour" in lines
    assert "X-Trace-0:" in lines
    assert "X-Trace-899:" not in lines


def test_a_line_that_cannot_be_folded_is_encoded():
    header = split_header(b"X-Long: " + b"a" * 900 + b"\r\nSubject: Offer\r\n\r\n")
    octets = compose(facts(header=header))
    assert max(map(len, octets.split(b"\r\n"))) <= 78
    part = parsed(octets).get_payload(2)
    assert part["Content-Transfer-Encoding"] == "quoted-printable"
    assert part.get_content() == f"X-Long:\r\n {'a' * 900}\r\nSubject: Offer\r\n"


def test_a_header_with_more_than_ascii_is_a_part_of_its_own_type():
    header = split_header("Subject: Työ\r\nX-Latin: ".encode() + b"\xe4\r\n\r\n")
    octets = compose(facts(header=header))
    part = octets.partition(b"Content-Type: message/global-headers\r\n")[2]
    encoded = part.partition(b"\r\n\r\n")[2].partition(b"\r\n--")[0]
    assert base64.b64decode(encoded).decode() == "Subject: Työ\r\nX-Latin: ä\r\n"
    assert all_failures(message_from_bytes(octets))[1] == {b"1010.mycompany@in.example.com"}


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.text(alphabet='a \t\r\n\0:=?<>@",;()\\.\x1b\x7f\x85äö\u2028\u202e\ud800', max_size=120),
    st.sampled_from(
        [
            "x\r\nBcc: victim@example.com\r\n\r\nbody",
            "=?utf-8?q?a=0D=0ABcc:_victim@example.com?=",
            "=?utf-8?b?" + "QUJD" * 100 + "?=",
            "$address ${subject} $$ %s {0}",
            "a" * 900,
            "word " * 300,
            "\n--=_585a0d1e3d83291eeba0f668e627a2107e2f01b7--\n",
            "ä" * 500,
        ]
    ),
)
LOCAL = st.text(alphabet="abc.+=?-_!'{}|~$%&*^`/#0ä", min_size=1, max_size=60)
RAW = st.binary(max_size=200).map(lambda octets: octets.replace(b"\0", b""))


@st.composite
def headers(draw):
    lines = draw(st.lists(st.tuples(st.sampled_from([b"Subject", b"From", b"Message-ID", b"X-Any"]), RAW), max_size=6))
    return split_header(b"".join(b"%s: %s\r\n" % line for line in lines) + b"\r\n")


@st.composite
def hostile_facts(draw):
    reason = draw(st.sampled_from([reason for reason in Reason if reason.status]))
    return facts(
        reason=reason,
        case=draw(st.sampled_from(Case)) if reason is Reason.RECIPIENT_INVALID else None,
        address=f"{draw(LOCAL)}.{draw(st.sampled_from(['mycompany', 'oldname', 'any']))}@in.example.com",
        recipient=f"{draw(LOCAL)}@acme.example",
        subject=draw(HOSTILE),
        header=draw(headers()),
        suggestion=replace(HARBOUR, name=draw(HOSTILE), number=draw(HOSTILE)),
        is_user=draw(st.booleans()),
        language=draw(st.sampled_from(["en", "fi"])),
        filed=draw(st.booleans()),
    )


@given(told=hostile_facts())
@settings(max_examples=100, deadline=None)
def test_nothing_hostile_gets_out_of_its_place(told):
    octets = compose(told)
    assert octets.isascii()
    assert b"\0" not in octets
    assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
    assert [line for line in octets.split(b"\r\n") if len(line) > 78 and not SOLID.fullmatch(line)] == []
    assert compose(told) == octets
    for policy in (parsed, lambda given: message_from_bytes(given, policy=compat32)):
        notice = policy(octets)
        assert not defects_of(notice)
        assert set(notice.keys()) <= set(FIELDS)
        assert len(notice.keys()) == len(set(notice.keys()))
        types = [part.get_content_type() for part in notice.get_payload()]
        assert types[:2] == ["text/plain", "message/delivery-status"]
        assert types[2:] in (["text/rfc822-headers"], ["message/global-headers"])
        assert notice.get_payload(1).get_payload()[1].keys() == STATUS_FIELDS
    # The scanner reads an address with an equals sign as a parameter.
    if told.address.isascii() and "=" not in told.address:
        assert scan_message(message_from_bytes(octets)) == {told.address.encode()}
    assert "\n" not in subject_of(parsed(octets))
