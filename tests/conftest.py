"""What every test may ask for: mail servers of its own, on loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from poller.settings import DatabaseSettings
from poller.storage.database import open_database
from tests.acceptance.databases import Databases
from tests.servers.dovecot import DOVECOT, Dovecot, Kind, running
from tests.servers.needs import need, summary
from tests.servers.postgresql import POSTGRESQL, Postgresql
from tests.servers.postgresql import running as running_postgresql

# How long an example takes depends on what else the machine does. Where a change is judged, chance has no say in it:
# examples that nobody has seen before are for those who can look into them.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("any machine")


@pytest.fixture(autouse=True, scope="session")
def as_wide_as_needed() -> Iterator[None]:
    """Where tests run in parallel, COLUMNS is set: what is shown would be cut to the width of nobody's terminal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        yield


@pytest.fixture(scope="session")
def dovecot_of() -> Iterator[Callable[[Kind], Dovecot]]:
    """Starts a Dovecot of some kind, once in a run; each test makes users of its own in it."""
    started: dict[Kind, Dovecot] = {}
    with ExitStack() as stack:

        def start(kind: Kind) -> Dovecot:
            need(DOVECOT, "dovecot", "dovecot-imapd")
            if kind not in started:
                started[kind] = stack.enter_context(running(kind))
            return started[kind]

        yield start
        for server in started.values():
            server.process.terminate()  # all at once: each takes a second to end


@pytest.fixture
def dovecot(dovecot_of: Callable[[Kind], Dovecot]) -> Dovecot:
    """Dovecot as it comes: with MOVE, UIDPLUS, IDLE, TLS and STARTTLS."""
    return dovecot_of(Kind())


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """A PostgreSQL server, started once in a run; whoever stops or reconfigures one starts another with `running`."""
    need(POSTGRESQL, "postgresql", "postgresql")
    with running_postgresql() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: Postgresql) -> Iterator[str]:
    """A database of the test's own with the newest tables."""
    url = postgresql.migrated()
    yield url
    postgresql.drop(url)


@pytest.fixture
def empty_postgresql_url(postgresql: Postgresql) -> Iterator[str]:
    """A database of the test's own without any tables."""
    url = postgresql.create()
    yield url
    postgresql.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """A test that asks for this, or for what needs it, runs on both."""
    return request.param


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """What the settings say as DATABASE_URL. Empty: the default, SQLite."""
    return request.getfixturevalue("postgresql").emptied() if database_kind == "postgresql" else ""


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file as a new installation has it: to copy it takes a tenth of making it."""
    path = tmp_path_factory.mktemp("new") / "mailfiler.db"
    open_database(DatabaseSettings(path=path, url=None))
    return path


@pytest.fixture
def database_settings(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseSettings:
    """A database with the newest tables and nothing in them, which nobody has open."""
    if database_kind == "postgresql":
        return DatabaseSettings(path=None, url=request.getfixturevalue("postgresql").emptied())
    return DatabaseSettings(path=Path(shutil.copy(request.getfixturevalue("new_database"), tmp_path)), url=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["sqlite", "postgresql"],
        help="only tests with this database; SQLite: and those without any. Default: all, whole programs on SQLite",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each of the two runs takes half the time of both."""
    only = config.getoption("--database")
    if not only:
        return
    left_out = [item for item in items if only not in _databases_of(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if only in _databases_of(item)]


def _databases_of(item: pytest.Item) -> set[str]:
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    if "database_kind" in parameters:
        return {parameters["database_kind"]}
    names = set(getattr(item, "fixturenames", ()))
    if "databases" in names:
        return {"sqlite", "postgresql"}
    return {"postgresql"} if "postgresql" in names else {"sqlite"}


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Databases:
    """Those of whole programs, which take too long to try all of them on both in one run."""
    on_postgresql = request.config.getoption("--database") == "postgresql"
    return Databases(request.getfixturevalue("postgresql") if on_postgresql else None)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """The last words of a run, after pytest's own summary: what was left out, and how to have it run."""
    yield
    for line in summary(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line, yellow=True)
