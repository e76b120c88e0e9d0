"""The commands, as a person and as a program use them: what they print, where, and how they end."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from models.activity import Activity, ActivityProject, Attachment, Participant, StoredFile
from models.inbound import Delivery, Epoch, Mailbox
from models.organization import ActivityType, Organization
from models.people import Customer, User
from models.project import Project
from poller.cli import main
from poller.opening import open_storage
from poller.settings import load_settings
from poller.storage.database import connected
from tests.patience import PATIENCE
from tests.servers.smtp import HANG_UP, ScriptedSmtp
from tests.workplace import Workplace

SETTINGS = {
    "FILING_ADDRESS": "mycompany@in.example.com",
    "ACTIVITY_TYPE": "E-mail",
    "ACTIVITY_STATUS": "Done",
    "IMAP_HOST": "127.0.0.1",
    "IMAP_PORT": "1",
    "IMAP_SECURITY": "plain",
    "IMAP_USERNAME": "catchall",
    "IMAP_PASSWORD": "hunter2",
}
DIRECTORY = {
    "users": "key,name,addresses\nanna,Anna Aalto,anna@acme.fi\n",
    "customers": "key,name\nharbour,Harbour Oy\n",
    "contacts": "key,customer,name,addresses\nbob,harbour,Bob,bob@harbour.example\n",
    "projects": "number,name,kind,customer,state\n1001,Harbour renewal,project,harbour,open\n",
}
HOSTILE = "\x1b[31mred\x1b]0;owned\x07 \u202egnp\u2066 a\r\nb\x9b1m \u2028\u0085c"
COMMANDS = set("\x1b\x07\x9b\r\u202e\u2066\u2028\x85")
SUBJECTS = [
    "About the harbour",
    "漢字" * 300,
    "😀 ääkköset",
    "x" * 5_000,
    HOSTILE,
    "[red]markup[/red] :smile:",
]
OFFER = b"%PDF offer"
SHA256 = sha256(OFFER).hexdigest()
NOW = datetime(2025, 3, 3, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield
    root.handlers, logging.raiseExceptions = handlers, raising
    root.setLevel(level)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings, a directory, activities and messages."""
    folder = tmp_path_factory.mktemp("installed")
    write_settings(folder)
    for kind, text in DIRECTORY.items():
        (folder / f"{kind}.csv").write_text(text)
        assert do(folder, "import", kind, str(folder / f"{kind}.csv")).exit_code == 0
    open_storage(load_settings(folder / "settings.env", {}))
    with connected():
        fill()
    (folder / "files" / SHA256[:2]).mkdir(parents=True)
    (folder / "files" / SHA256[:2] / SHA256[2:]).write_bytes(OFFER)
    return folder


def write_settings(folder: Path, **more: str) -> Path:
    path = folder / "settings.env"
    path.write_text("".join(f"{key}={value}\n" for key, value in (SETTINGS | more).items()))
    return path


def fill() -> None:
    """An activity and a message for each of the subjects."""
    mailbox = Mailbox.create(name="catchall@mail/INBOX")
    epoch = Epoch.create(mailbox=mailbox, uidvalidity=1, first_uidnext=1, uidnext=1, began_at=NOW)
    StoredFile.create(sha256=SHA256, size=len(OFFER), created_at=NOW)
    known = {"organization": Organization.get(), "owner": User.get(), "type": ActivityType.get()}
    for number, subject in enumerate(SUBJECTS, start=1):
        digest = sha256(subject.encode()).hexdigest()
        activity = Activity.create(
            **known, **dict.fromkeys(("evidence", "spf", "dkim", "dmarc"), "none"),
            **dict.fromkeys(("date", "delivered_at", "created_at"), NOW),
            identity=digest, source_sha256=digest, status="Done", date_source="date", customer=Customer.get(),
            gate="author", unverified=True, subject=subject, text=subject, message_id=subject[:50],
            html="<p>x</p><script>alert(1)</script>", warnings=[subject[:50]],
        )  # fmt: skip
        ActivityProject.create(activity=activity, project=Project.get())
        person = {"kind": "external", "role": "to", "name": subject[:50], "address": "x@y.fi", "address_key": "x@y.fi"}
        Participant.create(activity=activity, position=0, **person)
        named = {"name": f"{subject[:50]}.pdf", "content_type": "application/pdf", "inline": False}
        Attachment.create(activity=activity, position=0, file=SHA256, **named)
        Delivery.create(
            epoch=epoch, uid=number, internal_date=NOW, size=1, seen_at=NOW, activity=activity,
            outcome="filed" if number > 1 else "rejected", reason=None if number > 1 else "recipient-invalid",
            author="anna@acme.fi", subject=subject, recipients=["1001.mycompany@in.example.com"], detail=subject[:50],
        )  # fmt: skip


