"""Documents -> JSON, an object a line, on standard output."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from typing import Any

# Some readers of lines end them at these too, a terminal obeys some of them, and lone surrogates are no UTF-8.
_NOT_IN_A_LINE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def print_json(documents: Iterable[dict[str, Any]]) -> None:
    """UTF-8 whatever the locale says: the lines are for programs. All are asked for, read or not."""
    for document in documents:
        if sys.stdout is not None:  # as when it was closed before the program began
            sys.stdout.buffer.write(line_of(document))


def line_of(document: dict[str, Any]) -> bytes:
    """One object on a line that ends, its HTML sanitized."""
    if document.get("html"):
        from poller.mail.texts.sanitize import sanitize  # noqa: PLC0415 - most listings have no HTML

        document["html"] = sanitize(document["html"])
    line = json.dumps(document, ensure_ascii=False)
    return _NOT_IN_A_LINE.sub(_escaped, line).encode() + b"\n"


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
