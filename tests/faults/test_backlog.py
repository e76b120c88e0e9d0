"""150,000 messages at first contact: in windows, in bounded memory, and people see how far it is."""

from __future__ import annotations

import re
import resource
import threading

from poller.worker import open_worker
from tests.servers.scripted import ScriptedServer
from tests.workplace import Workplace, mail

MESSAGES = 150_000
MIB = 1024 * 1024


def most_memory() -> int:
    """Octets that this process has held at most, until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def uids(said: str) -> range:
    low, high = re.search(r"(\d+):(\d+)", said).groups()
    return range(int(low), int(high) + 1)


def found(said: str) -> str:
    return f"* SEARCH {' '.join(map(str, uids(said)))}\nTAG OK done"


def described(said: str) -> str:
    line = '* {0} FETCH (UID {0} INTERNALDATE "02-Mar-2026 12:00:00 +0000" RFC822.SIZE 300)'
    return "\n".join([*map(line.format, uids(said)), "TAG OK done"])


def bodies(said: str) -> str:
    texts = {uid: mail(uid).decode().replace("\r\n", "\n") for uid in uids(said)}
    return "\n".join(
        [
            *(f"* {uid} FETCH (UID {uid} BODY[] {{{len(mail(uid))}}}\n{text})" for uid, text in texts.items()),
            "TAG OK done",
        ]
    )


def test_f27_a_backlog_is_searched_in_windows_and_worked_off_in_bounded_memory(tmp_path):
    workplace = Workplace(folder=tmp_path)
    workplace.import_directory()
    answers = {
        "SELECT": (
            f"* {MESSAGES} EXISTS\n* OK [UIDVALIDITY 7] .\n* OK [UIDNEXT {MESSAGES + 1}] .\nTAG OK [READ-WRITE] done"
        ),
        "STATUS": f"* STATUS INBOX (UIDNEXT {MESSAGES + 1} UIDVALIDITY 7)\nTAG OK done",
        "UID SEARCH": found,
        r"UID FETCH \S+ \(UID INTERNALDATE": described,
        r"UID FETCH \S+ \(UID BODY": bodies,
        "UID MOVE": "TAG OK done",
    }
    stop, seen = threading.Event(), []

    def progress(done: int, total: int) -> None:
        seen.append((done, total))
        if done >= 200:
            stop.set()

    with ScriptedServer(answers=answers, capabilities="IMAP4rev1 MOVE") as server:
        settings = workplace.settings(
            IMAP_PORT=str(server.port), IMAP_USERNAME="anna", IMAP_PASSWORD="x", BATCH_SIZE="100"
        )
        with open_worker(settings, stop, progress) as worker:
            before = most_memory()
            outcomes = worker.poll_until_empty()
            grown = most_memory() - before
    windows = [uids(said) for said in server.said if said.startswith("UID SEARCH")]
    assert max(map(len, windows)) <= 50_000
    assert sum(map(len, windows)) >= MESSAGES
    assert seen[:2] == [(100, MESSAGES), (200, MESSAGES)]
    assert outcomes["filed"] == 200
    assert grown < 150 * MIB
