"""Every kind of hostile message ends with an outcome; at full size, where the suite has the time, at little cost.

`scripts/hostile` measures all of them at full size.
"""

from __future__ import annotations

from threading import Event

import pytest

from poller.storage.database import connected
from poller.worker import open_worker
from tests.hostile.judging import CPU_SECONDS, MEMORY, cost_of, decide, fetched_from
from tests.hostile.kinds import KINDS, ROOMS
from tests.workplace import Workplace

PART = 0.01
AT_ONCE = 50
STEPS = {"grid": 7, "charsets": 5}
"""Of these, only each seventh and fifth: they differ by little."""

FULL = (
    "multipart nested 10,000 deep",
    "1,000 parts with 1,000 parameters each",
    "100 attached messages with a header of 900 kB",
    "1,000,000 recipients",
    "filing addresses up to the limit",
    "HTML: 100,000 nested div",
    "HTML: 1 million ampersands",
    "100,000 cid references with 100,000 parts",
    "uuencode as transfer encoding, short lines",
    "base64 of padding that means nothing",
    "10,000 DKIM signatures",
    "2 winmail.dat of properties",
)


@pytest.fixture
def settings(tmp_path):
    workplace = Workplace(folder=tmp_path)
    workplace.import_directory()
    return workplace.settings(DNS_TIMEOUT="1s")


def sources(kinds, part, folder):
    for number, kind in enumerate(kinds, 1):
        path = folder / f"source{number}"
        path.write_bytes(kind.make(max(1, int(kind.count * part))).replace(b"<hostile@", b"<%d@" % number, 1))
        yield path


@pytest.mark.parametrize("room", ROOMS)
def test_every_kind_ends_with_an_outcome(room, settings, tmp_path):
    kinds = ROOMS[room][:: STEPS.get(room, 1)]
    with open_worker(settings, Event(), lambda _done, _all: None) as worker, connected():
        made = enumerate(sources(kinds, PART, tmp_path), 1)
        fetched = [fetched_from(path, settings, worker, number) for number, path in made]
        outcomes = [
            outcome
            for at in range(0, len(fetched), AT_ONCE)
            for outcome in decide(worker, settings, fetched[at : at + AT_ONCE])
        ]
    assert [kind.name for kind, outcome in zip(kinds, outcomes, strict=True) if outcome == "none"] == []


def test_at_full_size_they_cost_little(settings, tmp_path):
    kinds = [KINDS[name] for name in FULL]
    costs = {
        kind.name: cost_of(path, settings, number)
        for number, (kind, path) in enumerate(zip(kinds, sources(kinds, 1, tmp_path), strict=True), 1)
    }
    assert {name: cost for name, cost in costs.items() if cost.too_much} == {}
    assert (CPU_SECONDS, MEMORY) == (2, 300 << 20)