def do(folder: Path, *words: str) -> Result:
    """The command in this process. What it raises beyond its own exit is a traceback to a person: it fails the test."""
    result = CliRunner().invoke(main, ["--settings", str(folder / "settings.env"), *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def rows(result: Result) -> list[dict]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"PYTHONPATH": str(Path(__file__).parents[1]), "TERM": "xterm-256color"} | more


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "poller", "--settings", str(folder / "settings.env"), *words]


def shell(folder: Path, line: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A line of shell, in which `mailfiler` is the command."""
    function = f'mailfiler() {{ "{sys.executable}" -m poller "$@"; }}\n{line}'
    words = ["bash", "-c", function]
    return subprocess.run(
        words, cwd=folder, env=environment(**more), capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False
    )


LISTINGS = [["activities"], ["messages"], ["project", "1001"], ["customer", "harbour"], ["activity", "1"]]


class TestHelp:
    def test_help_imports_nothing_that_it_does_not_need(self) -> None:
        code = (
            "import sys\nfrom poller.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
            "print(*sys.modules, sep='\\n', file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
        )
        loaded = set(done.stderr.split())
        needless = {"dotenv", "idna", "imapclient", "imaplib", "models", "nh3", "peewee", "rich", "sqlite3", "ssl",
                    "apscheduler", "tenacity", "asyncio", "email", "http", "socket", "poller.display", "poller.mail",
                    "poller.mailbox", "poller.pipeline", "poller.service", "poller.settings", "poller.storage",
                    "poller.worker"}  # fmt: skip
        assert "Usage:" in done.stdout
        assert not loaded & needless

    @pytest.mark.parametrize("words", [["--help"], ["-h"], ["messages", "--help"], ["--version"]])
    def test_it_needs_no_settings(self, tmp_path: Path, words: list[str]) -> None:
        assert do(tmp_path, *words).exit_code == 0

    @pytest.mark.parametrize("name", sorted(main.commands))
    def test_every_command_says_what_it_does_and_takes_settings(self, tmp_path: Path, name: str) -> None:
        text = do(tmp_path, name, "--help").stdout
        assert main.commands[name].help
        assert "--settings" in text


class TestSettings:
    def test_the_file_is_named_before_or_after_the_command_or_is_in_the_folder(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = str(folder / "settings.env")
        expected = do(folder, "messages", "--json").stdout
        monkeypatch.chdir(folder)
        for words in (
            ["--settings", path, "messages", "--json"],
            ["messages", "--json", "--settings", path],
            ["messages", "--settings", "settings.env", "--json"],
            ["--settings", "no-such.env", "messages", "--json", "--settings", path],
            ["messages", "--json"],
        ):
            assert CliRunner().invoke(main, words).stdout == expected, words

    def test_mistakes_are_a_line_each_and_status_78(self, tmp_path: Path) -> None:
        write_settings(tmp_path, IMAP_PORT="ninety", SETTLE="throw", IMAP_PASSWORT="hunter2")
        result = do(tmp_path, "messages")
        assert result.exit_code == 78
        assert result.stdout == ""
        lines = result.stderr.splitlines()
        assert len(lines) == 3
        assert all(line.startswith(f"mailfiler: {tmp_path}/settings.env") for line in lines)
        assert "hunter2" not in result.stderr

    def test_a_missing_file_is_status_78(self, tmp_path: Path) -> None:
        result = do(tmp_path, "messages")
        assert result.exit_code == 78
        assert "no such file; copy settings.example.env to it" in result.stderr

    @pytest.mark.parametrize(
        "more", [{"DATABASE_URL": "sqlite:////proc/none/m.db"}, {"DATABASE_URL": "sqlite:///settings.env"}]
    )
    def test_a_database_that_cannot_be_is_status_78(self, tmp_path: Path, more: dict[str, str]) -> None:
        write_settings(tmp_path, **more)
        result = do(tmp_path, "messages")
        assert result.exit_code == 78
        assert result.stderr.startswith("mailfiler: DATABASE_URL")
        assert len(result.stderr.splitlines()) == 1

    def test_a_mailbox_out_of_reach_is_status_75(self, tmp_path: Path) -> None:
        write_settings(tmp_path)
        result = do(tmp_path, "once")
        assert result.exit_code == 75
        assert "hunter2" not in result.output
        assert result.stderr.splitlines()[-1].startswith("mailfiler: ")

    def test_a_mailbox_that_is_not_to_be_touched_is_not_connected_to(self, tmp_path: Path) -> None:
        write_settings(tmp_path, INTEGRATION_ENABLED="false")
        for name in ("once", "run"):
            result = do(tmp_path, name)
            assert result.exit_code == 0
            assert "INTEGRATION_ENABLED=false" in result.stderr
        assert not (tmp_path / "mailfiler.db").exists()

    @pytest.mark.parametrize("name", ["\x1b[31m.env", "a\nb.env", "\u202e.env", "\udcff.env"])
    def test_a_hostile_name_of_the_file_reaches_no_terminal(self, tmp_path: Path, name: str) -> None:
        result = CliRunner().invoke(main, ["messages", "--settings", str(tmp_path / name)])
        assert result.exit_code == 78
        assert len(result.stderr.splitlines()) == 1
        assert not set(result.stderr) & COMMANDS


class TestUserErrors:
    @pytest.mark.parametrize(
        ("words", "status"),
        [
            ("activity 999999", 65), ("activity 0", 2), ("activity -1", 2), ("activity one", 2),
            ("activity 99999999999999999999999999", 2), ("activity", 2), ("project 9999", 65), ("project \udcff", 65),
            ("customer nobody", 65), ("customer harbour --organization other", 65), ("activities --project 9999", 65),
            ("activities --customer x", 65), ("activities --user x", 65), ("activities --user \udcff", 65),
            ("activities --since yesterday", 2), ("activities --limit 0", 2), ("activities --organization x", 65),
            ("activities --since 0001-01-01T00:00:00+0100", 2), ("rematch --since 9999-12-31T23:59:59-0100", 2),
            ("export --output x --since 0001-01-01T00:00:00+0100", 2),
            ("messages --outcome lost", 2), ("messages --reason bored", 2), ("messages --limit many", 2),
            ("nonsense", 2), ("messages --nonsense", 2), ("messages more", 2), ("", 2),
            ("import users no-such.csv", 65), ("import users .", 65), ("import cats x.csv", 2), ("import users", 2),
            ("import users users.csv --organization other", 65), ("import users users.csv --organization=", 65),
            ("activities --organization=", 65), ("messages --organization=", 65), ("retry 1 --organization=", 65),
        ],
    )  # fmt: skip
    def test_each_is_a_sentence_and_a_status(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, words: str, status: int
    ) -> None:
        monkeypatch.chdir(folder)
        result = do(folder, *words.split())
        assert result.exit_code == status
        assert result.stderr
        assert not result.stdout

    @pytest.mark.parametrize("text", ["\x1b[31mred", "a\nb", "\u202egnp", "\x9b1m"])
    def test_what_was_typed_reaches_no_terminal(self, folder: Path, text: str) -> None:
        for words in (
            ["project", text],
            ["customer", text],
            ["activities", "--user", text],
            ["messages", "--reason", text],
        ):
            result = do(folder, *words)
            assert result.exit_code in (2, 65)
            assert not set(result.stderr) & COMMANDS

    def test_problems_of_a_csv_file_are_a_line_each_with_the_line_in_it(self, folder: Path, tmp_path: Path) -> None:
        csv = tmp_path / "users.csv"
        csv.write_text("key,name,addresses\nx,,x@y.fi\nz,Z,none\n\x1b[31m,E,\x1b[31m\n")
        before = do(folder, "activities", "--user", "anna@acme.fi", "--json").stdout
        result = do(folder, "import", "users", str(csv))
        assert result.exit_code == 65
        lines = result.stderr.splitlines()
        assert [line.split(":")[1].strip() for line in lines[:2]] == ["users.csv", "users.csv"]
        assert not set(result.stderr) & COMMANDS
        assert do(folder, "activities", "--user", "anna@acme.fi", "--json").stdout == before

    def test_a_dry_run_changes_nothing(self, folder: Path, tmp_path: Path) -> None:
        csv = tmp_path / "customers.csv"
        csv.write_text("key,name\nnew,New Oy\nharbour,Harbour Oy\n")
        result = do(folder, "import", "customers", str(csv), "--dry-run")
        assert result.stdout == "customers: 1 would be created, 0 would be updated, 1 unchanged\n"
        assert do(folder, "customer", "new").exit_code == 65


BOUNCE = b"From: anna@acme.fi\r\nSubject: \x1b[31mred\r\nAuto-Submitted: auto-replied\r\n\r\nAway."


class TestExplain:
    """Of mail that is decided before the DNS is asked anything."""

    @pytest.fixture
    def bounce(self, tmp_path: Path) -> str:
        path = tmp_path / "bounce.eml"
        path.write_bytes(BOUNCE)
        return str(path)

    def test_a_file_is_explained_with_status_0_whatever_the_verdict(self, folder: Path, bounce: str) -> None:
        result = do(folder, "explain", bounce)
        assert result.exit_code == 0
        assert result.stdout.startswith("ignored\n  an automatic reply, a report or a notice of our own\n")
        assert "Subject: [31mred" in result.stdout
        assert not set(result.stdout) & COMMANDS

    def test_as_json_it_is_one_object(self, folder: Path, bounce: str) -> None:
        (document,) = rows(do(folder, "explain", bounce, "--json"))
        assert (document["outcome"], document["folder"], document["source"]["name"]) == ("ignored", "Ignored", bounce)

    def test_its_keys_are_documented(self, folder: Path, bounce: str) -> None:
        (document,) = rows(do(folder, "explain", bounce, "--json"))
        assert set(document) <= documented("An explanation")

    def test_it_needs_no_database_and_makes_nothing(self, tmp_path: Path, bounce: str) -> None:
        write_settings(tmp_path)
        result = do(tmp_path, "explain", bounce)
        assert result.exit_code == 0
        assert "  Note: there is no database yet" in result.stdout
        assert sorted(path.name for path in tmp_path.iterdir()) == ["bounce.eml", "settings.env"]

    def test_a_name_that_is_not_utf_8_is_a_file_like_any_other(self, folder: Path, tmp_path: Path) -> None:
        path = os.fsencode(tmp_path) + b"/\xff\x1b.eml"
        Path(os.fsdecode(path)).write_bytes(BOUNCE)
        for words in ([], ["--json"]):
            result = do(folder, "explain", os.fsdecode(path), *words)
            assert result.exit_code == 0
            assert not set(result.stdout) & COMMANDS

    @pytest.mark.parametrize("name", ["no-such.eml", ".", "0", "-1.eml", "\x1b[31m", "1" * 11])
    def test_what_is_no_message_is_a_sentence_and_status_65(self, folder: Path, name: str) -> None:
        result = do(folder, "explain", "--", name)
        assert result.exit_code == 65
        assert len(result.stderr.splitlines()) == 1
        assert not set(result.stderr) & COMMANDS

    def test_a_uid_asks_the_mailbox_when_the_ledger_has_no_source_of_it(self, folder: Path) -> None:
        assert do(folder, "explain", "4711").exit_code == 75

    def test_a_number_larger_than_any_uid_is_a_file(self, folder: Path) -> None:
        result = do(folder, "explain", str(1 << 32))
        assert result.exit_code == 65
        assert "4294967296: cannot be read" in result.stderr

    def test_a_file_that_is_called_like_a_uid_is_a_file(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "4711").write_bytes(BOUNCE)
        monkeypatch.chdir(tmp_path)
        assert do(folder, "explain", "4711").stdout.startswith("ignored")

    def test_wrong_settings_are_status_78(self, tmp_path: Path, bounce: str) -> None:
        write_settings(tmp_path, SETTLE="throw")
        assert do(tmp_path, "explain", bounce).exit_code == 78

    def test_a_file_needs_neither_imap_nor_tables_nor_a_scheduler(self, folder: Path, bounce: str) -> None:
        code = (
            "import sys\nfrom poller.cli import main\ntry: main(sys.argv[1:])\nexcept SystemExit: pass\n"
            "print(*sys.modules, sep='\\n', file=sys.stderr)"
        )
        words = [sys.executable, "-c", code, "--settings", str(folder / "settings.env"), "explain", bounce]
        done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True)
        assert done.stdout.startswith("ignored")
        assert not set(done.stderr.split()) & {"apscheduler", "imapclient", "nh3", "rich", "poller.mailbox"}


class TestFile:
    @pytest.mark.parametrize("digest", [SHA256, SHA256.upper()])
    def test_it_comes_out_as_it_went_in(self, folder: Path, tmp_path: Path, digest: str) -> None:
        assert do(folder, "file", digest, "--output", str(tmp_path / "out")).exit_code == 0
        assert (tmp_path / "out").read_bytes() == OFFER

    @pytest.mark.parametrize(
        "digest",
        [
            "../..", "../settings.env", "/etc/passwd", "0" * 64, "0" * 63, SHA256 + "0", SHA256[:63] + "/", "٣" * 64,
            "g" * 64, "é" * 64, "漢" * 64, "", " " * 64, "../" * 21 + "a", "\x1b[31m", SHA256 + "\n", "\udcff" * 64,
        ],
    )  # fmt: skip
    def test_anything_but_the_digest_of_a_stored_file_is_refused(
        self, folder: Path, tmp_path: Path, digest: str
    ) -> None:
        result = do(folder, "file", digest, "--output", str(tmp_path / "out"))
        assert result.exit_code == 65
        assert "there is no stored file" in result.stderr
        assert not set(result.stderr) & COMMANDS
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("output", ["no/such/folder/out", "x" * 300, "/proc/out"])
    def test_an_output_that_cannot_be_written_is_named(self, folder: Path, tmp_path: Path, output: str) -> None:
        result = do(folder, "file", SHA256, "--output", str(tmp_path / output))
        assert result.exit_code == 65
        assert "cannot be written" in result.stderr

    def test_a_folder_as_output_is_a_usage_error(self, folder: Path, tmp_path: Path) -> None:
        assert do(folder, "file", SHA256, "--output", str(tmp_path)).exit_code == 2

    def test_a_stored_file_is_not_written_over_itself(self, folder: Path) -> None:
        stored = folder / "files" / SHA256[:2] / SHA256[2:]
        assert do(folder, "file", SHA256, "--output", str(stored)).exit_code == 65
        assert stored.read_bytes() == OFFER

    def test_a_stored_file_that_cannot_be_read_is_no_output_that_cannot_be_written(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(stored: Path, _output: Path) -> None:
            raise PermissionError(13, "Permission denied", str(stored))

        monkeypatch.setattr("shutil.copyfile", refuse)
        result = do(folder, "file", SHA256, "--output", str(tmp_path / "out"))
        assert (result.exit_code, "written" in result.stderr) == (75, False)

    def test_to_look_makes_no_folder(self, folder: Path, tmp_path: Path) -> None:
        before = sorted(folder.rglob("*"))
        assert do(folder, "file", SHA256, "--output", str(tmp_path / "out")).exit_code == 0
        assert sorted(folder.rglob("*")) == before

    def test_a_store_that_cannot_be_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "files").write_text("no folder")
        write_settings(tmp_path)
        assert do(tmp_path, "file", SHA256, "--output", str(tmp_path / "out")).exit_code == 65


def documented(chapter: str) -> set[str]:
    """The words of a chapter on JSON."""
    text = (Path(__file__).parents[1] / "docs" / "json.md").read_text(encoding="utf-8")
    return set(re.findall(r"\w+", text.partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]))


class TestListings:
    @pytest.mark.parametrize(
        ("words", "chapter"),
        [
            ("activity 1", "An activity"), ("messages --limit 1", "A message"),
            ("project 1001", "A card"), ("customer harbour", "A card"),
        ],
    )  # fmt: skip
    def test_their_keys_are_documented(self, folder: Path, words: str, chapter: str) -> None:
        (document,) = rows(do(folder, *words.split(), "--json"))
        assert set(document) <= documented(chapter)

    def test_lines_of_json_are_objects_whatever_stands_in_them(self, folder: Path) -> None:
        for name in ("activities", "messages"):
            assert [row["subject"] for row in rows(do(folder, name, "--json"))] == SUBJECTS

    def test_html_is_sanitized(self, folder: Path) -> None:
        (row,) = rows(do(folder, "activity", "1", "--json"))
        assert row["html"] == "<p>x</p>"

    @pytest.mark.parametrize(
        ("words", "numbers"),
        [
            ("activities --limit 2", [1, 2]), ("activities --project 1001 --limit 1", [1]),
            ("activities --customer harbour --since 2025-03-03", [1, 2, 3, 4, 5, 6]),
            ("activities --since 2025-03-04", []),
            ("activities --since 2025-03-03T10:00:01", []), ("activities --user ANNA@acme.fi --limit 1", [1]),
            ("messages --outcome rejected", [1]), ("messages --reason recipient-invalid", [1]),
            ("messages --outcome filed --limit 1", [2]), ("messages --outcome held", []),
        ],
    )  # fmt: skip
    def test_they_are_filtered_oldest_first(self, folder: Path, words: str, numbers: list[int]) -> None:
        assert [row["id"] for row in rows(do(folder, *words.split(), "--json"))] == numbers

    @pytest.mark.parametrize("words", LISTINGS, ids=lambda words: words[0])
    def test_into_a_pipe_nothing_commands_a_terminal_and_nothing_is_cut(self, folder: Path, words: list[str]) -> None:
        result = do(folder, *words)
        assert result.exit_code == 0
        assert not set(result.stdout) & COMMANDS
        assert words[0] == "activity" or "x" * 5_000 in result.stdout

    def test_the_hostile_activity_is_shown_harmlessly(self, folder: Path) -> None:
        result = do(folder, "activity", "5")
        assert "·[31mred" in result.stdout
        assert not set(result.stdout) & COMMANDS

    def test_json_lines_are_utf_8_in_any_locale(self, folder: Path) -> None:
        for locale in ({"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}):
            done = subprocess.run(
                command(folder, "messages", "--json"), env=environment(**locale), capture_output=True, check=True
            )
            assert [json.loads(line)["subject"] for line in done.stdout.decode("utf-8").splitlines()] == SUBJECTS
            assert done.stderr == b""

    def test_a_table_in_a_locale_without_its_letters_is_no_failure(self, folder: Path) -> None:
        done = shell(folder, "mailfiler messages; mailfiler project 漢", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        assert "\\U0001f600 \\xe4\\xe4kk" in done.stdout
        assert done.returncode == 65
        assert "Traceback" not in done.stderr


def on_terminal(words: list[str], columns: int = 80, **more: str) -> str:
    """What the command prints on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**more)) as process:
        os.close(theirs)
        printed = b"".join(iter(lambda: _read(ours), b""))
        assert process.wait(PATIENCE) == 0, printed
    os.close(ours)
    return printed.decode().replace("\r\n", "\n")


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65536)
    except OSError as error:
        if error.errno == errno.EIO:  # that is how the end of a terminal reads
            return b""
        raise


