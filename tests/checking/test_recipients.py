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


@pytest.mark.parametrize(
    ("named", "slips"),
    [
        (["7.globex@in.globex.fi"], []),
        (["7.globex@in.globex.fi", "mycompni@in.example.com"], ["mycompni@in.example.com"]),
        (["7.globx@in.globex.fi"], ["globx@in.globex.fi in organizations/globex.env"]),
        ([OURS, "7.globx@in.globex.fi"], ["globx@in.globex.fi in organizations/globex.env"]),
        ([OURS, "globex+7@in.globx.fi"], ["globex@in.globx.fi in organizations/globex.env"]),
        ([OURS, "initech@in.globex.fi"], []),
        ([OURS], []),
        (["mycompni@in.example.com", "7.globx@in.globex.fi"],
         ["mycompni@in.example.com", "globx@in.globex.fi in organizations/globex.env"]),
    ],
)  # fmt: skip
def test_a_slip_is_told_of_each_organization_that_no_mail_names_with_its_file(tmp_path, named, slips):
    organize(tmp_path, globex="globex@in.globex.fi")
    found = list(check_recipients(checked(tmp_path, [[f"X-Original-To: {one}"] for one in named])))
    assert [one.remedy for one in found if not one.ok] == [f"FILING_ADDRESS={slip}" for slip in slips]
    told = [one.sentence for one in found if not one.ok]
    assert [one.rpartition(" ")[2] for one in told] == [slip.partition(" ")[0] for slip in slips]
    assert all(one.startswith(f"no recent message ({len(named)} seen) names ") for one in told)


def test_an_address_is_a_slip_of_the_prefix_that_it_is_most_like(tmp_path):
    organize(tmp_path, se="acme-sw@in.example.com", fi="acme-fi@in.example.com")
    (found,) = check_recipients(checked(tmp_path, [["X-Original-To: 7.acme-se@in.example.com"]]))
    assert found.remedy == "FILING_ADDRESS=acme-se@in.example.com in organizations/se.env"


def test_a_sender_s_slip_in_an_address_that_other_mail_names_says_nothing_of_another_organization(tmp_path):
    organize(tmp_path, second="mycompany2@in.example.com")
    mail = [[f"X-Original-To: {one}"] for one in (OURS, "mycompny@in.example.com")]
    assert all(one.ok for one in check_recipients(checked(tmp_path, mail)))


def organize(folder: Path, **addresses: str) -> None:
    (folder / "organizations").mkdir()
    for key, address in addresses.items():
        text = f"FILING_ADDRESS={address}\nACTIVITY_TYPE=E-mail\nACTIVITY_STATUS=done\n"
        (folder / "organizations" / f"{key}.env").write_text(text)
