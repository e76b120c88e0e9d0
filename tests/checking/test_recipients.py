"""Recent mail, and what is said of the field that names the filing address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from poller.checking.finding import Checked
from poller.checking.recipients import check_recipients
from poller.mail.header import split_header
from poller.mailbox.inspecting import Inspection, Place
from poller.mailbox.sampling import Sample
from tests.workplace import Workplace

NOW = datetime(2026, 3, 2, tzinfo=UTC)
RECEIVED = "Received: from a (a [192.0.2.7]) by mx.example.com (Postfix) with ESMTP id 1; d"
INSPECTION = Inspection(
    where="localhost:143",
    inbox=Place(name="INBOX", exists=True, rights=None),
    uidvalidity=1,
    messages=0,
    capabilities=frozenset(),
    keywords=None,
    folders=(),
    idle="",
    samples=(),
)


def checked(tmp_path: Path, mail: list[list[str]], **settings: str) -> Checked:
    samples = tuple(
        Sample(internal_date=NOW, header=split_header("\r\n".join([*lines, "", ""]).encode())) for lines in mail
    )
    return Checked(
        settings=Workplace(folder=tmp_path).settings(**settings),
        path=tmp_path / "settings.env",
        now=NOW,
        mailbox=replace(INSPECTION, samples=samples, messages=len(samples)),
    )


FROM = "From: anna@acme.fi"
OURS = "1001.mycompany@in.example.com"
NONE = "no recent message (1 seen) names mycompany@in.example.com"


@pytest.mark.parametrize(
    ("mail", "ok", "sentence", "remedy"),
    [
        ([[f"X-Original-To: {OURS}", RECEIVED]], True, "X-Original-To in 1 (trusted)", ""),
        ([[f"x-original-TO: {OURS}", RECEIVED]], True, "x-original-TO in 1 (trusted)", ""),
        ([[f"Envelope-To: {OURS}"], ["Subject: spam"]], True, "in 1 of 2 recent messages: Envelope-To", ""),
        ([[f"X-Forwarded-To: {OURS}"]], True, "X-Forwarded-To in 1", ""),
        ([[RECEIVED, f"X-Original-To: {OURS}"]], True, "(not trusted)", "OUR_MTA_NAMES=mx.example.com"),
        ([[f"X-RcptTo: {OURS}", f"To: {OURS}"]], True, "names it in X-RcptTo, which", "RECIPIENT_HEADERS=X-RcptTo"),
        ([[f"X-RcptTo: <{OURS}>", FROM]], False, "X-RcptTo does", "RECIPIENT_HEADERS=X-RcptTo"),
        ([["X-Original-To: 7.mycompni@in.example.com"]], False, NONE, "FILING_ADDRESS=mycompni@in.example.com"),
        ([["Delivered-To: mycompni+7@in.example.com"]], False, NONE, "FILING_ADDRESS=mycompni@in.example.com"),
        ([["To: 7.mycompany@in.example.org"]], False, NONE, "FILING_ADDRESS=mycompany@in.example.org"),
        ([["To: 7.globex@in.example.com"]], True, NONE, "FILING_ADDRESS=globex@in.example.com, if it is yours"),
        ([["Delivered-To: nobody@in.example.com", FROM]], True, "nor any other address at in.example.com", "send a"),
        ([["Return-Path: <mycompany@in.example.com>", FROM]], True, "nor any other address", "send a message"),
        ([], True, "there is no mail yet", "send a message with mycompany@in.example.com in BCC"),
    ],
)  # fmt: skip
def test_what_recent_mail_shows(tmp_path, mail, ok, sentence, remedy):
    (found,) = check_recipients(checked(tmp_path, mail))
    assert (found.ok, found.subject) == (ok, "recipients")
    assert sentence in found.sentence
    assert found.remedy.startswith(remedy)
    assert bool(found.remedy) == bool(remedy)


def test_people_who_write_to_it_in_to_show_nothing_of_bcc(tmp_path):
    (found,) = check_recipients(checked(tmp_path, [[f"To: {OURS}", FROM]]))
    assert "mail by BCC would go to review" in found.sentence
    assert found.remedy.startswith("RECIPIENT_HEADERS=… once the server writes one")


def test_without_a_mailbox_nothing_is_said(tmp_path):
    without = checked(tmp_path, [])
    without.mailbox = None
    assert list(check_recipients(without)) == []


def test_each_organization_has_its_own_prefix(tmp_path):
    folder = tmp_path / "organizations"
    folder.mkdir()
    (folder / "globex.env").write_text(
        "FILING_ADDRESS=globex@in.example.com\nACTIVITY_TYPE=E-mail\nACTIVITY_STATUS=done\n"
    )
    (found,) = check_recipients(checked(tmp_path, [["X-Original-To: 7.globx@in.example.com"]]))
    assert found.remedy == "FILING_ADDRESS=globx@in.example.com"
    (found,) = check_recipients(checked(tmp_path, [["X-Original-To: 7.globex@in.example.com"]]))
    assert found.ok
    assert not found.remedy
