"""How the tests of faults open a worker, and what must be true at the end of each."""

from __future__ import annotations

import base64
import threading
from collections import Counter
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from poller.cli import main
from poller.filing.reasons import Outcome
from poller.worker import Worker, open_worker
from tests.servers.dovecot import Dovecot
from tests.workplace import Workplace, mail

FILED = Counter({Outcome.FILED: 1})


def made(folder: Path, dovecot: Dovecot, database_url: str = "") -> Workplace:
    """With a mailbox, Anna, and project 1001."""
    place = Workplace(folder=folder, dovecot=dovecot, user=dovecot.user(), database_url=database_url)
    place.import_directory()
    return place


def letter(number: int, attachment: bytes) -> bytes:
    """Mail of Anna's, with a file."""
    lines = ("MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="=_1"')
    part = b"--=_1\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Disposition: attachment\r\n"
    encoded = base64.encodebytes(attachment).replace(b"\n", b"\r\n")
    text = b"\r\n--=_1\r\n\r\nSee the plan.\r\n"
    return mail(number, *lines) + text + part + b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded + b"--=_1--\r\n"


def opened(place: Workplace, **settings: str) -> AbstractContextManager[Worker]:
    return open_worker(place.settings(**settings), threading.Event(), lambda _done, _total: None)


def assert_all_filed(place: Workplace, numbers: Collection[int]) -> None:
    """Each message once in the ledger, once as an activity, and moved out of the inbox; the program agrees."""
    subjects = sorted(f"Message {number}" for number in numbers)
    messages = place.listing("messages")
    assert [(one["subject"], one["outcome"]) for one in by_subject(messages)] == [(one, "filed") for one in subjects]
    assert [one["subject"] for one in by_subject(place.listing("activities"))] == subjects
    assert place.user
    assert (place.user.count(), place.user.count(".Filed")) == (0, len(subjects))
    place.do("reconcile")


def by_subject(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda one: str(one["subject"]))


def refusal(place: Workplace, **settings: str) -> str:
    """What `once` says before it ends as misconfigured."""
    place.write_settings(**settings)
    ended = CliRunner().invoke(main, ["--settings", str(place.folder / "settings.env"), "once"])
    assert ended.exit_code == 78, ended.output
    assert "Traceback" not in ended.stderr
    return ended.stderr
