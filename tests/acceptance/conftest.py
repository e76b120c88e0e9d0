"""A program with the directory imported, and a mailbox of its own, for each test that asks."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.mailboxes import Account
from tests.acceptance.program import installed
from tests.acceptance.ready import Ready
from tests.servers.dovecot import Dovecot, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.acceptance.databases import Databases


@pytest.fixture(scope="session")
def imported(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database has the directory of mycompany; it is copied, because importing takes four processes."""
    program = installed(tmp_path_factory.mktemp("imported"), databases.new())
    program.load("mycompany")
    return program.folder


@pytest.fixture(scope="session")
def account(dovecot_of: Callable[[Kind], Dovecot]) -> Callable[[], Account]:
    """Makes mailboxes. Their logins are addresses at the filing domain, as those of catch-alls often are."""
    dovecot = dovecot_of(Kind())

    def make() -> Account:
        user = dovecot.user("in.example.com")
        return Account(dovecot.port, user.name, user.password)

    return make


@pytest.fixture(scope="session")
def ready(
    imported: Path,
    databases: Databases,
    account: Callable[[], Account],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Ready]:
    """Makes programs with the directory imported and a mailbox of their own."""

    def make(
        settings: Mapping[str, str] | None = None, organizations: Mapping[str, Mapping[str, str]] | None = None
    ) -> Ready:
        mailbox = account()
        folder = shutil.copytree(imported, tmp_path_factory.mktemp("program") / "home")
        login = {"IMAP_PORT": str(mailbox.port), "IMAP_USERNAME": mailbox.login, "IMAP_PASSWORD": mailbox.password}
        given = login | databases.copy(imported) | dict(settings or {})
        return Ready(installed(folder, given, organizations), mailbox)

    return make
