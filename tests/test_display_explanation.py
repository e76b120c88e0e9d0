"""What a person reads of an explanation: the decision and its remedy first, one line a fact, nothing that commands."""

from __future__ import annotations

import os
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest

from poller import display_explanation
from poller.display_explanation import show_explanation

REMEDY = "acme.fi publishes no SPF record that names 203.0.113.7: acme.fi should sign its mail with DKIM"
DOCUMENT: dict[str, Any] = {
    "outcome": "quarantined",
    "reason": "authentication-failed",
    "reasons": [
        {"reason": "authentication-failed", "why": REMEDY},
        {"reason": "no-subject", "why": "the subject is missing or blank"},
    ],
    "detail": f"{REMEDY}; also no-subject: the subject is missing or blank",
    "activity": None,
    "copy": None,
    "folder": "Quarantine",
    "flagged": True,
    "keyword": None,
    "notes": [],
    "before": None,
    "source": {
        "kind": "file",
        "name": "a.eml",
        "sha256": "0" * 64,
        "size": 1234,
        "header_only": False,
        "internal_date": "2026-03-02T12:00:01Z",
        "dated_by": "received",
    },
    "message": {
        "author": {"name": "Anna Aalto", "address": "anna@acme.fi"},
        "from": ["Anna Aalto <anna@acme.fi>"],
        "subject": "",
        "date": None,
        "message_id": None,
        "identity": "0" * 64,
        "malformed": None,
        "defects": ["a part has no end"],
        "files": [{"name": "offer.pdf", "size": 5000, "sha256": "0" * 64, "inline": False}],
    },
    "ignored_by": None,
    "organization": "mycompany",
    "type": "E-mail",
    "status": "done",
    "recipients": [
        {
            "address": "1001.mycompany@in.example.com",
            "number": "1001",
            "header": "X-Original-To",
            "field": 1,
            "trusted": True,
            "trusted_why": "our own servers' word",
            "refused": None,
        },
        {
            "address": "7.mycompany@in.example.com",
            "number": "7",
            "header": "To",
            "field": 9,
            "trusted": False,
            "trusted_why": "the sender's claim",
            "refused": {"reason": "recipient-invalid", "why": "7.mycompany@in.example.com: there is no project 7"},
        },
    ],
    "delivered": ["1001.mycompany@in.example.com"],
    "projects": [{"number": "1001", "name": "Harbour", "state": "open", "customer": "Globex Oy"}],
    "unknown_projects": [],
    "inheritance": None,
    "warnings": [],
    "left_out": [{"name": "film.mov", "size": 99_000_000}],
    "trace": {
        "fields": 12,
        "trusted_fields": 5,
        "border": 5,
        "border_why": "the first",
        "hops": [
            {
                "field": 5,
                "by": "mx",
                "protocol": "ESMTPS",
                "client": "203.0.113.7",
                "helo": "out.acme.fi",
                "for": None,
                "why": "the border",
            }
        ],
        "mail_from": "anna@acme.fi",
        "mail_from_field": 2,
        "mail_from_why": "from Return-Path, field 2",
    },
    "authentication": {
        "author_domain": "acme.fi",
        "policy": "aligned",
        "require_dkim": False,
        "accepted": False,
        "unavailable": False,
        "evidence": "none",
        "domain": None,
        "selector": None,
        "why": REMEDY,
        "spf": {"result": "fail", "identity": "mailfrom", "domain": "acme.fi", "counts": False, "why": "not named"},
        "dkim": [],
        "dmarc": {"result": "fail", "domain": "acme.fi", "strict_dkim": False, "strict_spf": False, "why": "a record"},
        "authentication_results": None,
        "arc": None,
        "identifiers": [],
    },
    "people": {
        "gate": "author",
        "owner": {"name": "Anna Aalto", "address": "anna@acme.fi"},
        "owner_why": "the author is a user",
        "customer": None,
        "customer_why": "no contact of a customer is named",
        "named": [
            {
                "role": "author",
                "address": "anna+x@acme.fi",
                "name": "",
                "is": "user",
                "known_as": {"name": "Anna Aalto", "address": "anna@acme.fi"},
                "customers": [],
            },
            {"role": "cc", "address": "x@y.fi", "name": "X", "is": None, "known_as": None, "customers": []},
        ],
        "participants": [],
        "candidates": [],
    },
    "notices": [],
    "rules": [
        {"rule": "malformed", "holds": False},
        {"rule": "authentication-failed", "holds": True},
        {"rule": "poison", "holds": None},
    ],
}
PROVEN = {"evidence": "dkim", "accepted": True, "why": "a DKIM signature is valid"}


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]):
    """The lines that are printed of the document, with parts of it replaced."""

    def show(part: str | None = None, **changes: object) -> list[str]:
        document = deepcopy(DOCUMENT)
        (document[part] if part else document).update(changes)
        show_explanation(document)
        return capsys.readouterr().out.splitlines()

    return show


