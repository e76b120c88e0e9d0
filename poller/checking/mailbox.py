"""Whether the mailbox can be read and settled, and by what means."""

from __future__ import annotations

from collections.abc import Iterator

from poller.checking.finding import Checked, Finding, doubtful, good
from poller.checking.permissions import check_permissions
from poller.checking.port import waits_for_tls
from poller.checking.unreached import not_reached, tls_first
from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.mailbox.inspecting import Inspection, inspect
from poller.settings import Settings, Settle
from poller.wording import clause, many

_SECONDS = 2 * 60
_USED = {
    "MOVE": "mail is moved",
    "UIDPLUS": "where mail went is told",
    "IDLE": "new mail is told of at once",
    "NAMESPACE": "where folders are is told",
    "ACL": "rights are told",
}


def check_mailbox(checked: Checked) -> Iterator[Finding]:
    settings = checked.settings
    if settings.imap.oauth and checked.no_token:
        yield not_reached(checked, settings.imap, checked.no_token)
        return
    if waits_for_tls(settings.imap):
        yield tls_first(settings.imap)
        return
    try:
        with Deadline(_SECONDS) as deadline:
            found = checked.mailbox = inspect(settings.imap, _wanted(settings), deadline)
    except (ConfigurationError, Transient) as error:
        yield not_reached(checked, settings.imap, error)
        return
    security = settings.imap.security
    yield good(
        "mailbox",
        f"{settings.imap.username} may log in to {found.where} ({security}); {found.inbox.name} has "
        f"{many(found.messages, 'message')} (UIDVALIDITY {found.uidvalidity})",
    )
    yield from _idle(found, settings)
    yield good("mailbox", f"the server offers {_offered(found)}")
    yield from _settling(found, settings)
    yield from check_permissions(found, settings)


def _wanted(settings: Settings) -> tuple[str, ...]:
    """The folders that mail is moved to, each once."""
    names = settings.folders
    wanted = (names.filed, names.rejected, names.quarantine, names.review, names.ignored)
    return tuple(dict.fromkeys(wanted)) if settings.settle is Settle.MOVE else ()


def _offered(found: Inspection) -> str:
    there = [name for name in _USED if name in found.capabilities]
    missing = [name for name in _USED if name not in found.capabilities]
    return (", ".join(there) or "nothing beyond IMAP4rev1") + (f", and not {', '.join(missing)}" if missing else "")


def _idle(found: Inspection, settings: Settings) -> Iterator[Finding]:
    if not found.idle:
        yield good("mailbox", "the server answers IDLE: new mail is seen within a second")
        return
    seconds = settings.poll_interval.total_seconds()
    why = "the server tells of no new mail by itself (IDLE)" if "IDLE" not in found.capabilities else found.idle
    yield doubtful(
        "mailbox", f"{clause(why)}: it is asked every {seconds:g} s", "POLL_INTERVAL=… if that is too seldom"
    )


def _settling(found: Inspection, settings: Settings) -> Iterator[Finding]:
    """By what means mail leaves the inbox (poller.mailbox.settling)."""
    if settings.settle is Settle.FLAG:
        yield good("folders", "mail stays where it is, with a keyword or a flag")
    elif "MOVE" in found.capabilities:
        yield good("folders", "mail is moved to the folder of its outcome (MOVE)")
    elif "UIDPLUS" in found.capabilities:
        yield doubtful(
            "folders",
            "mail is copied and then removed (UIDPLUS), for want of MOVE",
            "nothing has to be set; SETTLE=flag leaves mail where it is instead",
        )
    else:
        yield doubtful(
            "folders",
            "the server can neither MOVE nor UID EXPUNGE: mail stays where it is, with a keyword or a flag",
            "SETTLE=flag says so, and makes no folders",
        )
    if found.keywords is False:
        yield good("folders", "the server keeps no keywords in this folder: refused mail that stays is \\Flagged alone")
