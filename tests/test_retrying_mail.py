"""Mail that was not filed, judged again: the whole program against a real mailbox."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from models.inbound import Delivery
from poller.cli import main
from poller.filing.reasons import Outcome
from poller.mailbox.inbox import Inbox
from poller.pipeline import Pipeline
from poller.resettling import Resettling
from poller.storage import retries
from poller.storage.database import connected
from poller.storage.ledger import Ledger
from poller.worker import open_storage, open_worker
from tests.servers.dns import DnsServer, Trouble
from tests.workplace import Workplace, mail

UNKNOWN = "1002.mycompany@in.example.com"
FOLDERS = ("Filed", "Rejected", "Quarantine", "Review", "Ignored")


class Killed(BaseException):
    """Ends the worker as a kill would: nothing in the program catches it."""


@pytest.fixture
def workplace(dovecot, tmp_path):
    return imported(Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user()))


@pytest.fixture
def either(dovecot, tmp_path, database_url):
    """On each kind of database."""
    return imported(Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url))


def imported(workplace):
    workplace.import_directory()
    return workplace


def import_project(workplace, number="1002"):
    file = workplace.folder / "more.csv"
    file.write_text(f"number,name,kind,customer,state\n{number},Mill,project,,open\n")
    workplace.do("import", "projects", str(file))


def worker(workplace, **settings):
    return open_worker(workplace.settings(**settings), threading.Event(), lambda _done, _total: None)


def poll(workplace, **settings):
    with worker(workplace, **settings) as opened:
        return opened.poll_until_empty()


def retried(workplace, *words, **settings):
    """How the command ended."""
    path = workplace.write_settings(**settings)
    return CliRunner().invoke(main, ["--settings", str(path), "retry", *map(str, words)])


def messages(workplace):
    return [(one["id"], one["outcome"], one["reason"]) for one in workplace.listing("messages")]


def lying(workplace):
    """How many messages lie in each folder that has some."""
    counts = {"INBOX": workplace.user.count()} | {name: workplace.user.count(f".{name}") for name in FOLDERS}
    return {name: count for name, count in counts.items() if count}


def flagged(workplace, folder=""):
    """How many messages of a folder are flagged, as the Maildir tells it."""
    return sum("F" in path.name.partition(":2,")[2] for path in (workplace.user.maildir / folder / "cur").glob("*"))


def keywords(workplace):
    """Those of the messages in the inbox."""
    with Inbox(workplace.dovecot.settings(workplace.user)) as inbox:
        return [one for one in ("$MailfilerFiled", "$MailfilerRejected") if inbox.search_marked(1, 99, one)]


def rejected(workplace, count=1, **settings):
    """That many messages to a project that nobody has imported yet."""
    for number in range(1, count + 1):
        workplace.user.deliver(mail(number, to=UNKNOWN))
    assert poll(workplace, **settings) == {Outcome.REJECTED: count}


def test_mail_to_a_project_that_was_imported_since_is_filed_and_moved(either):
    rejected(either)
    assert (lying(either), flagged(either, ".Rejected")) == ({"Rejected": 1}, 1)
    import_project(either)
    ended = retried(either, 1)
    assert (ended.exit_code, ended.stdout) == (0, "1: filed as activity 1\n")
    assert messages(either) == [(1, "filed", None)]
    assert [one["projects"] for one in either.listing("activities")] == [["1002"]]
    assert (lying(either), flagged(either, ".Filed")) == ({"Filed": 1}, 0)
    assert json.loads(either.do("reconcile", "--json") or "null") is None
    assert poll(either) == {}


def test_json_prints_the_messages_in_the_order_in_which_they_were_asked_for(workplace):
    rejected(workplace, 2)
    import_project(workplace)
    ended = retried(workplace, "--json", 2, 1, 2)
    assert [json.loads(line)["id"] for line in ended.stdout.splitlines()] == [2, 1]
    assert {json.loads(line)["outcome"] for line in ended.stdout.splitlines()} == {"filed"}


def test_what_comes_to_the_same_again_stays_where_it_is(workplace):
    rejected(workplace)
    ended = retried(workplace, 1)
    assert ended.stdout.startswith("1: rejected (recipient-invalid): ")
    assert (lying(workplace), flagged(workplace, ".Rejected")) == ({"Rejected": 1}, 1)


def test_another_reason_moves_mail_to_the_folder_of_that(workplace):
    rejected(workplace)
    import_project(workplace)
    (workplace.folder / "users.csv").write_text("key,name,addresses,active\nanna,Anna Aalto,anna@acme.fi,false\n")
    workplace.do("import", "users", str(workplace.folder / "users.csv"))
    assert retried(workplace, 1).stdout.startswith("1: quarantined (no-user)")
    assert (lying(workplace), flagged(workplace, ".Quarantine")) == ({"Quarantine": 1}, 1)


PROVEN = {"AUTH_POLICY": "aligned", "OUR_MTA_NAMES": "mx.in.example.com"}
DELIVERED = (
    b"Return-Path: <anna@acme.fi>\r\n"
    b"Received: from mail.acme.fi (mail.acme.fi [203.0.113.7])\r\n"
    b"\tby mx.in.example.com (Postfix) with ESMTPS id 4Abc;\r\n"
    b"\tMon,  2 Mar 2026 12:00:00 +0000 (UTC)\r\n"
)
SPF = {"acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all"]}


def test_authentication_that_had_failed_is_tried_anew(workplace):
    workplace.user.deliver(DELIVERED + mail(1))
    with DnsServer(records={"acme.fi TXT": ["v=spf1 -all"]}) as dns:
        keys = PROVEN | {"DNS_SERVERS": f"127.0.0.1:{dns.port}"}
        assert poll(workplace, **keys) == {Outcome.QUARANTINED: 1}
        dns.records = SPF
        assert retried(workplace, 1, **keys).stdout == "1: filed as activity 1\n"
    assert [one["authentication"]["evidence"] for one in workplace.listing("activities")] == ["spf"]
    assert lying(workplace) == {"Filed": 1}


def test_authentication_that_had_passed_stands_and_nobody_is_asked(workplace):
    workplace.user.deliver(DELIVERED + mail(1, to=UNKNOWN))
    with DnsServer(records=SPF) as dns:
        keys = PROVEN | {"DNS_SERVERS": f"127.0.0.1:{dns.port}"}
        assert poll(workplace, **keys) == {Outcome.REJECTED: 1}
        import_project(workplace)
        dns.records = {}
        dns.asked.clear()
        assert retried(workplace, 1, **keys).stdout == "1: filed as activity 1\n"
        assert dns.asked == dns.asked_over_tcp == []
    (activity,) = workplace.listing("activities")
    assert activity["authentication"] | {"dmarc": ""} == {
        "evidence": "spf",
        "spf": "pass",
        "dkim": "none",
        "dmarc": "",
        "domain": "acme.fi",
    }


def test_what_was_let_in_unproven_is_proven_anew_when_a_proof_is_asked_for(workplace):
    rejected(workplace, AUTH_POLICY="monitor")
    import_project(workplace)
    with DnsServer() as dns:
        ended = retried(workplace, 1, AUTH_POLICY="aligned", DNS_SERVERS=f"127.0.0.1:{dns.port}")
    assert ended.stdout.startswith("1: quarantined (authentication-failed)")


def test_a_temporary_error_defers_it_from_the_retry_on_and_its_source_is_tried_again(workplace):
    """However long ago it was first seen, and although it left the inbox."""
    workplace.user.deliver(DELIVERED + mail(1))
    later = datetime.now(UTC) + timedelta(days=30)
    stop, progress = threading.Event(), lambda _done, _total: None
    with DnsServer(records={"acme.fi TXT": ["v=spf1 -all"]}) as dns:
        keys = PROVEN | {"DNS_SERVERS": f"127.0.0.1:{dns.port}"}
        settings = workplace.settings(**keys)
        assert poll(workplace, **keys) == {Outcome.QUARANTINED: 1}
        dns.records, dns.troubles = SPF, {"*": Trouble.SERVFAIL}
        ended = retried(workplace, 1, **keys)
        assert ended.stdout.startswith("1: deferred (authentication-unavailable)")
        assert "it is tried again at" in ended.stdout
        assert lying(workplace) == {"Quarantine": 1}
        with open_worker(settings, stop, progress, lambda: later - timedelta(days=29, hours=23)) as opened:
            assert opened.poll_until_empty() == {Outcome.DEFERRED: 1}
            dns.troubles = {}
        with open_worker(settings, stop, progress, lambda: later - timedelta(days=29)) as opened:
            assert opened.poll_until_empty() == {Outcome.FILED: 1}
    assert (messages(workplace), lying(workplace)) == ([(1, "filed", None)], {"Filed": 1})


def rebuild(workplace):
    """The mailbox with another UIDVALIDITY, as after a restore from a backup of the mail alone."""
    uidlist = workplace.user.maildir / "dovecot-uidlist"
    version, old, *_ = uidlist.read_text().split()
    for name in workplace.user.maildir.glob("dovecot*"):
        if name.is_file() and name != uidlist:
            name.unlink()
    uidlist.write_text(f"{version} V{int(old[1:]) + 1} N1 G{'0' * 31}1\n")


def hold(workplace, number=1, **settings):
    """A message that is older than the mailbox, which was rebuilt."""
    if number == 1:
        workplace.user.deliver(mail(0))
        poll(workplace, **settings)
    rebuild(workplace)
    workplace.user.deliver(mail(number), datetime(2020, 1, 1, tzinfo=UTC))
    assert poll(workplace, **settings)[Outcome.HELD] == number


@pytest.fixture
def holding(workplace):
    """A workplace with one message in the inbox that is held, of which no source is kept."""
    hold(workplace, KEEP_SOURCE="false")
    assert lying(workplace) == {"INBOX": 1, "Filed": 1}
    return workplace


def test_held_mail_is_fetched_from_the_mailbox_and_filed(holding):
    holding.user.deliver(mail(2))
    assert retried(holding, 2).stdout == "2: filed as activity 2\n"
    assert messages(holding) == [(1, "filed", None), (2, "filed", None)]
    assert lying(holding) == {"INBOX": 1, "Filed": 2}, "what is new is left to a poll"
    assert poll(holding) == {Outcome.FILED: 1}


def test_held_mail_that_is_retried_while_a_worker_runs_is_filed_by_its_next_poll(holding):
    with worker(holding) as opened:
        assert retried(holding, 2).exit_code == 0
        assert opened.poll_until_empty() == {Outcome.FILED: 1}
    assert lying(holding) == {"Filed": 2}


def test_held_mail_that_has_left_the_mailbox_cannot_be_judged(holding):
    for name in ("cur", "new"):
        for path in (holding.user.maildir / name).iterdir():
            path.unlink()
    ended = retried(holding, 2)
    assert (ended.exit_code, "message 2 was held, and has left the mailbox since" in ended.stderr) == (65, True)
    assert messages(holding)[1] == (2, "held", None)


def test_held_mail_of_a_mailbox_that_was_rebuilt_again_has_another_id(holding):
    hold(holding, 2)
    ended = retried(holding, 2)
    assert ended.exit_code == 65
    assert "message 2 was held before its mailbox was rebuilt: what lies there now has another ID" in ended.stderr


def test_poison_is_begun_with_again_and_quarantined_when_it_kills_three_times_more(workplace, monkeypatch):
    judge_all, deaths = Pipeline.judge_all, []

    def deadly(self, batch):
        deaths.extend(batch)
        if batch:
            raise Killed
        return []

    workplace.user.deliver(mail(1))

    def poll_to_the_end():
        for _ in range(3):
            with pytest.raises(Killed):
                poll(workplace)
        poll(workplace)

    with monkeypatch.context() as patched:
        patched.setattr(Pipeline, "judge_all", deadly)
        poll_to_the_end()
        assert messages(workplace) == [(1, "quarantined", "poison")]
        with worker(workplace):  # so that the command leaves it to others
            assert retried(workplace, 1).exit_code == 0
        poll_to_the_end()
        assert (messages(workplace), len(deaths)) == ([(1, "quarantined", "poison")], 6)
        assert lying(workplace) == {"Quarantine": 1}
    monkeypatch.setattr(Pipeline, "judge_all", judge_all)
    assert retried(workplace, 1).stdout == "1: filed as activity 1\n"
    assert lying(workplace) == {"Filed": 1}


LEFT = "a worker is running: it does so at its next poll, within 1 min"


def test_while_a_worker_runs_it_is_left_to_that_and_done_by_its_next_poll(either):
    rejected(either)
    import_project(either)
    with worker(either) as opened:
        opened.poll_until_empty()
        ended = retried(either, 1)
        assert (ended.exit_code, ended.stderr.splitlines()[-1]) == (0, LEFT)
        assert ended.stdout.startswith("1: rejected (recipient-invalid): ")
        assert "; it is tried again at " in ended.stdout
        assert opened.poll_until_empty() == {Outcome.FILED: 1}
    assert (messages(either), lying(either)) == ([(1, "filed", None)], {"Filed": 1})


STEPS = {
    "before the attempt is counted": (Ledger, "begin"),
    "before it is judged": (Pipeline, "judge_all"),
    "before the transaction": (Ledger, "commit"),
    "between the commit and the move": (Resettling, "run"),
    "before the move": (Inbox, "settle"),
    "before the move is recorded": (retries, "settle"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_death_at_any_step_is_made_good_by_the_next_poll(either, monkeypatch, step):
    rejected(either, 2)
    import_project(either)
    owner, name = STEPS[step]

    def die(*_: object, **__: object):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, die)
        with pytest.raises(Killed):
            retried(either, 1, 2).exit_code  # noqa: B018 - what it was is not told any more
    poll(either)
    assert messages(either) == [(1, "filed", None), (2, "filed", None)]
    assert (len(either.listing("activities")), lying(either)) == (2, {"Filed": 2})
    assert flagged(either, ".Filed") == 0


def test_mail_that_was_only_marked_in_the_inbox_is_marked_as_filed(workplace):
    rejected(workplace, SETTLE="flag")
    assert (flagged(workplace), keywords(workplace)) == (1, ["$MailfilerRejected"])
    import_project(workplace)
    assert retried(workplace, 1, SETTLE="flag").stdout == "1: filed as activity 1\n"
    assert (lying(workplace), flagged(workplace), keywords(workplace)) == ({"INBOX": 1}, 0, ["$MailfilerFiled"])


def test_mail_that_was_marked_in_the_inbox_is_moved_when_mail_is_moved_now(workplace):
    rejected(workplace, SETTLE="flag")
    import_project(workplace)
    retried(workplace, 1)
    assert (lying(workplace), flagged(workplace, ".Filed")) == ({"Filed": 1}, 0)


@contextmanager
def connected_to(workplace):
    """The ledger, to make it what it would be after something that takes long to happen."""
    open_storage(workplace.settings())
    with connected():
        yield


UNKNOWN_PLACES = {
    "the server never told its UID": Delivery.update(folder_uid=None, folder_uidvalidity=None),
    "the folder was made anew": Delivery.update(folder_uidvalidity=7),
    "the folder is gone": Delivery.update(folder="Elsewhere"),
    "it was marked in a mailbox that was rebuilt": Delivery.update(folder=None, folder_uid=None),
}


@pytest.mark.parametrize("place", UNKNOWN_PLACES)
def test_mail_that_nobody_knows_the_place_of_is_filed_and_stays_there(workplace, caplog, place):
    rejected(workplace)
    import_project(workplace)
    if "rebuilt" in place:
        rebuild(workplace)
    with connected_to(workplace):
        UNKNOWN_PLACES[place].execute()
    ended = retried(workplace, 1)
    assert ended.stdout == "1: filed as activity 1\n"
    assert "is filed now, and stays in" in ended.stderr
    assert lying(workplace) == {"Rejected": 1}
    assert poll(workplace) == {}
    assert "stays in" not in caplog.text


def test_mail_that_somebody_moved_in_the_meantime_counts_as_settled(workplace):
    rejected(workplace)
    import_project(workplace)
    for path in (workplace.user.maildir / ".Rejected" / "cur").iterdir():
        path.unlink()
    assert retried(workplace, 1).stdout == "1: filed as activity 1\n"
    assert poll(workplace) == {}


@pytest.mark.parametrize(
    ("ids", "problem"),
    [
        (("7",), "there is no message 7; `mailfiler messages` lists them"),
        (("1", "3"), "message 3 is filed: only rejected, quarantined, review and held mail is retried"),
        (("1", "2"), "message 2 was larger than MAX_MESSAGE_SIZE: no source of it is kept"),
        (("1", "4"), "is lost"),
    ],
)
def test_where_one_cannot_be_judged_none_is(workplace, ids, problem):
    workplace.user.deliver(mail(1, to=UNKNOWN))
    workplace.user.deliver(mail(2) + b"x" * 3000)
    workplace.user.deliver(mail(3))
    workplace.user.deliver(mail(4, to="1003.mycompany@in.example.com"))
    poll(workplace, MAX_MESSAGE_SIZE="2k", MAX_ATTACHMENT_SIZE="1k")
    import_project(workplace)
    kept = [path for path in (workplace.folder / "files").glob("??/*") if b"Message 4" in path.read_bytes()]
    kept[0].unlink()
    ended = retried(workplace, *ids)
    assert (ended.exit_code, ended.stdout) == (65, "")
    assert problem in ended.stderr
    assert messages(workplace)[0] == (1, "rejected", "recipient-invalid")
    assert poll(workplace) == {}


def test_without_kept_sources_there_is_nothing_to_judge(workplace):
    rejected(workplace, KEEP_SOURCE="false")
    ended = retried(workplace, 1)
    assert ended.exit_code == 65
    assert "no source of message 1 is kept; see KEEP_SOURCE and RETAIN_SOURCES" in ended.stderr


def test_a_mailbox_out_of_reach_leaves_it_to_the_next_poll(workplace):
    rejected(workplace)
    import_project(workplace)
    ended = retried(workplace, 1, IMAP_PORT="1")
    assert ended.exit_code == 75
    assert "what was asked for is done by the next poll that reaches it" in ended.stderr
    assert poll(workplace) == {Outcome.FILED: 1}


def test_a_source_that_is_lost_before_its_turn_leaves_the_outcome(workplace):
    rejected(workplace)
    import_project(workplace)
    with worker(workplace) as opened:
        retried(workplace, 1)
        for path in (workplace.folder / "files").glob("??/*"):
            path.write_bytes(b"damaged")
        assert opened.poll_until_empty() == {}
    (one,) = workplace.listing("messages")
    assert one["outcome"] == "rejected"
    assert one["detail"].endswith("its source is lost: it is not tried again")
