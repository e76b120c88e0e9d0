"""python -m poller.demo: the command line of the demonstration."""

from __future__ import annotations

import argparse
import io
import signal
import sys
from pathlib import Path

from poller.demo import settings
from poller.demo.samples import ANNA
from poller.demo.send import Draft, send
from poller.demo.show import Busy, demonstrate


def main(arguments: list[str] | None = None) -> int:
    """Command line -> exit status: 0 when it ends as wanted, Ctrl-C and SIGTERM included."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # the samples are in five languages, the locale may know one
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: _interrupt())
    try:
        return int(options.do(options))
    except KeyboardInterrupt:
        return 0


def _interrupt() -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m poller.demo", description="Files sample mail from embedded mail servers."
    )
    parser.add_argument("--folder", type=Path, default=Path("var/demo"), help="where everything is kept (%(default)s)")
    parser.add_argument("--once", action="store_true", help="end when the samples are filed")
    parser.set_defaults(do=_demonstrate)
    _add_send(parser.add_subparsers(title="while it runs"))
    return parser


def _add_send(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sub = commands.add_parser("send", help="send it a message")
    sub.add_argument("text", nargs="?", default="", help="the text of the message")
    sub.add_argument(
        "--from", dest="author", default=f"Anna Virtanen <{ANNA}>", metavar="ADDRESS", help="default: %(default)s"
    )
    for name in ("--to", "--cc", "--bcc"):
        sub.add_argument(name, action="append", default=[], metavar="ADDRESS", help="may be repeated")
    sub.add_argument("--subject")
    sub.add_argument("--folder", type=Path, default=argparse.SUPPRESS, help="of the running demonstration")
    sub.add_argument("--attach", action="append", default=[], type=Path, metavar="FILE", help="may be repeated")
    sub.set_defaults(do=_send)


def _demonstrate(options: argparse.Namespace) -> int:
    try:
        return demonstrate(options.folder, once=options.once)
    except Busy as busy:
        return _fail(str(busy))


def _send(options: argparse.Namespace) -> int:
    draft = Draft(
        author=options.author,
        to=tuple(options.to),
        cc=tuple(options.cc),
        bcc=tuple(options.bcc),
        subject=options.subject,
        text=options.text,
        attachments=tuple(options.attach),
    )
    port = settings.smtp_port(options.folder)
    if port is None:
        return _fail(f"No demonstration was ever started in {options.folder}: start one with scripts/run.")
    try:
        taken = send(draft, port)
    except OSError as error:
        return _fail(f"The demonstration does not take it: {error}. Is it running (scripts/run)?")
    if not taken:
        return _fail(f"None of the recipients is at {settings.DOMAIN}: name one with --to, --cc or --bcc.")
    print(f"Delivered to {', '.join(taken)}.")
    return 0


def _fail(problem: str) -> int:
    print(problem, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
