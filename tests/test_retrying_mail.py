"""Mail that was not filed, judged again: the whole program against a real mailbox."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from poller.filing.reasons import Outcome
from poller.mailbox.inbox import Inbox
from poller.pipeline import Pipeline
from poller.resettling import Resettling
from poller.storage import retries
from poller.storage.ledger import Ledger
from tests.refused import (
    UNKNOWN,
    Killed,
    flagged,
    import_project,
    imported,
    lying,
    messages,
    poll,
    rebuild,
    rejected,
    retried,
    worker,
)
from tests.workplace import Workplace, mail


@pytest.fixture
def workplace(dovecot, tmp_path):
    return imported(Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user()))


@pytest.fixture
def either(dovecot, tmp_path, database_url):
    """On each kind of database."""
    return imported(Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url))


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

    def deadly(self, batch, *looking):
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


LEFT = "a worker is running: it does so at its next poll, within 60 s"


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
