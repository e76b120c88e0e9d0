"""The table of keys -> settings.example.env, on standard output."""

from __future__ import annotations

import sys
import textwrap

from poller.settings.keys import TOPICS

_HEAD = """\
# Settings of mailfiler. Copy this file to settings.env and fill in what is marked Required.
# The process environment overrides it. Lists are separated by blanks or commas, durations are 90s, 5m, 72h, 30d,
# sizes 50M, booleans true or false; relative paths start at the folder of this file. Nothing is expanded in values;
# one that holds a blank and # stands in quotes.
"""


def render_example() -> str:
    lines = [_HEAD]
    for topic, keys in TOPICS.items():
        lines.append(f"\n# {topic}\n")
        for key in keys:
            lines += [f"# {line}\n" for line in textwrap.wrap(key.help, 116)]
            lines.append(
                f"{key.name}={key.default}\n" if key.help.startswith("Required.") else f"#{key.name}={key.default}\n"
            )
    return "".join(lines)


if __name__ == "__main__":
    sys.stdout.write(render_example())