STYLE = re.compile(r"\x1b\[[0-9;]*m")


class TestTerminal:
    def test_a_table_is_80_columns_wide_with_colours_and_a_line_a_message(self, folder: Path) -> None:
        printed = on_terminal(command(folder, "messages"))
        lines = STYLE.sub("", printed).splitlines()
        assert len(lines) == 1 + len(SUBJECTS)
        assert max(map(cell_len, lines)) <= 80
        assert "\x1b[31mrejected\x1b[0m" in printed
        assert "recipient-invalid" in lines[1]
        assert not set("".join(lines)) & COMMANDS

    def test_a_card_is_as_wide_and_obeys_no_message(self, folder: Path) -> None:
        lines = STYLE.sub("", on_terminal(command(folder, "activity", "5"))).splitlines()
        assert max(map(cell_len, lines)) <= 80
        assert not set("".join(lines)) & COMMANDS
        assert f"  {SHA256}" in lines

    def test_no_color_is_respected(self, folder: Path) -> None:
        assert "\x1b[31m" not in on_terminal(command(folder, "messages"), NO_COLOR="1")

    def test_an_import_leaves_no_bar_behind(self, folder: Path) -> None:
        printed = on_terminal(command(folder, "import", "users", str(folder / "users.csv")))
        assert "users: 0 created, 0 updated, 1 unchanged" in printed


