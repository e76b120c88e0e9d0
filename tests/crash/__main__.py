"""The long forms, for `scripts/crash`: every history there is; a large mailbox and many kills of the real program."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue
from random import Random

from tests.crash.faults import Kind
from tests.crash.history import Ended, Story, play
from tests.crash.matrix import FEW, Points, by_readers, essential, faults, pairs, points_of, stories
from tests.crash.place import Site
from tests.crash.random_kills import Plan, play_random
from tests.crash.sites import postgresql_site, sqlite_site
from tests.servers import dovecot, postgresql

_JOBS = 2


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/crash", description=__doc__)
    commands = parser.add_subparsers(required=True)
    matrix = commands.add_parser("matrix", help="a fault at each step of a small mailbox, or two kills at random")
    matrix.set_defaults(do=_matrix)
    matrix.add_argument(
        "--mode", choices=[*(kind.value for kind in Kind if kind is not Kind.NONE), "pairs"], default="kill"
    )
    matrix.add_argument("--all", action="store_true", help="steps too that come to the same as others")
    matrix.add_argument("--count", type=int, default=200, help="histories of --mode pairs")
    matrix.add_argument("--readers", action="store_true", help="the mail is read by processes of their own")
    matrix.add_argument("--few", action="store_true", help="only the letters that the suite uses")
    kills = commands.add_parser("random", help="the real program, killed at random moments")
    kills.set_defaults(do=_random)
    kills.add_argument("--messages", type=int, default=5_000)
    kills.add_argument("--kills", type=int, default=300)
    kills.add_argument("--command", choices=["once", "run"], default="once")
    for command in (matrix, kills):
        command.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
        command.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(options.do(options))


def _matrix(options: argparse.Namespace) -> int:
    began, wrong = time.monotonic(), 0
    with ExitStack() as stack:
        sites = [stack.enter_context(_site(options.database)) for _ in range(_JOBS)]
        chosen = _chosen(sites[0], options)
        print(f"{len(chosen)} histories", flush=True)
        for ended in _played(sites, chosen):
            if ended.wrong:
                wrong += 1
                print(f"\n{ended.story}", *ended.wrong, ended.log[-3_000:], sep="\n  ", flush=True)
    print(f"{len(chosen)} histories in {time.monotonic() - began:.0f} s: {wrong or 'none'} went wrong")
    return 1 if wrong else 0


def _random(options: argparse.Namespace) -> int:
    plan = Plan(messages=options.messages, kills=options.kills, seed=options.seed, command=options.command)
    with _site(options.database) as site:
        run = play_random(site, plan)
    ends = ", ".join(f"{count} by {status}" for status, count in run.statuses.items())
    print(
        f"{plan.messages} messages on {options.database}, {plan.kills} processes ended: {ends}, in {run.seconds:.0f} s"
    )
    print(f"files stored at each: {run.stored}")
    print(*run.wrong[:100], sep="\n")
    print(f"{len(run.wrong)} differences" if run.wrong else "nothing was lost, nothing is there twice")
    return 1 if run.wrong else 0


def _chosen(site: Site, options: argparse.Namespace) -> list[Story]:
    only = FEW if options.few else ()
    points = points_of(site, only, readers=options.readers)
    found = _found(points, options, only)
    return by_readers(found) if options.readers else found


def _found(points: Points, options: argparse.Namespace, only: Collection[str]) -> list[Story]:
    if options.mode == "pairs":
        return pairs(points, Random(options.seed), options.count, only)
    kind = Kind(options.mode)
    found = stories(points, kind, only)
    if options.all:
        return found
    kept = {*essential(faults(points.first, kind)), *essential(faults(points.late, kind))}
    return [story for story in found if story.faults[0] in kept]


def _played(sites: Sequence[Site], chosen: Sequence[Story]) -> Iterator[Ended]:
    """In the order of `chosen`, each site busy with one history at a time."""
    free: SimpleQueue[Site] = SimpleQueue()
    for site in sites:
        free.put(site)

    def one(story: Story) -> Ended:
        site = free.get()
        try:
            return play(site, story)
        finally:
            free.put(site)

    with ThreadPoolExecutor(len(sites)) as pool:
        yield from pool.map(one, chosen)


@contextmanager
def _site(database: str) -> Iterator[Site]:
    with ExitStack() as stack:
        imap = stack.enter_context(dovecot.running(dovecot.Kind()))
        if database == "sqlite":
            yield stack.enter_context(sqlite_site(imap))
        else:
            yield stack.enter_context(postgresql_site(imap, stack.enter_context(postgresql.running())))


if __name__ == "__main__":
    main()
