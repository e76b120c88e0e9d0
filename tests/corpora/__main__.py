"""For `scripts/corpora`: reads every message below some folders, and says what broke, is slow, or differs."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from poller.child.expanding import ChildExpander
from tests.corpora.collection import samples_in
from tests.corpora.judging import MAX_SECONDS, Finding, judge
from tests.corpora.oracle import differences
from tests.workplace import Workplace

_SLOWEST = 5
_SHOWN = 200  # characters of either side of a difference


def main(words: Sequence[str] | None = None) -> int:
    """-> 1 when a message broke the reader, took too long, or left text behind that is not clean; else 0."""
    parser = argparse.ArgumentParser(prog="scripts/corpora", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="or a file")
    parser.add_argument("--show", metavar="KIND", default="", help="each difference in: subject, author, …")
    options = parser.parse_args(words)
    found: list[Finding] = []
    kinds: Counter[str] = Counter()
    for finding in _findings(options.folders):
        found.append(finding)
        kinds.update(_compared(finding, options.show))
    _report(found, kinds)
    return 1 if not found or any(finding.is_fault for finding in found) else 0


def _findings(folders: Iterable[Path]) -> Iterator[Finding]:
    with TemporaryDirectory() as folder, ChildExpander() as expander:
        settings = Workplace(folder=Path(folder)).settings()
        for sample in samples_in(folders):
            yield judge(sample, settings, expander)


def _compared(finding: Finding, shown: str) -> list[str]:
    if finding.message is None:
        return []
    found = differences(finding.sample.octets, finding.message)
    for one in found:
        if one.kind == shown:
            print(f"{finding.sample.place}\n  ours:   {one.ours[:_SHOWN]!r}\n  theirs: {one.theirs[:_SHOWN]!r}")
    return [one.kind for one in found]


def _report(found: list[Finding], kinds: Counter[str]) -> None:
    found.sort(key=lambda finding: finding.seconds)
    print(f"{len(found):,} messages, {sum(len(finding.sample.octets) for finding in found):,} octets")
    if not found:
        return
    for share in (50, 90, 99):
        print(f"{share} % took at most {found[(len(found) - 1) * share // 100].seconds:.4f} s of CPU time")
    for finding in found[-_SLOWEST:]:
        print(f"{finding.seconds:.4f} s: {finding.sample.place} ({len(finding.sample.octets):,} octets)")
    broken = [finding for finding in found if finding.broke]
    unclean = [finding for finding in found if finding.unclean]
    for finding in broken:
        print(f"broke the reader: {finding.sample.place}\n{finding.broke}")
    for finding in unclean:
        print(f"not clean: {finding.sample.place}: {', '.join(finding.unclean)}")
    slow = sum(finding.seconds > MAX_SECONDS for finding in found)
    print(f"{len(broken)} broke the reader, {slow} took more than {MAX_SECONDS:g} s, {len(unclean)} are not clean")
    print("differs from Python's reader:", ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()) or "nothing")


if __name__ == "__main__":
    sys.exit(main())