class TestPipes:
    @pytest.mark.parametrize(
        "words", ["messages", "messages --json", "project 1001", "--help", f"file {SHA256} --output -"]
    )
    def test_a_reader_that_has_enough_ends_it_quietly(self, folder: Path, words: str) -> None:
        assert shell(folder, f"mailfiler {words} | true").stderr == ""

    def test_and_so_does_one_that_reads_a_line(self, folder: Path) -> None:
        done = shell(folder, "(mailfiler messages --json; mailfiler messages; mailfiler messages) | head -1")
        assert done.stderr == ""
        assert json.loads(done.stdout)["id"] == 1

    @pytest.mark.parametrize(
        "line",
        [
            "mailfiler messages >&-",
            "mailfiler messages --json >&-",
            f"mailfiler file {SHA256} --output - >&-",
            "mailfiler import users users.csv 2>&- </dev/null",
        ],
    )
    def test_streams_that_were_closed_from_the_start_are_no_failure(self, folder: Path, line: str) -> None:
        done = shell(folder, line)
        assert (done.returncode, done.stderr) == (0, "")

    def test_an_error_without_standard_error_keeps_its_status(self, folder: Path) -> None:
        assert shell(folder, "mailfiler once 2>&-").returncode == 75

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device of a full disk is Linux's")
    @pytest.mark.parametrize("words", ["messages --json", "messages --help", "--version"])
    def test_a_full_disk_behind_standard_output_is_a_sentence(self, folder: Path, words: str) -> None:
        done = shell(folder, f"mailfiler {words} >/dev/full")
        assert done.returncode == 75
        assert done.stderr == "mailfiler: [Errno 28] No space left on device\n"


