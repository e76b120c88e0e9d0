"""What `check` finds, against real servers."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from poller import checking
from poller.checking.finding import good
from poller.cli import main
from poller.storage import disk
from poller.storage.database import connected, open_database
from poller.storage.health import Sign, record_sign
from poller.worker import mailbox_name
from tests.patience import PATIENCE
from tests.servers.dns import DnsServer
from tests.servers.dovecot import Kind
from tests.servers.smtp import ScriptedSmtp
from tests.workplace import Workplace, mail

NOW = datetime.now(UTC)
SIGN = Sign(version="1", pid=7, began_at=NOW, beat_at=NOW, polled_at=NOW, failures=0, trouble="")
HOUR = timedelta(hours=1)


@pytest.fixture
def workplace(dovecot, tmp_path):
    return Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user())


def check(workplace, **settings):
    path = workplace.write_settings(**settings)
    path.chmod(0o600)
    return CliRunner().invoke(main, ["--settings", str(path), "check"])


def lines(ended, subject):
    """Its lines, without their subject, and the remedies below them."""
    said = ended.stdout.replace("\n  → ", " → ").splitlines()
    return [line.replace(f" {subject}: ", " ", 1) for line in said if line[2:].startswith(f"{subject}: ")]


def give_sign(workplace, sign):
    settings = workplace.settings()
    open_database(settings.database)
    with connected():
        record_sign(mailbox_name(settings), sign)


def test_before_the_first_run_everything_is_well_and_nothing_is_made(workplace):
    workplace.user.deliver(mail(1))
    before = sorted(workplace.folder.rglob("*"))
    ended = check(workplace, DNS_SERVERS="127.0.0.1:1")
    assert ended.exit_code == 1  # the DNS alone
    assert [line[:6] for line in ended.stdout.splitlines() if line.startswith("✗")] == ["✗ DNS:"]
    assert "the first run makes it" in lines(ended, "database")[0]
    assert "INBOX has 1 message (UIDVALIDITY" in lines(ended, "mailbox")[0]
    assert "the first poll makes them: Filed" in lines(ended, "folders")[-1]
    assert "has never run" in lines(ended, "service")[0]
    assert sorted(workplace.folder.rglob("*")) == sorted([*before, workplace.folder / "settings.env"])
    assert workplace.user.count() == 1
    assert [one.name for one in workplace.user.maildir.glob(".*")] == []


def test_wrong_settings_end_it_as_they_end_every_command(workplace):
    ended = check(workplace, POLL_INTERVAL="soon")
    assert ended.exit_code == 78
    assert "POLL_INTERVAL" in ended.stderr


def test_a_settings_file_that_others_may_read_is_told_of(workplace):
    path = workplace.write_settings()
    path.chmod(0o644)
    ended = CliRunner().invoke(main, ["--settings", str(path), "check"])
    assert lines(ended, "settings")[1].endswith(f"→ chmod 600 {path}")


def test_a_type_whose_activities_go_to_calendars_is_told_of(workplace):
    ended = check(workplace, ACTIVITY_TYPE_CALENDAR_SYNC="true")
    assert any("→ ACTIVITY_TYPE_CALENDAR_SYNC=false" in line for line in lines(ended, "settings"))


def test_a_wrong_password_is_told_with_what_to_check(workplace):
    ended = check(workplace, IMAP_PASSWORD="wrong")
    assert ended.exit_code == 1
    assert lines(ended, "mailbox")[0].startswith("✗")
    assert "Check IMAP_USERNAME and IMAP_PASSWORD" in ended.stdout


@pytest.mark.parametrize(
    ("without", "subject", "told"),
    [
        (("MOVE",), "folders", "copied and then removed (UIDPLUS)"),
        (("MOVE", "UIDPLUS"), "folders", "stays where it is, with a keyword or a flag"),
        (("IDLE",), "mailbox", "it is asked every 60 s"),
    ],
)
def test_what_the_server_lacks_is_told_with_what_is_used_instead(dovecot_of, tmp_path, without, subject, told):
    dovecot = dovecot_of(Kind(without=without))
    ended = check(Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user()))
    assert any(told in line for line in lines(ended, subject))


def test_a_damaged_database_is_told_of_and_the_rest_is_looked_at_all_the_same(workplace):
    (workplace.folder / "mailfiler.db").write_bytes(b"no database" * 1000)
    ended = check(workplace)
    assert lines(ended, "database")[0].startswith("✗")
    assert lines(ended, "mailbox")[0].startswith("✓")


def test_a_full_disk_is_told_of(workplace, monkeypatch):
    monkeypatch.setattr(disk, "RESERVE", 1 << 60)
    assert [line[:1] for line in lines(check(workplace), "files")] == ["✗", "✗"]


def test_dns_and_smtp_that_answer_are_well(workplace):
    with DnsServer(records={"in.example.com MX": ["10 mx.example.com"]}) as dns, ScriptedSmtp() as smtp:
        ended = check(workplace, DNS_SERVERS=f"127.0.0.1:{dns.port}", ADMIN_ADDRESS="admin@acme.fi", **smtp.keys())
    assert lines(ended, "DNS") == ["✓ answers: mail for in.example.com goes to 10 mx.example.com"]
    assert lines(ended, "notices")[0].startswith("✓")
    assert ended.exit_code == 0


def test_smtp_that_is_away_is_told_of(workplace):
    ended = check(workplace, SMTP_HOST="localhost", SMTP_PORT="1", SMTP_SECURITY="plain", NOTICE_FROM="a@acme.fi")
    assert lines(ended, "notices")[0].startswith("✗ Nothing listens at localhost:1: check SMTP_HOST and SMTP_PORT")


@pytest.mark.parametrize(
    ("sign", "mark", "told"),
    [
        ({}, "✓", "its last good poll was at "),
        ({"polled_at": None}, "✓", "it has not polled yet"),
        ({"failures": 1, "trouble": "poll, since now: away"}, "✓", "and 1 failed since"),
        ({"failures": 3, "trouble": "poll, since now: away"}, "✗", "and 3 failed since"),
        ({"beat_at": NOW - HOUR}, "✗", "gave its last sign of life at"),
        ({"beat_at": NOW - HOUR, "pid": 0}, "!", "ended at "),
    ],
)
def test_how_the_service_fares_is_told(workplace, sign, mark, told):
    give_sign(workplace, replace(SIGN, **({"beat_at": datetime.now(UTC)} | sign)))
    found = lines(check(workplace), "service")
    assert found[0].startswith(mark)
    assert told in found[0]
    assert ("away" in "".join(found[1:])) == ("trouble" in sign)


def test_a_database_that_cannot_be_written_is_told_of(workplace, monkeypatch):
    give_sign(workplace, SIGN)
    monkeypatch.setattr(os, "access", lambda path, mode: mode == os.R_OK or Path(path).is_dir())
    assert "mailfiler.db cannot be written (mode 0600)" in lines(check(workplace), "database")[0]


def test_who_waits_for_one_server_waits_for_all_of_them(workplace, monkeypatch):
    together = threading.Barrier(3)

    def asking(subject):
        def asks(_checked):
            together.wait(PATIENCE)
            yield good(subject, "was asked")

        return asks

    for subject in ("mailbox", "DNS", "notices"):
        monkeypatch.setitem(checking._CHECKS, subject, asking(subject))
    said = [line for line in check(workplace).stdout.splitlines() if "was asked" in line or " clock: " in line]
    assert said[:3] == ["✓ mailbox: was asked", "✓ DNS: was asked", "✓ notices: was asked"]
    assert len(said) == 4
