"""A mail site, a DNS server that knows the senders, and installations of the program: all real, all on loopback."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.program import Program, installed
from tests.circle.letters import zone
from tests.servers import site as sites
from tests.servers.dns import DnsServer
from tests.servers.needs import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.databases import Databases
    from tests.servers.site import Site

PEOPLE = ("anna", "bert", "cleo", "dora", "edit", "frida", "gustav", "hilda", "ingrid", "jussi", "kaarina", "guest")
ACME = "in.example.com"
GLOBEX = "in.globex.example"
MAILBOXES = (*(f"{name}@acme.fi" for name in PEOPLE), "returned-acme@forwarder.example")

DIRECTORY = {
    "users": "key,name,addresses\n" + "".join(f"{name},{name},{name}@acme.fi\n" for name in PEOPLE if name != "guest"),
    "projects": "number,name,kind,customer,state\n1001,Harbour renewal,project,,open\n1002,Pier,project,,open\n",
}


@pytest.fixture(scope="session")
def running_site() -> Iterator[Site]:
    need(sites.SITE, "Postfix and Dovecot, as root", "postfix dovecot-imapd dovecot-lmtpd")
    with sites.running((ACME, GLOBEX), MAILBOXES) as site:
        yield site


@pytest.fixture
def site(running_site: Site) -> Site:
    """Nobody has mail yet."""
    running_site.postfix.delivered()
    running_site.empty()
    return running_site


@pytest.fixture(scope="session")
def imported(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database has the directory; it is copied, because importing takes two processes."""
    program = installed(tmp_path_factory.mktemp("imported"), databases.new())
    for kind, text in DIRECTORY.items():
        (program.folder / f"{kind}.csv").write_text(text)
        program.do("import", kind, program.folder / f"{kind}.csv")
    return program.folder


@pytest.fixture
def install(site: Site, imported: Path, databases: Databases, tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Makes a program with README's settings for a filing domain, whose prefix is mycompany; `more` replaces some."""
    with DnsServer(records=zone()) as dns:

        def make(domain: str = ACME, **more: str) -> Program:
            settings = site.settings(domain) | {
                "FILING_ADDRESS": f"mycompany@{domain}",
                "AUTH_POLICY": "aligned",
                "DNS_SERVERS": f"127.0.0.1:{dns.port}",
                "NOTICE_FROM": "",
            }
            return installed(shutil.copytree(imported, tmp_path / domain), settings | databases.copy(imported) | more)

        yield make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """The servers' log, where a test fails."""
    report = yield
    site = getattr(item, "funcargs", {}).get("site")
    if site and report.failed:
        report.sections.append(("Postfix and Dovecot", site.log()))
    return report