class TestNotices:
    """At the end of `once`. The digest is due at once, and fills the outbox without a refusal."""

    def once(self, dovecot, folder: Path, **settings: str) -> Result:
        workplace = Workplace(folder=folder, dovecot=dovecot, user=dovecot.user())
        workplace.write_settings(ADMIN_ADDRESS="admin@acme.fi", **settings)
        return do(folder, "once")

    def test_one_round_of_them_ends_it(self, dovecot, tmp_path: Path) -> None:
        with ScriptedSmtp() as smtp:
            result = self.once(dovecot, tmp_path, **smtp.keys())
        assert result.exit_code == 0
        assert result.stderr.splitlines()[-1].endswith("notices: 1 sent")
        assert [one.recipient for one in smtp.taken] == ["admin@acme.fi"]

    @pytest.mark.parametrize("answers", [{"connect": "421 busy"}, {"MAIL": "421 busy"}, {"DATA": HANG_UP}])
    def test_a_server_that_is_down_leaves_them_queued_with_a_warning(self, dovecot, tmp_path: Path, answers) -> None:
        with ScriptedSmtp(answers=answers) as smtp:
            result = self.once(dovecot, tmp_path, **smtp.keys())
        assert result.exit_code == 0
        assert result.stderr.count(" warning Notices stay queued: localhost:") == 1

    def test_without_a_server_they_stay_queued_silently(self, dovecot, tmp_path: Path) -> None:
        result = self.once(dovecot, tmp_path)
        assert result.exit_code == 0
        assert "otice" not in result.stderr


