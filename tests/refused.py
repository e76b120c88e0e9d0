"""Mail that was refused, and what a person does about it: what tests of `retry` have in common."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from click.testing import CliRunner

from poller.cli import main
from poller.filing.reasons import Outcome
from poller.mailbox.inbox import Inbox
from poller.opening import open_storage
from poller.storage.database import connected
from poller.worker import open_worker
from tests.workplace import mail

UNKNOWN = "1002.mycompany@in.example.com"
_FOLDERS = ("Filed", "Rejected", "Quarantine", "Review", "Ignored")


class Killed(BaseException):
    """Ends the worker as a kill would: nothing in the program catches it."""


def imported(workplace):
    workplace.import_directory()
    return workplace


def import_project(workplace, number="1002"):
    file = workplace.folder / "more.csv"
    file.write_text(f"number,name,kind,customer,state\n{number},Mill,project,,open\n")
    workplace.do("import", "projects", str(file))


def worker(workplace, **settings):
    return open_worker(workplace.settings(**settings), threading.Event(), lambda _done, _total: None)


def poll(workplace, **settings):
    with worker(workplace, **settings) as opened:
        return opened.poll_until_empty()


def retried(workplace, *words, **settings):
    """How the command ended."""
    path = workplace.write_settings(**settings)
    return CliRunner().invoke(main, ["--settings", str(path), "retry", *map(str, words)])


def messages(workplace):
    return [(one["id"], one["outcome"], one["reason"]) for one in workplace.listing("messages")]


def lying(workplace):
    """How many messages lie in each folder that has some."""
    counts = {"INBOX": workplace.user.count()} | {name: workplace.user.count(f".{name}") for name in _FOLDERS}
    return {name: count for name, count in counts.items() if count}


def flagged(workplace, folder=""):
    """How many messages of a folder are flagged, as the Maildir tells it."""
    return sum("F" in path.name.partition(":2,")[2] for path in (workplace.user.maildir / folder / "cur").glob("*"))


def keywords(workplace):
    """Those of the messages in the inbox."""
    with Inbox(workplace.dovecot.settings(workplace.user)) as inbox:
        return [one for one in ("$MailfilerFiled", "$MailfilerRejected") if inbox.search_marked(1, 99, one)]


def rejected(workplace, count=1, **settings):
    """That many messages to a project that nobody has imported yet."""
    for number in range(1, count + 1):
        workplace.user.deliver(mail(number, to=UNKNOWN))
    assert poll(workplace, **settings) == {Outcome.REJECTED: count}


def rebuild(workplace):
    """The mailbox with another UIDVALIDITY, as after a restore from a backup of the mail alone."""
    uidlist = workplace.user.maildir / "dovecot-uidlist"
    version, old, *_ = uidlist.read_text().split()
    for name in workplace.user.maildir.glob("dovecot*"):
        if name.is_file() and name != uidlist:
            name.unlink()
    uidlist.write_text(f"{version} V{int(old[1:]) + 1} N1 G{'0' * 31}1\n")


@contextmanager
def connected_to(workplace):
    """The ledger, to make it what it would be after something that takes long to happen."""
    open_storage(workplace.settings())
    with connected():
        yield
