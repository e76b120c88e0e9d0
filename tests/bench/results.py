"""Results kept as JSON: two of them side by side, and many as a chart of throughput by version."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT, _MARGIN = 720, 320, 48
_COLOURS = ("#1b6ca8", "#b0413e", "#4d8b31", "#8a5fa8", "#c98a1b")


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What was measured in both, one line each, and the share of the old that the new is."""
    before, after = measured(old), measured(new)
    names = [name for name in before if name in after]
    width = max(28, *map(len, names))
    lines = [f"{'':{width}} {old['version']:>12} {new['version']:>12}   new/old"]
    for name in names:
        one, other = before[name], after[name]
        shown = ".0f" if name.endswith("MiB") else ".1f" if name.endswith("/s") else ".2f"
        lines.append(f"{name:{width}} {one:12{shown}} {other:12{shown}} {other / max(one, 1e-9):9.2f}")
    return lines


def measured(run: dict[str, Any]) -> dict[str, float]:
    """What was measured, with its unit -> the number."""
    found: dict[str, float] = {}
    for name, result in run.get("results", {}).items():
        found[f"{name}, messages/s"] = result["messages_per_second"]
        found[f"{name}, peak MiB"] = result["peak"] / 2**20
    found |= {f"{pair}, times as fast": ratio for pair, ratio in run.get("ratios", {}).items()}
    found |= {f"{name}, {one['unit']}": one["value"] for name, one in run.get("figures", {}).items()}
    return found | {f"{stage}, ms a message": seconds * 1000 for stage, seconds in run.get("stages", {}).items()}


def chart(runs: Sequence[dict[str, Any]]) -> str:
    """Messages a second of each contestant, run by run in the order of their time, as an SVG."""
    runs = sorted((run for run in runs if run.get("results")), key=lambda run: run["measured_at"])
    names = list(dict.fromkeys(name for run in runs for name in run["results"]))
    most = max(one["messages_per_second"] for run in runs for one in run["results"].values())
    step = (_WIDTH - 2 * _MARGIN) / max(len(runs) - 1, 1)

    def point(place: int, rate: float) -> tuple[float, float]:
        return _MARGIN + place * step, _HEIGHT - _MARGIN - rate / most * (_HEIGHT - 2 * _MARGIN)

    drawn = [f'<text x="{_MARGIN}" y="20">messages/s, {escape(runs[0]["workload"])}</text>']
    for place, run in enumerate(runs):
        x, _ = point(place, 0)
        drawn.append(f'<text x="{x:.0f}" y="{_HEIGHT - 16}" text-anchor="middle">{escape(run["version"])}</text>')
    for number, name in enumerate(names):
        colour = _COLOURS[number % len(_COLOURS)]
        points = [
            point(place, run["results"][name]["messages_per_second"])
            for place, run in enumerate(runs)
            if name in run["results"]
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        drawn.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        x, y = points[-1]
        drawn.append(f'<text x="{x - 6:.0f}" y="{y - 8:.0f}" text-anchor="end" fill="{colour}">{escape(name)}</text>')
    body = "\n".join(drawn)
    size = f'width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="12"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{body}\n</svg>\n'


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    comparing = commands.add_parser("compare", help="two results of --json side by side")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    charting = commands.add_parser("chart", help="results of --json as an SVG, in the order of their time")
    charting.add_argument("results", type=Path, nargs="+")
    charting.add_argument("--svg", type=Path, required=True, metavar="FILE")
    chosen = parser.parse_args()
    if chosen.command == "compare":
        print("\n".join(compare(*(json.loads(path.read_text()) for path in (chosen.old, chosen.new)))))
    else:
        chosen.svg.write_text(chart([json.loads(path.read_text()) for path in chosen.results]))


if __name__ == "__main__":
    main()
