"""For `scripts/hostile`: what each kind costs, alone; then all of them at a real server, among ordinary mail."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.hostile.delivering import Delivered, deliver
from tests.hostile.headers import GRID
from tests.hostile.judging import MEBIBYTE, Cost, cost_of
from tests.hostile.kinds import ROOMS
from tests.hostile.making import Kind
from tests.workplace import Workplace

_say = partial(print, flush=True)  # to a person


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/hostile", description=__doc__)
    parser.add_argument("--room", choices=ROOMS, action="append", help="only these; default: all")
    parser.add_argument("--only", default="", help="kinds with this in their name")
    parser.add_argument("--part", type=float, default=1.0, help="of the full size")
    parser.add_argument("--only-measure", action="store_true", help="do not deliver them to a worker")
    parser.add_argument("--only-deliver", action="store_true", help="do not measure each alone")
    options = parser.parse_args()
    chosen = [kind for room in options.room or ROOMS for kind in ROOMS[room] if options.only in kind.name]
    wrong = 0 if options.only_deliver else _measure(chosen, options.part)
    if not options.only_measure:
        wrong += _deliver([kind for kind in chosen if kind not in GRID], options.part)
    sys.exit(1 if wrong else 0)


def _measure(chosen: Sequence[Kind], part: float) -> int:
    wrong, octets = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        workplace = Workplace(folder=Path(folder))
        workplace.import_directory()
        settings = workplace.settings(DNS_TIMEOUT="1s")
        for number, kind in enumerate(chosen, 1):
            source = workplace.folder / "source"
            source.write_bytes(kind.make(max(1, int(kind.count * part))).replace(b"<hostile@", b"<%d@" % number, 1))
            cost = cost_of(source, settings, number)
            octets += cost.size
            wrong += cost.too_much
            _say(_line(kind, cost))
    _say(f"{len(chosen)} messages of {octets / MEBIBYTE:.0f} MiB: {wrong or 'none'} cost too much")
    return wrong


def _deliver(chosen: Sequence[Kind], part: float) -> int:
    def tell(one: Delivered) -> None:
        mark = "!!" if one.too_much else "  "
        _say(f"{mark} {one.seconds:6.2f} s {one.peak / MEBIBYTE:6.0f} MiB  {one.name}")

    ended = deliver(chosen, part, tell)
    _say(*ended.wrong, sep="\n")
    _say(f"{len(chosen)} hostile and {ended.ordinary} ordinary messages: {dict(Counter(ended.outcomes))}")
    return len(ended.wrong)


def _line(kind: Kind, cost: Cost) -> str:
    mark = "!!" if cost.too_much else "  "
    figures = f"{cost.seconds:6.2f} s {cost.peak / MEBIBYTE:6.0f} MiB"
    return f"{mark} {figures} {cost.size / MEBIBYTE:7.1f} MiB  {cost.outcome:32} {kind.name}"


if __name__ == "__main__":
    main()
