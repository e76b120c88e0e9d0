"""scripts/fuzz: atheris drives one target after the other; a find ends its target, and can be repeated."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

INSTRUMENTED = ("poller", "tnefparse", "compressed_rtf", "striprtf", "dkim", "spf")
CORPORA = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mailfiler-fuzz"
OWN_MUTATIONS = 0.6
"""How many of all mutations know the grammar; the others are libFuzzer's, guided by what comparisons it has seen."""

SLOWEST, MEMORY = 30, 2_000
"""Seconds for one input, and MiB for the process, before libFuzzer ends it."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("target", nargs="?", default="all", help="one of the table in tests/fuzz/targets.py, or all")
    parser.add_argument("seconds", nargs="?", default="60", help="for each target; or a file, which is judged once")
    given = parser.parse_args()
    if given.target != "all":
        return _once(given.target, Path(given.seconds)) if not given.seconds.isdigit() else _fuzz(given)
    names = list(import_module("tests.fuzz.targets").TARGETS)
    run = [sys.executable, "-m", "tests.fuzz"]
    broken = [name for name in names if subprocess.run([*run, name, given.seconds], check=False).returncode]
    _say(f"{len(names)} targets, {len(broken)} with a find: {' '.join(broken) or 'none'}")
    return bool(broken)


def _once(name: str, path: Path) -> int:
    import_module("tests.fuzz.targets").TARGETS[name].judge(path.read_bytes())
    _say(f"{path} does no harm to {name}.")
    return 0


def _fuzz(given: argparse.Namespace) -> int:
    import atheris  # noqa: PLC0415 - is in the environment of scripts/fuzz alone

    # What its machinery uses itself is loaded before.
    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        target = import_module("tests.fuzz.targets").TARGETS[given.target]
    corpus = CORPORA / target.name
    (finds := CORPORA / "finds" / target.name).mkdir(parents=True, exist_ok=True)
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate([*target.seeds(), *(path.read_bytes() for path in target.finds())]):
        (corpus / f"seed-{number}").write_bytes(seed[: target.most])
    options = {
        "max_total_time": given.seconds,
        "max_len": target.most,
        "timeout": SLOWEST,
        "rss_limit_mb": MEMORY,
        "artifact_prefix": f"{finds}/",
        "print_final_stats": 1,
        "verbosity": 1,
    }
    _say(f"== {target.name}: {given.seconds} s, finds go to {finds}, repeat one by: scripts/fuzz {target.name} FILE")
    atheris.Setup(
        ["fuzz", str(corpus), *(f"-{name}={value}" for name, value in options.items())],
        target.judge,
        **_mutators(target, atheris),
    )
    atheris.Fuzz()
    return 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - to a person


def _mutators(target: Any, atheris: Any) -> dict[str, Any]:
    from tests.fuzz.mutating import spliced  # noqa: PLC0415 - after instrumentation began

    def mutate(octets: bytes, most: int, seed: int) -> bytes:
        chance = Random(seed)
        if chance.random() < OWN_MUTATIONS:
            return bytes(target.mutate(bytes(octets), chance)[:most])
        return bytes(atheris.Mutate(octets, most))

    def cross(one: bytes, other: bytes, most: int, seed: int) -> bytes:
        return spliced(bytes(one), bytes(other), Random(seed))[:most]

    return {"custom_mutator": mutate, "custom_crossover": cross} if target.mutate else {}


if __name__ == "__main__":
    sys.exit(main())
