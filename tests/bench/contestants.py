"""Who takes part: mailfiler, and what else takes mail out of an IMAP mailbox, each as its manual shows."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from poller.storage.files import path_in
from tests.bench import peers
from tests.bench.race import Race
from tests.bench.workload import CONTACTS, FILING, PROJECTS, USERS

Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """`prepare` makes the folder ready and gives the command; `missing` says what is not there after it, if anything.

    `needed` has to be there for it to take part.
    """

    name: str
    does: str
    needed: Path | None
    prepare: Callable[[Race], Command]
    missing: Callable[[Race], str]


def contestants() -> dict[str, Contestant]:
    """By name; mailfiler first."""
    mbsync = shutil.which("mbsync")
    everybody = (
        Contestant(
            name="mailfiler",
            does="files: DKIM, SPF, attachments, all durable",
            needed=Path(sys.executable),
            prepare=prepare_mailfiler,
            missing=missing_in_mailfiler,
        ),
        Contestant(
            name="mbsync",
            does="copies into a Maildir, with fsync",
            needed=Path(mbsync) if mbsync else None,
            prepare=peers.prepare_mbsync,
            missing=peers.missing_in_maildir,
        ),
        Contestant(
            name="imap-tools",
            does="reads text and attachments, stores nothing",
            needed=peers.PYTHON,
            prepare=peers.prepare_imap_tools,
            missing=peers.missing_in_output,
        ),
        Contestant(
            name="django-mailbox",
            does="stores into SQLite (WAL)",
            needed=peers.PYTHON,
            prepare=peers.prepare_django,
            missing=peers.missing_in_django,
        ),
        Contestant(
            name="getmail6",
            does="copies into a Maildir",
            needed=peers.PYTHON,
            prepare=peers.prepare_getmail,
            missing=peers.missing_in_maildir,
        ),
    )
    return {one.name: one for one in everybody}


def prepare_mailfiler(race: Race) -> Command:
    """A company whose users, contacts and projects the workload speaks of."""
    lines = {
        "FILING_ADDRESS": FILING,
        "ACTIVITY_TYPE": "E-mail",
        "ACTIVITY_STATUS": "done",
        "START_POLICY": "all",
        "IMAP_HOST": "127.0.0.1",
        "IMAP_PORT": str(race.imap_port),
        "IMAP_SECURITY": "plain",
        "IMAP_USERNAME": race.user.name,
        "IMAP_PASSWORD": race.user.password,
        "DNS_SERVERS": f"127.0.0.1:{race.dns_port}",
    }
    settings = race.folder / "settings.env"
    settings.write_text("".join(f"{key}={value}\n" for key, value in (lines | race.settings).items()))
    settings.chmod(0o600)
    people = "".join(f"{address},{address.partition('@')[0]},{address}\n" for address in USERS)
    companies = sorted({address.partition("@")[2] for address in CONTACTS})
    tables = {
        "users": f"key,name,addresses\n{people}",
        "customers": "key,name\n" + "".join(f"{company},{company}\n" for company in companies),
        "contacts": "key,name,addresses,customer\n"
        + "".join(f"{one},{one.partition('@')[0]},{one},{one.partition('@')[2]}\n" for one in CONTACTS),
        "projects": "number,name,kind,customer,state\n"
        + "".join(f"{number},Project {number},project,,open\n" for number in PROJECTS),
    }
    for kind, table in tables.items():
        (race.folder / f"{kind}.csv").write_text(table)
        race.run(race.command("import", kind, str(race.folder / f"{kind}.csv")))
    return race.command("once")


def missing_in_mailfiler(race: Race) -> str:
    with closing(sqlite3.connect(race.folder / "mailfiler.db")) as database:
        verified = database.execute("SELECT count(*) FROM activity WHERE evidence = 'dkim'").fetchone()[0]
        stored = Counter(sha256 for (sha256,) in database.execute("SELECT file_id FROM attachment"))
    if verified != race.stock.messages:
        return f"{race.stock.messages - verified:,} activities"
    lost = Counter(race.stock.attachments) - stored
    empty = [one for one in stored if sha256_of(path_in(race.folder / "files", one)) != one]
    return f"{lost.total() + len(empty)} attachments" if lost or empty else ""


def sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()
