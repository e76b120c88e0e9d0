"""The other contestants: how each is set up for a race, and whether all mail is there after it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tests.bench.race import Race
from tests.servers.dovecot import give

ENVIRONMENT = Path(__file__).resolve().parents[2] / ".bench" / "peers"
"""Where `scripts/bench --install-peers` puts those that PyPI has."""

PYTHON = ENVIRONMENT / "bin" / "python"


def prepare_mbsync(race: Race) -> Sequence[str | Path]:
    (race.folder / "mail").mkdir()
    _write(
        race.folder / "mbsyncrc",
        f"""
        FSync yes

        IMAPStore far
        Host 127.0.0.1
        Port {race.imap_port}
        User {race.user.name}
        Pass {race.user.password}
        SSLType None
        AuthMechs LOGIN

        MaildirStore near
        Path {race.folder}/mail/
        Inbox {race.folder}/mail/inbox
        SubFolders Verbatim

        Channel all
        Far :far:
        Near :near:
        Patterns INBOX
        Sync PullNew
        Create Near
        SyncState {race.folder}/
        """,
    )
    return ["mbsync", "--config", race.folder / "mbsyncrc", "all"]


def prepare_getmail(race: Race) -> Sequence[str | Path]:
    race.folder.chmod(0o711)
    inbox = race.folder / "mail" / "inbox"
    inbox.mkdir(parents=True)
    for part in (inbox, *(inbox / name for name in ("tmp", "cur", "new"))):
        part.mkdir(exist_ok=True)
        give(part)
    user = "user = nobody" if os.getuid() == 0 else ""  # it delivers nothing as root
    _write(
        race.folder / "getmailrc",
        f"""
        [retriever]
        type = SimpleIMAPRetriever
        server = 127.0.0.1
        port = {race.imap_port}
        username = {race.user.name}
        password = {race.user.password}
        [destination]
        type = Maildir
        path = {race.folder}/mail/inbox/
        {user}
        [options]
        read_all = true
        delete = false
        """,
    )
    return [PYTHON, PYTHON.with_name("getmail"), f"--getmaildir={race.folder}", "--rcfile=getmailrc", "--quiet"]


def missing_in_maildir(race: Race) -> str:
    inbox = race.folder / "mail" / "inbox"
    sizes = [path.stat().st_size for part in ("new", "cur") for path in (inbox / part).iterdir()]
    # Line ends may be stored as LF, and a field or two may be added.
    if len(sizes) != race.stock.messages or sum(sizes) < 0.9 * race.stock.octets:
        return f"{race.stock.messages:,} messages wanted, {len(sizes):,} with {sum(sizes):,} octets are there"
    return ""


def prepare_imap_tools(race: Race) -> Sequence[str | Path]:
    _write(
        race.folder / "read.py",
        f"""
        from imap_tools import MailBoxUnencrypted
        with MailBoxUnencrypted("127.0.0.1", {race.imap_port}).login("{race.user.name}", "{race.user.password}") as box:
            messages = files = 0
            for message in box.fetch(bulk=50, mark_seen=False):
                messages += bool(message.subject and (message.text or message.html or True))
                files += sum(bool(file.payload) for file in message.attachments)
        print(messages, files)
        """,
    )
    return [PYTHON, race.folder / "read.py"]


def missing_in_output(race: Race) -> str:
    messages, files = map(int, (race.folder / "output").read_text().split())
    complete = messages == race.stock.messages and files >= len(race.stock.attachments)
    return "" if complete else f"{messages:,} messages and {files:,} files were read"


def prepare_django(race: Race) -> Sequence[str | Path]:
    _write(
        race.folder / "site.py",
        f"""
        import sqlite3, sys
        from pathlib import Path
        import django
        from django.conf import settings
        from django.core.management import call_command
        settings.configure(
            INSTALLED_APPS=["django_mailbox"], USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
            DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "{race.folder}/site.db"}}}},
            MEDIA_ROOT="{race.folder}/media",
        )
        django.setup()
        from django_mailbox.models import Mailbox
        if sys.argv[1] == "prepare":
            sqlite3.connect("{race.folder}/site.db").execute("PRAGMA journal_mode = WAL")
            call_command("migrate", verbosity=0)
            uri = "imap://{race.user.name}:{race.user.password}@127.0.0.1:{race.imap_port}"
            Mailbox.objects.create(name="bench", uri=uri)
        else:
            call_command("getmail")
        """,
    )
    race.run([PYTHON, race.folder / "site.py", "prepare"])
    return [PYTHON, race.folder / "site.py", "getmail"]


def missing_in_django(race: Race) -> str:
    with closing(sqlite3.connect(race.folder / "site.db")) as database:
        messages = database.execute("SELECT count(*) FROM django_mailbox_message").fetchone()[0]
    return "" if messages == race.stock.messages else f"{race.stock.messages - messages:,} messages"


def _write(path: Path, text: str) -> None:
    indent = " " * 8
    path.write_text("".join(f"{line.removeprefix(indent)}\n" for line in text.strip("\n").splitlines()))
    path.chmod(0o600)
