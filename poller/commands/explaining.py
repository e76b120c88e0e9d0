"""`explain`: the whole decision about one message, without making it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from poller.command import EX_DATAERR, Command, fail
from poller.jsonlines import print_json

if TYPE_CHECKING:
    from poller.settings import Settings

_UID = re.compile(r"[1-9][0-9]{0,9}")
_MAX_UID = (1 << 32) - 1


@click.command(cls=Command)
@click.argument("message", metavar="FILE|UID", type=click.Path(path_type=Path, readable=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def explain(settings: Settings, message: Path, *, as_json: bool) -> None:
    """The whole decision about a message, a file or a UID of the mailbox, as it would be made now; changes nothing."""
    from poller.examining import CannotExplain, explain_file, explain_uid

    is_uid = _UID.fullmatch(str(message)) and int(str(message)) <= _MAX_UID and not message.exists()
    try:
        document = explain_uid(int(str(message)), settings) if is_uid else explain_file(message, settings)
    except CannotExplain as error:
        fail([str(error)], EX_DATAERR)
    if as_json:
        print_json([document])
    else:
        from poller.display_explanation import show_explanation

        show_explanation(document)
