"""Files and UIDs through the whole program: what is decided about them, and that nothing is changed by asking."""

from __future__ import annotations

import imaplib
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from mmap import mmap
from pathlib import Path
from typing import Any

import pytest

from models.inbound import Delivery
from poller.errors import ConfigurationError, Transient
from poller.examining import CannotExplain, _read, explain_file, explain_uid
from poller.settings import Settings
from poller.storage.database import connected
from tests.authentication.making import delivered, written
from tests.authentication.signing import Key, sign
from tests.servers.dns import DnsServer, Trouble
from tests.workplace import Workplace, mail

KEY = Key.rsa(1024)
RECORDS = KEY.zone() | {"acme.fi TXT": ["v=spf1 ip4:198.51.100.7 -all"]}
ROUTED = b"X-Original-To: 1001.mycompany@in.example.com\r\n"
SIGNED = ROUTED + delivered(sign(written(), KEY))
BARE = ROUTED + delivered(written())


@pytest.fixture(scope="module")
def dns() -> Iterator[DnsServer]:
    with DnsServer(records=RECORDS, troubles={"slow._domainkey.acme.fi": Trouble.SERVFAIL}) as server:
        yield server


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An administrator at work: a folder with settings, a directory, and messages saved to files."""

    workplace: Workplace
    dns: DnsServer

    def settings(self, **keys: str) -> Settings:
        usual = {
            "AUTH_POLICY": "aligned",
            "OUR_MTA_NAMES": "mx.example.com",
            "DEDICATED_DOMAIN": "false",
            "DNS_SERVERS": f"127.0.0.1:{self.dns.port}",
        }
        return self.workplace.settings(**usual | keys)

    def saved(self, source: bytes) -> Path:
        path = self.workplace.folder / "message.eml"
        path.write_bytes(source)
        return path

    def explain(self, source: bytes, **keys: str) -> dict[str, Any]:
        return explain_file(self.saved(source), self.settings(**keys))


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workplace = Workplace(folder=tmp_path_factory.mktemp("imported"))
    workplace.import_directory()
    return workplace.folder


@pytest.fixture
def desk(imported: Path, tmp_path: Path, dns: DnsServer) -> Desk:
    return Desk(workplace=Workplace(folder=Path(shutil.copytree(imported, tmp_path / "desk"))), dns=dns)


def lying(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("source", "outcome", "reason", "folder"),
    [
        (SIGNED, "filed", None, "Filed"),
        (SIGNED.replace(b"\r\n", b"\n"), "filed", None, "Filed"),
        (BARE, "quarantined", "authentication-failed", "Quarantine"),
        (SIGNED.replace(b"The offer.", b"The order."), "quarantined", "authentication-failed", "Quarantine"),
        (ROUTED + delivered(sign(written(), KEY, selector="slow")), "deferred", "authentication-unavailable", None),
        (SIGNED.replace(b"1001.", b"7."), "rejected", "recipient-invalid", "Rejected"),
        (ROUTED + delivered(written("a@acme.fi, b@acme.fi")), "quarantined", "malformed", "Quarantine"),
        (ROUTED + delivered(written("anna@acme.fi", "Auto-Submitted: auto-replied")), "ignored", "ignored", "Ignored"),
        (written(), "review", "no-filing-address", "Review"),
        (b"", "quarantined", "malformed", "Quarantine"),
    ],
    ids=range(10),
)
def test_each_verdict_comes_with_what_would_happen(desk, source, outcome, reason, folder):
    document = desk.explain(source)
    assert (document["outcome"], document["reason"], document["folder"]) == (outcome, reason, folder)


class TestFile:
    def test_it_leaves_everything_as_it_was(self, desk):
        path = desk.saved(SIGNED)
        settings = desk.settings()
        before = lying(desk.workplace.folder)
        assert explain_file(path, settings)["outcome"] == "filed"
        assert lying(desk.workplace.folder) == before

    def test_without_a_database_nobody_is_known_and_none_is_made(self, desk):
        (desk.workplace.folder / "mailfiler.db").unlink()
        document = desk.explain(SIGNED)
        assert [one["reason"] for one in document["reasons"]] == ["recipient-invalid", "no-user"]
        assert f"there is no database yet ({desk.workplace.folder}/mailfiler.db)" in document["notes"][0]
        assert not (desk.workplace.folder / "mailfiler.db").exists()

    def test_it_is_explained_where_the_mailbox_is_not_to_be_touched(self, desk):
        assert desk.explain(SIGNED, INTEGRATION_ENABLED="false")["outcome"] == "filed"

    def test_it_arrived_when_its_topmost_received_says_and_else_when_it_was_saved(self, desk):
        source = desk.explain(SIGNED)["source"]
        assert (source["internal_date"], source["dated_by"]) == ("2026-03-02T12:00:01Z", "received")
        path = desk.saved(written())
        os.utime(path, (1_000_000_000, 1_000_000_000))
        source = explain_file(path, desk.settings())["source"]
        assert (source["internal_date"], source["dated_by"]) == ("2001-09-09T01:46:40Z", "file")

    @pytest.mark.parametrize(
        ("source", "notes"),
        [
            (SIGNED, []),
            (b"", ["the file is empty"]),
            (written(), ["the file has no Received field"]),
            (b"From anna@acme.fi Mon Mar  2 12:00:00 2026\r\n" + SIGNED, ['the file begins with a line "From …"']),
            (b"no message at all", []),
        ],
        ids=["delivered", "empty", "never delivered", "mbox", "no message"],
    )
    def test_what_a_mailbox_would_not_have_is_noted(self, desk, source, notes):
        found = desk.explain(source)["notes"]
        assert len(found) == len(notes)
        assert all(note.startswith(said) for note, said in zip(found, notes, strict=True))

    @pytest.mark.parametrize("limit", ["100M", "2k"])
    def test_of_one_that_is_too_large_the_header_alone_is_read(self, desk, limit):
        path = desk.saved(SIGNED)
        with path.open("ab") as file:
            file.truncate(200_000_000)
        document = explain_file(path, desk.settings(MAX_MESSAGE_SIZE=limit))
        assert document["reason"] == "message-too-large"
        assert (document["source"]["size"], document["source"]["header_only"]) == (200_000_000, True)
        assert document["authentication"]["dkim"] == []
        assert document["message"]["subject"] == "Offer"

    def test_a_large_one_is_mapped_and_not_read(self, desk):
        body = b"A line.\r\n" * 200_000
        path = desk.saved(ROUTED + delivered(sign(written() + body, KEY)))
        with path.open("rb") as file, _read(file, 100_000_000).source as source:
            assert isinstance(source, mmap)
        assert explain_file(path, desk.settings())["outcome"] == "filed"

    def test_a_pipe_is_a_file_too(self, desk):
        path = desk.workplace.folder / "pipe"
        os.mkfifo(path)
        writer = threading.Thread(target=path.write_bytes, args=(SIGNED,))
        writer.start()
        document = explain_file(path, desk.settings())
        writer.join()
        assert (document["outcome"], document["source"]["size"]) == ("filed", len(SIGNED))

    @pytest.mark.parametrize(
        ("name", "said"), [("missing.eml", "No such file"), (".", "Is a directory"), ("x" * 300, "File name too long")]
    )
    def test_what_cannot_be_read_is_a_sentence(self, desk, name, said):
        with pytest.raises(CannotExplain, match=said):
            explain_file(desk.workplace.folder / name, desk.settings())

    def test_a_bug_of_ours_is_a_sentence(self, desk, monkeypatch):
        monkeypatch.setattr("poller.filing.first_look.find_route", lambda *_: 1 / 0)
        with pytest.raises(CannotExplain, match="cannot be judged, and the log above says why"):
            desk.explain(SIGNED)

    def test_a_database_that_is_none_stops_it(self, desk):
        (desk.workplace.folder / "mailfiler.db").write_bytes(b"x" * 9000)
        with pytest.raises(ConfigurationError, match="restore it from a backup"):
            desk.explain(SIGNED)

    def test_who_was_recognised_is_told_by_the_address_as_it_is_written(self, desk):
        named = desk.explain(SIGNED.replace(b"To: Carl <carl@globex.example>", b"To: Anna+x@ACME.fi"))["people"][
            "named"
        ]
        assert [(one["role"], one["address"], one["is"]) for one in named] == [
            ("author", "anna@acme.fi", "user"),
            ("to", "Anna+x@ACME.fi", "user"),
        ]


@pytest.fixture
def mailbox(imported: Path, tmp_path: Path, dns: DnsServer, dovecot) -> Desk:
    """With a mailbox that a worker can poll."""
    folder = Path(shutil.copytree(imported, tmp_path / "desk"))
    return Desk(workplace=Workplace(folder=folder, dovecot=dovecot, user=dovecot.user()), dns=dns)


class TestUid:
    """UIDs of a mailbox begin at 1."""

    def test_what_was_moved_long_ago_is_explained_from_its_kept_source(self, mailbox):
        mailbox.workplace.user.deliver(BARE)
        mailbox.settings()
        mailbox.workplace.do("once")
        assert mailbox.workplace.user.count(".Quarantine") == 1
        document = explain_uid(1, mailbox.settings(IMAP_PORT="1"))
        assert document["source"]["kind"] == "kept"
        assert document["source"]["name"].endswith("/1")
        assert document["reason"] == document["before"]["reason"] == "authentication-failed"
        assert document["before"]["folder"] == "Quarantine"
        assert document["before"]["decided_at"].endswith("Z")

    def test_what_is_decided_otherwise_now_is_shown_beside_what_was(self, mailbox):
        mailbox.workplace.user.deliver(BARE)
        mailbox.settings()
        mailbox.workplace.do("once")
        document = explain_uid(1, mailbox.settings(UNAUTHENTICATED_OK="acme.fi@203.0.113.7"))
        assert (document["before"]["outcome"], document["outcome"]) == ("quarantined", "filed")
        assert document["authentication"]["evidence"] == "exception"

    def test_what_was_filed_is_no_copy_of_itself(self, mailbox):
        for _ in range(2):
            mailbox.workplace.user.deliver(SIGNED, datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
        settings = mailbox.settings()
        mailbox.workplace.do("once")
        outcomes = [explain_uid(uid, settings)["outcome"] for uid in (1, 2)]
        assert outcomes == ["filed", "duplicate"]
        assert explain_uid(1, settings)["activity"] == explain_uid(2, settings)["activity"] == 1
        copy = mailbox.explain(SIGNED)
        assert (copy["outcome"], copy["copy"]) == ("duplicate", "a copy of activity 1")

    def test_what_no_worker_has_seen_comes_from_the_mailbox_which_is_only_looked_at(self, mailbox):
        user, settings = mailbox.workplace.user, mailbox.settings()
        user.deliver(SIGNED)
        document = explain_uid(1, settings)
        assert (document["outcome"], document["source"]["kind"], document["before"]) == ("filed", "mailbox", None)
        assert sorted(one.name for one in user.maildir.iterdir() if one.name.startswith(".")) == []
        with imaplib.IMAP4("127.0.0.1", settings.imap.port) as client:
            client.login(user.name, user.password)
            assert client.select("INBOX", readonly=True)[0] == "OK"
            assert client.fetch("1", "(FLAGS)")[1] == [rb"1 (FLAGS (\Recent))"]
        assert not (mailbox.workplace.folder / "files").exists()
        with connected():
            assert Delivery.select().count() == 0

    def test_a_deferred_one_that_waited_long_enough_would_be_quarantined(self, mailbox):
        mailbox.workplace.user.deliver(ROUTED + delivered(sign(written(), KEY, selector="slow")))
        settings = mailbox.settings()
        mailbox.workplace.do("once")
        assert explain_uid(1, settings)["outcome"] == "deferred"
        assert mailbox.workplace.listing("messages")[0]["outcome"] == "deferred"  # its connection may write
        with connected():
            Delivery.update(seen_at=datetime.now(UTC) - timedelta(hours=73)).execute()
        assert explain_uid(1, settings)["outcome"] == "quarantined"

    def test_where_no_source_is_kept_the_mailbox_has_it_or_a_sentence_says_what_became_of_it(self, mailbox):
        mailbox.workplace.user.deliver(mail(1))
        mailbox.settings(KEEP_SOURCE="false", SETTLE="flag", AUTH_POLICY="monitor")
        mailbox.workplace.do("once")
        settings = mailbox.settings(KEEP_SOURCE="false", AUTH_POLICY="monitor")
        document = explain_uid(1, settings)
        assert (document["source"]["kind"], document["before"]["outcome"]) == ("mailbox", "filed")
        for path in (mailbox.workplace.user.maildir / "cur").iterdir():
            path.unlink()
        with pytest.raises(CannotExplain, match=r"has no message with UID 1 any more \(filed\), and no source"):
            explain_uid(1, settings)

    def test_a_uid_of_nobody_is_a_sentence(self, mailbox):
        with pytest.raises(CannotExplain, match="has no message with UID 77, and the ledger knows of none"):
            explain_uid(77, mailbox.settings())

    def test_a_mailbox_out_of_reach_is_later(self, desk):
        with pytest.raises(Transient):
            explain_uid(1, desk.settings())
