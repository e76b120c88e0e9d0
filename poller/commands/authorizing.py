"""`authorize`: a refresh token for the mailbox, by the consent of its user."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from poller.command import Command
from poller.errors import ConfigurationError

if TYPE_CHECKING:
    from poller.settings.oauth import AuthorizationSettings

_NOT_FOR_OTHERS = stat.S_IRWXU | stat.S_IRWXG


class _Authorize(Command):
    """Of the settings it needs OAUTH2_… alone: the others may be missing yet."""

    def load(self, path: Path) -> object:
        from poller.logs import set_up_logging
        from poller.settings.oauth import authorization_settings

        set_up_logging()
        return authorization_settings(path)


@click.command(cls=_Authorize)
@click.option("--device", is_flag=True, help="With a browser on any other machine (Microsoft).")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Where the browser comes back to; default any.")
@click.pass_obj
def authorize(settings: AuthorizationSettings, port: int, *, device: bool) -> None:
    """Gets a refresh token by the consent of the mailbox's user, and writes it to OAUTH2_REFRESH_TOKEN_FILE."""
    from poller.oauth2.authorizing import in_browser, on_another_device

    file = settings.refresh_token_file
    if file and not os.access(file.parent, os.W_OK):  # asked first: a consent that nobody could write down is lost
        raise ConfigurationError(f"OAUTH2_REFRESH_TOKEN_FILE: nothing can be written in {file.parent}")
    token = on_another_device(settings.oauth, _show) if device else in_browser(settings.oauth, _show, port)
    if file:
        _write(file, token)
        click.echo(f"The refresh token is in {file}.", err=True)
    else:
        click.echo(f"OAUTH2_REFRESH_TOKEN={token}")


def _show(words: str) -> None:
    click.echo(words, err=True)


def _write(path: Path, token: str) -> None:
    """Whole or not at all; for its owner alone, or for those for whom the file was before, but never for everybody."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as stream:
            if path.exists():
                before = path.stat()
                with suppress(PermissionError):  # of somebody else's
                    os.fchown(handle, before.st_uid, before.st_gid)
                os.fchmod(handle, before.st_mode & _NOT_FOR_OTHERS)
            stream.write(f"{token}\n")
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
