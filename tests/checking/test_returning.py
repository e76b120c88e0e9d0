"""What is said of addresses of our own mail that lead back into the mailbox."""

from __future__ import annotations

import pytest

from poller.checking.returning import returning
from tests.checking.test_recipients import checked

MISREAD = "the digest for {} comes into this mailbox, where it is ignored"
READ = "ADMIN_ADDRESS=… of a mailbox that somebody reads"
FILED = "notices come from {}, which is for filing: what people answer would be filed"


def told(tmp_path, **settings):
    (tmp_path / "organizations").mkdir()
    (tmp_path / "organizations" / "globex.env").write_text(
        "FILING_ADDRESS=globex@in.globex.fi\nACTIVITY_TYPE=E-mail\nACTIVITY_STATUS=done\nRETIRED_ADDRESSES=old@globex.fi\n"
    )
    found = returning(checked(tmp_path, [], **settings).settings)
    return [("!" if one.ok else "✗", one.sentence, one.remedy) for one in found]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"NOTICE_FROM": "mailer-daemon@in.example.com", "NOTICE_ENVELOPE_FROM": "bounces@in.example.com"},
        {"NOTICE_FROM": "mailer-daemon@in.globex.fi"},
        {"NOTICE_FROM": "it@acme.fi", "ADMIN_ADDRESS": "it@acme.fi"},
        {"NOTICE_FROM": "xmycompany@in.example.com"},
        {"DEDICATED_DOMAIN": "false", "ADMIN_ADDRESS": "it@in.example.com"},
    ],
    ids=range(6),
)
def test_of_those_that_do_not_nothing_is_said(tmp_path, settings):
    assert told(tmp_path, **settings) == []


@pytest.mark.parametrize(
    "author",
    [
        *("mycompany@in.example.com", "MyCompany+7@in.example.com", "1001.mycompany@in.example.com"),
        *("globex@in.globex.fi", "old@globex.fi"),
    ],
)
def test_answers_to_notices_that_would_be_filed_are_told_of(tmp_path, author):
    remedy = "NOTICE_FROM=mailer-daemon@in.example.com, or another address that is not for filing"
    assert told(tmp_path, NOTICE_FROM=author) == [("!", FILED.format(author.lower()), remedy)]


def test_bounces_that_come_to_a_filing_address_are_told_of(tmp_path):
    ((mark, sentence, remedy),) = told(tmp_path, NOTICE_ENVELOPE_FROM="globex@in.globex.fi")
    assert (mark, sentence) == ("!", "bounces of notices go to globex@in.globex.fi, which is for filing")
    assert remedy.startswith("NOTICE_ENVELOPE_FROM=…")


@pytest.mark.parametrize(
    "address", ["mycompany@in.example.com", "old@globex.fi", "catchall@acme.fi", "catchall+x@acme.fi"]
)
def test_a_digest_that_nobody_would_read_is_told_of(tmp_path, address):
    found = told(tmp_path, ADMIN_ADDRESS=address, IMAP_USERNAME="Catchall@acme.fi")
    assert found == [("✗", MISREAD.format(address), READ)]


def test_a_digest_to_an_address_that_the_catch_all_may_take_is_told_of(tmp_path):
    found = told(tmp_path, ADMIN_ADDRESS="it@in.globex.fi")
    assert found == [
        ("!", MISREAD.format("it@in.globex.fi"), f"{READ}, unless your mail server delivers this one elsewhere")
    ]
