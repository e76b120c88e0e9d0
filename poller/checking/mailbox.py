"""Whether the mailbox can be read and settled, and by what means."""

from __future__ import annotations

from collections.abc import Iterator

from poller.checking.finding import Checked, Finding
from poller.deadline import Deadline
from poller.mailbox.inspecting import Inspection, inspect
from poller.settings import Settle

_SECONDS = 2 * 60


def check_mailbox(checked: Checked) -> Iterator[Finding]:
    settings = checked.settings
    folders = settings.folders
    wanted = (folders.filed, folders.rejected, folders.quarantine, folders.review, folders.ignored)
    moving = settings.settle is Settle.MOVE
    with Deadline(_SECONDS) as deadline:
        found = inspect(settings.imap, wanted if moving else (), deadline)
    yield Finding(
        ok=True,
        subject="mailbox",
        sentence=f"{settings.imap.username} may log in to {found.where}; {found.folder} has {found.messages} messages "
        f"(UIDVALIDITY {found.uidvalidity})",
    )
    yield from _settling(found, moving=moving)
    if "IDLE" not in found.capabilities:
        seconds = settings.poll_interval.total_seconds()
        yield Finding(
            ok=True,
            subject="mailbox",
            sentence=f"the server tells of no new mail by itself (IDLE): it is asked every {seconds:g} s",
            remedy="POLL_INTERVAL=… if that is too seldom",
        )


def _settling(found: Inspection, *, moving: bool) -> Iterator[Finding]:
    if found.read_only:
        yield Finding(
            ok=False,
            subject="mailbox",
            sentence=f"{found.folder} is read-only: mail is filed, and stays where it is",
            remedy="give this user the rights to delete there (t and e), or SETTLE=flag",
        )
    if not moving:
        yield Finding(ok=True, subject="folders", sentence="mail stays where it is, with a keyword or a flag")
    elif "MOVE" in found.capabilities:
        yield Finding(ok=True, subject="folders", sentence="mail is moved to the folder of its outcome (MOVE)")
    elif "UIDPLUS" in found.capabilities:
        yield Finding(
            ok=True, subject="folders", sentence="mail is copied and then removed (UIDPLUS), for want of MOVE"
        )
    else:
        yield Finding(
            ok=True,
            subject="folders",
            sentence="the server can neither MOVE nor UID EXPUNGE: mail stays where it is, with a keyword or a flag",
            remedy="SETTLE=flag says so, and makes no folders",
        )
    if found.missing:
        names = ", ".join(found.missing)
        yield Finding(ok=True, subject="folders", sentence=f"not there yet, the first poll makes them: {names}")