def test_it_reads_from_the_decision_down_to_the_rules(shown):
    assert shown() == [
        "quarantined (authentication-failed)",
        f"  {REMEDY}",
        "  also no-subject: the subject is missing or blank",
        r"  In the mailbox: it is moved to Quarantine, marked \Flagged",
        "",
        "What is judged",
        "  the file a.eml",
        "  1,234 octets, arrived 2026-03-02T12:00:01Z as its topmost Received says",
        "  From: Anna Aalto <anna@acme.fi>",
        "  Subject: none",
        "  Message-ID: none",
        "  Defect: a part has no end",
        "  File: offer.pdf, 5,000 octets",
        "  Left out: film.mov, 99,000,000 octets (MAX_ATTACHMENT_SIZE)",
        "",
        "Where it goes, and which field says so",
        "  Organization: mycompany",
        "  1001.mycompany@in.example.com: project 1001; from X-Original-To, field 1: our own servers' word",
        "  7.mycompany@in.example.com: there is no project 7 (recipient-invalid); from To, field 9: the sender's claim",
        "  Project 1001 Harbour (open, of Globex Oy)",
        "",
        "How it came here",
        "  Received, field 5: mx took it from 203.0.113.7, which called itself out.acme.fi, by ESMTPS: the border",
        "  Whatever stands below field 5 is the sender's claim",
        "  MAIL FROM: anna@acme.fi; from Return-Path, field 2",
        "",
        "Whether the author may use acme.fi",
        "  Not proven, as is said above",
        "  SPF of MAIL FROM: fail; not named",
        "  DKIM: none; the message carries no signature, or its body was too large to verify one",
        "  DMARC: fail; a record",
        "",
        "Who takes part, and by which address",
        "  Owner: Anna Aalto <anna@acme.fi>; the author is a user",
        "  Customer: none; no contact of a customer is named",
        "  From: anna+x@acme.fi; the user Anna Aalto <anna@acme.fi>",
        "  Cc: X <x@y.fi>; nobody whom the directory knows",
        "",
        "Rules, in the order of deciding",
        "  Hold: authentication-failed",
        "  Do not hold: malformed",
        "  Were not asked: poison",
    ]


def test_what_would_be_filed_is_said_first(shown):
    lines = shown(outcome="filed", reason=None, reasons=[], authentication=DOCUMENT["authentication"] | PROVEN)
    assert lines[:2] == ["filed", "  E-mail (done) of Anna Aalto <anna@acme.fi> on project 1001, for no customer"]
    assert "  Yes: a DKIM signature is valid" in lines


def test_what_is_filed_without_proof_says_so_and_why_near_the_top(shown):
    lines = shown(outcome="filed", reason=None, reasons=[], projects=[])
    assert lines[1] == "  E-mail (done) of Anna Aalto <anna@acme.fi> on no project, for no customer"
    assert lines[2] == f"  unverified: {REMEDY}"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"folder": None, "keyword": "$MailfilerQuarantined"}, r"it stays where it is (SETTLE=flag), marked $Mailfile"),
        ({"folder": "Filed", "flagged": False}, "it is moved to Filed"),
        ({"folder": None, "flagged": False}, "it stays in the inbox, and is tried again until AUTH_DEFER_MAX_AGE"),
    ],
)
def test_what_would_happen_in_the_mailbox(shown, changes, line):
    (told,) = [one for one in shown(**changes) if one.startswith("  In the mailbox: ")]
    assert told.removeprefix("  In the mailbox: ").startswith(line)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"outcome": "filed", "reason": None}, "filed as activity 7 at 2026-03-02T12:00:00Z, moved to Filed"),
        ({"activity": None}, "quarantined (no-user) at 2026-03-02T12:00:00Z, moved to Filed"),
        ({"outcome": None}, "a worker began with it, and has not decided yet"),
    ],
)
def test_what_was_decided_before_stands_beside_it(shown, changes, line):
    before = {"outcome": "quarantined", "reason": "no-user", "detail": None, "folder": "Filed", "activity": 7}
    before |= {"decided_at": "2026-03-02T12:00:00Z"} | changes
    assert f"  Before: {line}" in shown(before=before)


def test_a_copy_and_a_note_are_told_at_the_top(shown):
    lines = shown(activity=7, copy="a copy of activity 7", notes=["there is no database yet"])
    assert "  a copy of activity 7: `mailfiler activity 7`" in lines[:6]
    assert "  Note: there is no database yet" in lines[:7]


def test_ignored_is_not_said_twice_and_names_the_field(shown):
    found = {"header": "Auto-Submitted", "field": 3, "value": "auto-replied"}
    lines = shown(outcome="ignored", reason="ignored", ignored_by=found, authentication=None, people=None)
    assert lines[0] == "ignored"
    assert "  Auto-Submitted, field 3, says so: auto-replied" in lines[:6]
    assert not [line for line in lines if line.startswith("Who")]


