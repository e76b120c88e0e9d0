"""Mail that a server lists and does not hand out: it waits by itself, and all other mail is filed."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from models.inbound import Epoch
from poller.errors import Transient
from poller.filing.reasons import Outcome
from poller.mailbox.uids import unfold
from poller.storage.database import connected
from poller.worker import open_worker
from tests.servers.scripted import HANG_UP, ScriptedServer
from tests.workplace import Workplace, mail

DATE = '"02-Mar-2026 12:00:00 +0000"'


@dataclass
class Mailbox:
    """Messages, and what is the matter with some of them, by UID."""

    uids: list[int]
    troubles: dict[int, str] = field(default_factory=dict)
    searches: int = 0

    def serve(self) -> ScriptedServer:
        last = max(self.uids)
        selected = f"* {last} EXISTS\n* OK [UIDVALIDITY 7] .\n* OK [UIDNEXT {last + 1}] .\nTAG OK [READ-WRITE] done"
        answers = {
            "SELECT": selected,
            "STATUS": "TAG NO [CANNOT] not now",
            "UID SEARCH": self.search,
            "UID FETCH": self.fetch,
            "UID MOVE": self.move,
            "UID STORE": "TAG OK done",
        }
        return ScriptedServer(answers=answers, capabilities="IMAP4rev1 MOVE UIDPLUS")

    def search(self, command: str) -> str:
        self.searches += 1
        asked = set(unfold(command.split()[3].replace("*", str(max(self.uids, default=1)))))
        gone = {uid for uid, trouble in self.troubles.items() if trouble == "gone" and self.searches > 1}
        return f"* SEARCH {' '.join(str(uid) for uid in self.uids if uid in asked and uid not in gone)}\nTAG OK done"

    def fetch(self, command: str) -> str:
        uids = [uid for uid in unfold(command.split()[2]) if uid in self.uids]
        describing = "INTERNALDATE" in command
        said = []
        for uid in uids:
            match self.troubles.get(uid), describing:
                case ("hang up", False) | ("hang up at once", True):
                    return HANG_UP
                case ("bad", False) | ("bad at once", True):
                    return "TAG BAD Error in IMAP command"
                case ("no", False):
                    return "TAG NO it cannot be read"
                case ("nil", False):
                    said.append(f"* {uid} FETCH (UID {uid} BODY[] NIL)\n")
                case ("gone", _) | ("no date", True):
                    pass
                case _:
                    said.append(_described(uid) if describing else _body(uid))
        return "".join(said) + "TAG OK done"

    def move(self, command: str) -> str:
        moved = set(unfold(command.split()[2]))
        self.uids = [uid for uid in self.uids if uid not in moved]
        return "TAG OK done"


def _text(uid: int) -> str:
    return mail(uid).decode().replace("\r\n", "\n")


def _size(uid: int) -> int:
    return len(_text(uid).replace("\n", "\r\n"))


def _described(uid: int) -> str:
    return f"* {uid} FETCH (UID {uid} INTERNALDATE {DATE} RFC822.SIZE {_size(uid)})\n"


def _body(uid: int) -> str:
    return f"* {uid} FETCH (UID {uid} BODY[] {{{_size(uid)}}}\n{_text(uid)})\n"


@pytest.fixture
def workplace(dovecot, tmp_path, database_url):
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url)
    workplace.import_directory()
    return workplace


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def opened(workplace, clock):
    def opened(server):
        settings = workplace.settings(IMAP_PORT=str(server.port))
        return open_worker(settings, threading.Event(), lambda _done, _total: None, clock)

    return opened


def outcomes(workplace):
    return {one["uid"]: one["outcome"] for one in workplace.listing("messages")}


@pytest.mark.parametrize("trouble", ["hang up", "bad", "no", "nil", "no date", "hang up at once", "bad at once"])
def test_f25_f26_one_that_cannot_be_handed_out_is_deferred_and_the_others_are_filed(workplace, opened, trouble, clock):
    mailbox = Mailbox(uids=[*range(1, 9)], troubles={4: trouble})
    with mailbox.serve() as server, opened(server) as worker:
        assert worker.poll() == {Outcome.FILED: 7, Outcome.DEFERRED: 1}
        assert outcomes(workplace)[4] == "deferred"
        with connected():
            assert Epoch.get().low_uid == 8, "it pins nothing"
        assert worker.poll() == {}, "it waits"
        mailbox.troubles.clear()
        clock.now += timedelta(minutes=2)
        assert worker.poll() == {Outcome.FILED: 1}
    assert set(outcomes(workplace).values()) == {"filed"}


@pytest.mark.parametrize("trouble", ["hang up", "nil"])
def test_f25_after_three_days_it_is_quarantined(workplace, opened, trouble, clock):
    with Mailbox(uids=[1, 2], troubles={1: trouble}).serve() as server, opened(server) as worker:
        worker.poll()
        total: Counter[Outcome] = Counter()
        for _ in range(3 * 12 + 3):
            clock.now += timedelta(hours=2, minutes=1)
            total += worker.poll()
    assert total[Outcome.QUARANTINED] == 1
    assert 30 < total[Outcome.DEFERRED] < 40
    assert outcomes(workplace) == {1: "quarantined", 2: "filed"}


def test_f19_one_that_is_gone_meanwhile_has_no_row(workplace, opened):
    with Mailbox(uids=[1, 2, 3], troubles={2: "gone"}).serve() as server, opened(server) as worker:
        assert worker.poll() == {Outcome.FILED: 2}
    assert outcomes(workplace) == {1: "filed", 3: "filed"}


@pytest.mark.parametrize("trouble", ["hang up", "hang up at once"])
def test_many_in_a_row_end_the_poll_and_keep_nothing_from_being_filed_in_the_next_ones(workplace, opened, trouble):
    bad = range(3, 13)
    with (
        Mailbox(uids=[*range(1, 21)], troubles=dict.fromkeys(bad, trouble)).serve() as server,
        opened(server) as worker,
    ):
        for _ in range(2):
            with pytest.raises(Transient):
                worker.poll()
        worker.poll()
    assert outcomes(workplace) == {uid: "deferred" if uid in bad else "filed" for uid in range(1, 21)}


def test_a_server_that_drops_us_at_everything_ends_each_poll_after_a_few_attempts(workplace, opened):
    mailbox = Mailbox(uids=[*range(1, 101)], troubles=dict.fromkeys(range(1, 101), "hang up"))
    with mailbox.serve() as server, opened(server) as worker:
        with pytest.raises(Transient):
            worker.poll()
        assert sum(one.startswith("LOGIN") for one in server.said) < 10
    assert list(outcomes(workplace).values()) == ["deferred"] * 5
