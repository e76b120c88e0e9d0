"""`mailfiler`: the group of all commands."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import click

from poller import __version__
from poller.command import fail_for_now, settings_option
from poller.commands import (
    authorizing,
    cards,
    checking,
    explaining,
    exporting,
    importing,
    listings,
    reconciling,
    rematching,
    retrying,
    working,
)

_DEFAULT_SETTINGS = Path("settings.env")
_COMMANDS = (
    *(working.run, working.once, checking.check),
    authorizing.authorize,
    explaining.explain,
    reconciling.reconcile,
    retrying.retry,
    importing.import_,
    rematching.rematch,
    *(listings.activities, listings.activity, listings.messages),
    *(cards.project, cards.customer, cards.file),
    exporting.export,
)


class _Group(click.Group):
    def main(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().main(*args, **extra)
        except OSError as error:  # of what click prints itself, such as help
            fail_for_now(error)


@click.group(cls=_Group, params=[settings_option()], context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
@click.pass_context
def main(ctx: click.Context, settings_path: Path | None) -> None:
    """Files e-mail on the right project."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a locale that lacks a letter is no reason to fail
    ctx.obj = settings_path or _DEFAULT_SETTINGS


for _command in _COMMANDS:
    main.add_command(_command)
