"""What the program's own listings say, in a few lines for a narrow terminal: filed where, refused why."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from email import message_from_bytes, policy
from typing import Any

from poller.logs import printable

Program = Callable[..., int]
"""Runs the program with arguments -> exit status."""

MOST = 40
"""Lines of one table: what was sent long ago is listed by the program itself."""


def show_what_is_filed(program: Program) -> None:
    print("\nFiled:\n")
    print(f"  {'ID':>3}  {'projects':<14}  {'customer':<26}  subject")
    for activity in _newest(program, "activities"):
        projects = ", ".join(activity["projects"]) or "-"
        customer, subject = printable(activity["customer"] or "-"), printable(activity["subject"])
        print(f"  {activity['id']:>3}  {projects:<14}  {customer:<26}  {subject}")
    print("\nNot filed, and why:\n")
    for outcome in ("rejected", "quarantined", "ignored", "review"):
        for message in _newest(program, "messages", "--outcome", outcome):
            author = f", from {message['author']}" if message["author"] else ""
            print(f"  {outcome:<11}  {printable(message['subject'] or '(no subject)')}{printable(author)}")
            print(f"{'':15}{message['reason']}: {printable(message['detail'])}")
            if message["notice"] == "sent":
                print(f"{'':15}told: {printable(message['author'])}")


def show_notice(recipient: str, source: bytes) -> None:
    """A notice that leaves for somebody elsewhere."""
    subject = message_from_bytes(source, policy=policy.default)["Subject"]
    print(f"  a notice to {printable(recipient)}: {printable(subject or '')}")


def _newest(program: Program, *listing: str) -> list[dict[str, Any]]:
    """The last lines of a listing."""
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")) as printed:
        program(*listing, "--json")
        printed.flush()
        lines = printed.buffer.getvalue().splitlines()
    return [json.loads(line) for line in lines[-MOST:]]