class TestLog:
    def test_as_json_standard_error_is_an_object_a_line(self, tmp_path: Path) -> None:
        write_settings(tmp_path, LOG_FORMAT="json", AUTH_POLICY="monitor")
        result = do(tmp_path, "once")
        assert result.exit_code == 75
        levels = [json.loads(line)["level"] for line in result.stderr.splitlines()]
        assert levels == ["warning", "error"]

    def test_errors_of_a_command_are_objects_too(self, tmp_path: Path) -> None:
        write_settings(tmp_path, LOG_FORMAT="json", LOG_LEVEL="error")
        result = do(tmp_path, "project", HOSTILE)
        (line,) = result.stderr.splitlines()
        assert json.loads(line)["message"] == f"there is no project {HOSTILE}"

    @pytest.mark.parametrize(("policy", "said"), [("aligned", False), ("dkim", False), ("monitor", True)])
    def test_it_says_plainly_where_authors_need_not_be_proven(self, tmp_path: Path, policy: str, said: bool) -> None:
        write_settings(tmp_path, AUTH_POLICY=policy)
        assert ("whether its author is proven or not" in do(tmp_path, "once").stderr) is said


def test_a_prefix_means_the_organization_that_the_settings_give_it_to_now(tmp_path):
    """The one that had the prefix before stays in the database, under the name of its own file."""
    workplace = Workplace(folder=tmp_path)
    workplace.write_settings()
    organizations = tmp_path / "organizations"
    organizations.mkdir()
    (tmp_path / "customers.csv").write_text("key,name\ninitech,Initech\n")
    settings = "FILING_ADDRESS=globex@in.example.com\nACTIVITY_TYPE=E-mail\nACTIVITY_STATUS=done\n"
    for name in ("before", "after"):
        for file in organizations.iterdir():
            file.unlink()
        (organizations / f"{name}.env").write_text(settings)
        done = workplace.do("import", "customers", str(tmp_path / "customers.csv"), "--organization", "Globex")
        assert done == "customers: 1 created, 0 updated, 0 unchanged\n"