@pytest.mark.parametrize(
    ("part", "changes", "line"),
    [
        ("message", {"author": None, "from": ["a@x, b@y"]}, "From, which names no author beyond doubt: a@x, b@y"),
        ("message", {"author": None, "from": []}, "From, which names no author beyond doubt: (missing)"),
        ("source", {"kind": "kept", "name": "u@h/INBOX;1/7"}, "u@h/INBOX;1/7, from the source that is kept of it"),
        ("source", {"dated_by": "internaldate", "internal_date": "then", "header_only": True},
         "1,234 octets, arrived then as the mailbox says (INTERNALDATE); it is too large: its header alone was read"),
        ("trace", {"border": None, "border_why": "no names"}, "The border is not known: no names"),
        ("trace", {"mail_from": ""}, "MAIL FROM: <> (the null sender); from Return-Path, field 2"),
        ("trace", {"mail_from": None, "mail_from_why": "none"}, "MAIL FROM: not known; none"),
        ("authentication", {"unavailable": True}, "Not known now, as is said above"),
        ("authentication", {"accepted": True}, "Not proven, and let in all the same (AUTH_POLICY=monitor)"),
        ("authentication", {"policy": "dkim"}, "AUTH_POLICY=dkim: SPF alone is not enough"),
        ("authentication", {"require_dkim": True}, "REQUIRE_DKIM_DOMAINS: SPF alone is not enough"),
        ("authentication", {"spf": None}, "SPF: not evaluated here (AUTH_SOURCE=authres)"),
        ("authentication", {"dkim": [{"result": "fail", "domain": "a.fi", "selector": None, "field": 6, "why": "x"}]},
         "DKIM, field 6, d=a.fi s=?: fail; x"),
        ("authentication", {"arc": {"result": "pass", "sealers": [], "results": None, "why": "x"}}, "ARC: pass; x"),
        ("authentication", {"authentication_results": {"found": False, "why": "no field"}},
         "Authentication-Results: no field"),
        ("authentication", {"identifiers": [{"mechanism": "authres", "method": "dmarc", "domain": "acme.fi",
                                             "selector": None, "aligned": None, "why": "x"}]},
         "Alignment of acme.fi, by DMARC in Authentication-Results: not known now; x"),
        ("people", {"owner": None, "owner_why": "no user"}, "Owner: nobody; no user"),
    ],
    ids=range(17),
)  # fmt: skip
def test_each_fact_has_its_line(shown, part, changes, line):
    assert f"  {line}" in shown(part, **changes)


def test_signatures_that_passed_come_first(shown):
    signatures = [
        {"result": result, "domain": "acme.fi", "selector": "s", "field": field, "why": "x"}
        for field, result in enumerate(["policy", "fail", "pass"], start=6)
    ]
    told = [line for line in shown("authentication", dkim=signatures) if line.startswith("  DKIM")]
    assert [line.partition(": ")[2] for line in told] == ["pass; x", "policy; x", "fail; x"]


def test_without_a_filing_address_it_shows_where_it_looked(shown):
    lines = shown(recipients=[], projects=[], delivered=["catchall@in.example.com"])
    assert "  RECIPIENT_HEADERS name only catchall@in.example.com" in lines


def test_of_very_many_lines_the_first_are_shown(shown):
    named = DOCUMENT["people"]["named"] * 500
    lines = shown("people", named=named)
    assert "  … and 977 more; --json shows them all" in lines
    assert len(lines) < 80


def test_whatever_a_stranger_wrote_is_one_line_and_commands_nothing(shown):
    hostile = "\x1b[31mred\x1b]0;owned\x07 \u202e a\r\nb\x9b1m \u2028\u0085c"

    def poisoned(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {name: poisoned(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [poisoned(one) for one in value]
        keyed = key in {"kind", "dated_by", "role", "outcome"}
        return f"{value}{hostile}" if isinstance(value, str) and not keyed else value

    lines = shown(**poisoned(DOCUMENT))
    assert len(lines) == len(shown())
    assert not {letter for line in lines for letter in line} & set("\x1b\x07\u202e\x9b\r\u2028\x85")


def test_on_a_terminal_long_lines_are_folded_under_themselves(shown, monkeypatch):
    monkeypatch.setattr(display_explanation.sys.stdout, "isatty", lambda: True)
    # Not the function of the module: a verbose pytest asks it, too.
    narrow = SimpleNamespace(get_terminal_size=lambda: os.terminal_size((60, 24)))
    monkeypatch.setattr(display_explanation, "shutil", narrow)
    lines = [line for line in shown() if line]
    assert max(map(len, lines)) <= 60
    assert lines[1:3] == [
        "  acme.fi publishes no SPF record that names 203.0.113.7:",
        "    acme.fi should sign its mail with DKIM",
    ]


@pytest.mark.parametrize(
    ("rule", "why", "line"),
    [
        (
            None,
            None,
            "A notice about 9999.m@in.fi (recipient-invalid) to anna@acme.fi, unless too many were sent lately",
        ),
        ("Q5", "it is bulk mail", "No notice about 9999.m@in.fi (recipient-invalid), by rule Q5: it is bulk mail"),
    ],
)
def test_what_the_sender_is_told_is_said(shown, rule, why, line):
    notice = {"address": "9999.m@in.fi", "reason": "recipient-invalid", "recipient": "anna@acme.fi"}
    assert f"  {line}" in shown(notices=[notice | {"suppressed_by": rule, "why": why}])
