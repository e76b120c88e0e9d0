"""The service as a process, over Dovecot that takes access tokens alone."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from poller.cli import main
from tests.patience import PATIENCE
from tests.servers.dovecot import DOVECOT, Dovecot, Kind, User, running
from tests.servers.needs import need
from tests.servers.proxy import Instead, Proxy
from tests.servers.tokens import TokenServer
from tests.workplace import Workplace, eventually, mail

EXPIRED = b"* BYE Session invalidated - AccessTokenExpired"


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with TokenServer(rotates=True) as tokens:
        yield tokens


@pytest.fixture
def dovecot(tokens) -> Iterator[Dovecot]:
    need(DOVECOT, "dovecot", "dovecot-imapd")
    with running(Kind(tokens=tokens.base)) as dovecot:
        yield dovecot


@pytest.fixture
def user(dovecot, tokens) -> User:
    tokens.user = dovecot.user().name
    return User(name=tokens.user, password="unused", maildir=dovecot.home / "mail" / tokens.user)


@pytest.fixture
def workplace(dovecot, user, tmp_path, database_url) -> Workplace:
    return Workplace(folder=tmp_path, dovecot=dovecot, user=user, database_url=database_url)


@pytest.fixture
def serve(workplace, tokens):
    """Runs `mailfiler run` while the context lasts, and ends it as an administrator does."""
    processes = []

    def start(**settings: str):
        keys = {
            "IMAP_PASSWORD": "",
            "OAUTH2_TOKEN_URL": tokens.url,
            "OAUTH2_CLIENT_ID": "app",
            "OAUTH2_REFRESH_TOKEN": "refresh",
        }
        path = workplace.write_settings(**keys, POLL_INTERVAL="1h", **settings)
        log = workplace.folder / f"log{len(processes)}"
        with log.open("wb") as stderr:
            command = [sys.executable, "-m", "poller", "--settings", str(path), "run"]
            processes.append(subprocess.Popen(command, stderr=stderr))
        return processes[-1], log

    yield start
    for process in processes:
        process.kill()
        process.wait()


def ended(process, log) -> str:
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    return log.read_text()


def test_it_files_mail_and_takes_the_newest_refresh_token_at_its_next_start(workplace, user, tokens, serve):
    workplace.import_directory()
    for number in (1, 2):
        process, log = serve()
        user.deliver(mail(number))
        eventually(lambda number=number: user.count(".Filed") == number)
        said = ended(process, log)
        assert not {"WARNING", "ERROR", "Traceback"} & set(said.split())
        tokens.end_all()
    assert [form["refresh_token"] for form in tokens.asked] == ["refresh", "refresh-1"]


def test_a_token_that_ends_in_the_middle_of_waiting_delays_nothing(workplace, user, tokens, serve):
    workplace.import_directory()
    with Proxy(target=workplace.dovecot.port) as proxy:
        process, log = serve(IMAP_PORT=str(proxy.port))
        user.deliver(mail(1))
        eventually(lambda: user.count(".Filed") == 1)
        eventually(lambda: any(said.endswith(b"IDLE\r\n") for said in proxy.said))
        tokens.end_all()
        # What the server says to whoever it had let in by that token: in IDLE, and in the middle of the next poll.
        proxy.set(*(Instead(said=word, answer=EXPIRED, times=1) for word in (b"DONE", b"UID FETCH")))
        user.deliver(mail(2))
        eventually(lambda: user.count(".Filed") == 2)
        said = ended(process, log)
    assert "AccessTokenExpired" in said
    assert "trying again in" not in said, "it waited for its next attempt"
    assert not {"ERROR", "Traceback"} & set(said.split())
    assert [one["subject"] for one in workplace.listing("activities")] == ["Message 1", "Message 2"]


def test_a_withdrawn_consent_pauses_the_service_and_a_sentence_says_why(workplace, user, tokens, serve):
    tokens.good.clear()
    process, log = serve()
    eventually(lambda: "poll: OAUTH2_TOKEN_URL" in log.read_text())
    assert process.poll() is None
    assert "invalid_grant (AADSTS70000: revoked)" in ended(process, log)


def test_check_logs_in_with_what_the_service_has(workplace, user, tokens, serve):
    process, log = serve()
    eventually(lambda: "watching" in log.read_text() and tokens.asked)
    looked = CliRunner().invoke(main, ["--settings", str(workplace.folder / "settings.env"), "check"])
    assert f"{user.name} may log in" in looked.output
    ended(process, log)
    assert len(tokens.asked) == 1
