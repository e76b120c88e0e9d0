"""The real program, killed (SIGKILL) at random moments while it files a large mailbox, and then run to the end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random
from typing import Any

from tests.acceptance.program import REPOSITORY, environment
from tests.crash.judge import LISTINGS, differences, listed
from tests.crash.letters import File, Letter
from tests.crash.place import Installation, Site

_KINDS = {"plain": 59, "file": 18, "shared": 4, "copy": 5, "again": 4, "nobody": 5, "nowhere": 5}
_NOTICES = 40  # budgets allow a domain fifty within an hour
_SPOOLED, _RARELY = 1_200_000, 0.01
_STEP = 1.1
"""By so much the time that a process lives is made longer or shorter, for the kills to last as long as the mail."""
_PATIENCE = 900
_FINISHING = 12
"""So often the program is run to its end: what a kill left waiting is due some minutes later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    messages: int
    kills: int
    seed: int
    command: str = "once"


@dataclass(kw_only=True)
class Run:
    """What was done, and what is wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0
    wrong: list[str] = field(default_factory=list)
    stored: list[int] = field(default_factory=list)
    """How many files were kept at each kill, of which each message has one at least."""


def play_random(site: Site, plan: Plan) -> Run:
    """Fills a mailbox, kills as often as is planned, and runs the program to its end."""
    random, run = Random(plan.seed), Run()
    with site.installation() as place:
        place.mend_dns()
        _settings(place)
        mail = list(mixture(place, random, plan.messages))
        for one in mail:
            place.user.deliver(one.source(), one.written)
        began = time.monotonic()
        usual = 1.3 * _startup(place)
        files = len(
            {sha256(one.source()).hexdigest() for one in mail} | {it.sha256 for one in mail for it in one.files}
        )
        for number in range(plan.kills):
            _killed(place, plan.command, usual * random.uniform(0.5, 1.5), run)
            is_early = run.stored[-1] / files < number / plan.kills
            usual = usual * _STEP if is_early else usual / _STEP
        _finish(place, run)
        run.seconds = time.monotonic() - began
        told = [_told(place, words) for words in LISTINGS]
        # A kill inside the SMTP dialogue repeats a notice, and no kill repeats two.
        run.wrong += differences(mail, listed(told), place, repeated=plan.kills)
    return run


def mixture(place: Installation, random: Random, count: int) -> Iterator[Letter]:
    """Every outcome, sizes from 1 to 80 kB and now and then one that is spooled, and messages that come twice."""
    shared = File(name="shared.bin", octets=random.randbytes(20_000))
    single: list[Letter] = []
    unknown = set(random.sample(range(count), min(_NOTICES, count)))
    for number in range(count):
        plain = Letter(
            subject=f"Message {number}",
            sender=place.names.anna,
            to=("1001.mycompany",),
            message_id=f"{number}@{place.names.outside}",
            text="harbour " * random.randrange(10, 2_000),
            projects=("1001",),
        )
        olaf = f"olaf{number}@{place.names.outside}"
        kind = "unknown" if number in unknown else random.choices(list(_KINDS), list(_KINDS.values()))[0]
        if kind in {"copy", "again"} and single:
            yield _further(kind, single.pop(random.randrange(len(single))))
            continue
        if kind == "plain":
            single.append(plain)
        yield _one(kind, plain, olaf, shared, random)


def _further(kind: str, first: Letter) -> Letter:
    if kind == "again":
        return replace(first, outcome="duplicate")
    return replace(first, to=("1002.mycompany",), projects=("1001", "1002"))


def _one(kind: str, plain: Letter, olaf: str, shared: File, random: Random) -> Letter:
    match kind:
        case "file" | "shared":
            size = _SPOOLED if random.random() < _RARELY else random.randrange(1, 60_000)
            own = File(name="own.bin", octets=random.randbytes(size))
            return replace(plain, files=(shared, own) if kind == "shared" else (own,))
        case "unknown":
            refused = {"reason": "recipient-invalid", "notice": "sent", "refused": ("9999.mycompany",)}
            return replace(plain, sender=olaf, to=("9999.mycompany",), outcome="rejected", projects=None, **refused)  # type: ignore[arg-type]
        case "nobody":
            return replace(plain, sender=olaf, outcome="quarantined", reason="no-user", projects=None)
        case "nowhere":
            elsewhere = {"to": ("x",), "domain": "elsewhere.example"}
            return replace(plain, outcome="review", reason="no-filing-address", projects=None, **elsewhere)  # type: ignore[arg-type]
        case _:
            return plain


def _settings(place: Installation) -> None:
    """The usual size of a batch."""
    path = place.folder / "settings.env"
    path.write_text(path.read_text().replace("BATCH_SIZE=5\n", ""))


def _started(place: Installation, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "poller", "--settings", str(place.folder / "settings.env"), *words]
    with (place.folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=REPOSITORY, env=environment(), stdout=log, stderr=log)


def _startup(place: Installation) -> float:
    """Seconds until the program begins to work."""
    began = time.monotonic()
    _told(place, ("messages", "--json"))
    return time.monotonic() - began


def _killed(place: Installation, command: str, seconds: float, run: Run) -> None:
    with _started(place, command) as process:
        try:
            run.statuses[process.wait(seconds)] += 1
        except subprocess.TimeoutExpired:
            process.kill()
            run.statuses[process.wait()] += 1
    run.stored.append(sum(one.is_file() for one in (place.folder / "files").rglob("*")))


def _finish(place: Installation, run: Run) -> None:
    for _ in range(_FINISHING):
        with _started(place, "once") as process:
            status = process.wait(_PATIENCE)
        if status == 0:
            return
    run.wrong.append(f"it does not come to an end: exit {status}")


def _told(place: Installation, words: Sequence[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "poller", "--settings", str(place.folder / "settings.env"), *words]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment(), capture_output=True, text=True, check=False)
    return {"status": done.returncode, "out": done.stdout, "err": done.stderr}
