"""Killed and started again: nothing is lost, nothing is filed twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from email import message_from_bytes
from hashlib import sha256
from random import Random
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tests.acceptance.case import INVALID, NO_USER, OLAF, REVIEW, Case, duplicate, filed
from tests.acceptance.mailboxes import connected, contents, left, put
from tests.acceptance.program import started
from tests.acceptance.writing import attachment, mixed
from tests.patience import PATIENCE

if TYPE_CHECKING:
    import imaplib
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.ready import Ready

NUMBER = 300
SEED = 20250303
KILLS = 5
KINDS = {"plain": 50, "file": 20, "shared": 8, "copy": 6, "invalid": 6, "nobody": 5, "nowhere": 5}
OTHERS: dict[str, Callable[[str], Case]] = {
    "plain": lambda name: Case(name, filed()),
    "invalid": lambda name: Case(name, INVALID, to="9999.mycompany"),
    "nobody": lambda name: Case(name, NO_USER, headers={"From": OLAF}),
    "nowhere": lambda name: Case(name, REVIEW, to=""),
}


def test_a_run_killed_at_several_moments_ends_with_one_outcome_for_each_message(
    ready: Callable[..., Ready], tmp_path: Path
) -> None:
    random = Random(SEED)
    here = ready({"BATCH_SIZE": "20"})
    uids = put(here.account, mixture(random))
    kill_on_the_way(here, sorted(random.sample(range(1, NUMBER - 40), KILLS)))
    here.program.do("once")

    rows = here.program.do("messages", "--json").rows
    assert sorted(row["uid"] for row in rows) == sorted(uids)
    got = Counter((uids[row["uid"]].name, row["outcome"], row["reason"]) for row in rows)
    assert got == Counter((case.name, case.expected.outcome, case.expected.reason) for case in uids.values())
    expected = {f"About {case.key}": sent(case) for case in uids.values() if case.expected.outcome == "filed"}
    activities = here.program.do("activities", "--json").rows
    assert sorted(activity["subject"] for activity in activities) == sorted(expected)
    assert {activity["subject"]: [file["sha256"] for file in activity["files"]] for activity in activities} == {
        subject: [sha256(octets).hexdigest() for octets in files] for subject, files in expected.items()
    }
    found = contents(here.account)
    assert len(found) == NUMBER
    assert not [lying for lying in found if lying.folder == "INBOX"]
    for octets in max(expected.values(), key=lambda files: len(files[0]) if files else 0):
        here.program.do("file", sha256(octets).hexdigest(), "--output", tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == octets


def mixture(random: Random) -> list[Case]:
    """Every outcome, attachments of all sizes, some with the same content, and messages that come twice."""
    shared = random.randbytes(50_000)
    cases: list[Case] = []
    for n, kind in enumerate(random.choices(list(KINDS), list(KINDS.values()), k=NUMBER)):
        name = f"crash {n} {kind}"
        if kind == "copy":
            first = random.choice([case for case in cases if case.expected.outcome == "filed"])
            cases.append(replace(first, expected=duplicate()))
        elif kind in {"file", "shared"}:
            octets = shared if kind == "shared" else random.randbytes(random.randrange(1, 200_000))
            cases.append(Case(name, filed(), content=mixed(name, attachment("a.bin", octets))))
        else:
            cases.append(OTHERS[kind](name))
    return cases


def sent(case: Case) -> list[bytes]:
    """The attachments of a message of the mixture, by the standard library."""
    parsed = message_from_bytes(case.source(""))
    return [part.get_payload(decode=True) for part in parsed.walk() if part.get_filename()]


def kill_on_the_way(here: Ready, moments: list[int]) -> None:
    """SIGKILL when the first file is stored, before anything is settled; then when so many have left the inbox."""
    files = here.program.folder / "files"
    with connected(here.account) as client:
        for reached in (lambda: any(files.rglob("*")), *(gone(client, moment) for moment in moments)):
            with started(here.program, "once") as process:
                end = monotonic() + PATIENCE
                while not reached():
                    assert process.poll() is None or reached(), "it ended before it was killed"
                    assert monotonic() < end
                    sleep(0.005)  # leaves the machine to the program
                process.kill()


def gone(client: imaplib.IMAP4, moment: int) -> Callable[[], bool]:
    return lambda: NUMBER - left(client) >= moment
