"""What every command does: it takes its settings, and a failure is a sentence and an exit status (sysexits.h)."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from poller.errors import ConfigurationError, Transient
from poller.logs import is_for_machines, printable, set_up_logging

if TYPE_CHECKING:
    from poller.settings import Settings

EX_DATAERR, EX_TEMPFAIL, EX_CONFIG = 65, 75, 78
SETTINGS_PATH = "poller.settings_path"
"""The key in a context's `meta` of the file that the settings came from."""

_UNVERIFIED = "AUTH_POLICY=monitor: mail is filed whether its author is proven or not; look for `unverified`"

_log = logging.getLogger(__name__)


class Command(click.Command):
    """A command that takes --settings behind its name too, and ends with the status that its failure deserves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's own signature
        super().__init__(*args, **kwargs)
        self.params.append(settings_option())

    def invoke(self, ctx: click.Context) -> None:
        path = ctx.meta[SETTINGS_PATH] = ctx.params.pop("settings_path") or ctx.obj
        # An argument need not be UTF-8, and then it names nothing that is stored.
        ctx.params = {
            name: value.encode(errors="replace").decode() if isinstance(value, str) else value
            for name, value in ctx.params.items()
        }
        try:
            ctx.obj = self.load(path)
            super().invoke(ctx)
            if sys.stdout:
                sys.stdout.flush()  # here a failure still has a sentence and a status
        except ConfigurationError as error:
            fail(error.problems, EX_CONFIG)
        except Transient as error:
            fail([str(error)], EX_TEMPFAIL)
        except KeyboardInterrupt:
            fail(["interrupted"], EX_TEMPFAIL)
        except BrokenPipeError:
            raise  # click ends quietly when nobody reads any more
        except OSError as error:
            fail_for_now(error)

    def load(self, path: Path) -> object:
        """What the command is about, by default all the settings."""
        return _load(path)


def settings_option() -> click.Option:
    file = click.Path(path_type=Path, readable=False)  # one that cannot be read is told as a setting that is wrong
    return click.Option(["--settings", "settings_path"], type=file, help="The env file; default settings.env.")


def fail_for_now(error: OSError) -> NoReturn:
    """For what the system refuses, such as to write to a full disk."""
    _log.debug("what failed", exc_info=True)
    _drop_output()
    fail([str(error)], EX_TEMPFAIL)


def _drop_output() -> None:
    """What is left in the buffer would fail once more when Python ends, and with a traceback."""
    with suppress(OSError, AttributeError):  # it may be closed, or no file at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _load(path: Path) -> Settings:
    from poller.settings import load_settings, wanted_log_format  # noqa: PLC0415 - `mailfiler --help` answers at once
    from poller.storage.drivers import leave_out_postgresql  # noqa: PLC0415 - as above

    set_up_logging(form=wanted_log_format(path))
    settings = load_settings(path)
    set_up_logging(settings.log_level, settings.log_format)
    if settings.database.path:
        leave_out_postgresql()
    if settings.imap.oauth or settings.notices.smtp.oauth:
        _keep_tokens(settings)
    return settings


def _keep_tokens(settings: Settings) -> None:
    """A refresh token that the provider replaces is kept, whatever command it is that uses it."""
    from poller.oauth2 import keep_with  # noqa: PLC0415 - as above
    from poller.storage.secrets import hold_secret  # noqa: PLC0415 - as above

    keep_with(partial(hold_secret, settings.database))


def fail(problems: Iterable[str], status: int) -> NoReturn:
    """One line each, for people, or as the log is where that is for machines."""
    for problem in problems:
        if is_for_machines():
            _log.error("%s", problem)
        else:
            click.echo(f"mailfiler: {printable(problem)}", err=True)
    sys.exit(status)


def note(sentence: str) -> None:
    """What a person is to know beside what is printed; as the log is where that is for machines."""
    if is_for_machines():
        _log.info("%s", sentence)
    else:
        click.echo(sentence, err=True)


@contextmanager
def opened(settings: Settings) -> Iterator[Mapping[str, int]]:
    """The database -> the ids of the organizations of the settings in it, by their prefixes, the first one first."""
    from poller.opening import open_storage  # noqa: PLC0415
    from poller.storage.database import connected  # noqa: PLC0415 - as above

    kinds = open_storage(settings)
    with connected():
        yield {one.filing_address.prefix: kinds[one.key].organization_id for one in settings.organizations}


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar where standard error is a terminal, and no log of JSON -> what is told how many of how many are done."""
    if sys.stderr is None or not sys.stderr.isatty() or is_for_machines():
        yield lambda _done, _total: None
        return
    from poller.display import progress_bar as shown  # noqa: PLC0415 - nobody who starts it from a timer needs it

    with shown(label) as report:
        yield report


organization_option = click.option("--organization", metavar="PREFIX", help="Default all.")


def narrowed(organizations: Mapping[str, int], prefix: str | None) -> int | None:
    """The id of the organization that was asked for; None where none was, and all are meant."""
    return None if prefix is None else organization_id(organizations, prefix)


def organization_id(organizations: Mapping[str, int], prefix: str | None) -> int:
    """Of that prefix, by default the first; one that nobody has, be it empty, ends the command."""
    found = next(iter(organizations.values())) if prefix is None else organizations.get(prefix.lower())
    if found is None:
        fail([f"there is no organization {prefix}; known are {', '.join(organizations)}"], EX_DATAERR)
    return found


def id_of(find: Callable[[int, str], int | None], organization: int, named: str | None, kind: str) -> int | None:
    """The id of what was named, None where nothing was; a name that means nothing ends the command."""
    if named is None:
        return None
    found = find(organization, named)
    if found is None:
        fail([f"there is no {kind} {named}"], EX_DATAERR)
    return found


def is_enabled(settings: Settings) -> bool:
    """Whether the mailbox is to be touched at all; where it is touched with less care than usual, the log says so."""
    from poller.settings import AuthPolicy  # noqa: PLC0415 - as above

    if not settings.integration_enabled:
        _log.warning("INTEGRATION_ENABLED=false: the mailbox is left untouched")
        return False
    if settings.auth.policy is AuthPolicy.MONITOR:
        _log.warning("%s", _UNVERIFIED)
    return True
