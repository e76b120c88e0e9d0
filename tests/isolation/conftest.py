"""Installations of three companies over one mailbox, with mail servers of their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.conftest import account  # noqa: F401 - a fixture
from tests.acceptance.notices.conftest import notices_dns  # noqa: F401 - a fixture
from tests.acceptance.notices.mail import MX
from tests.acceptance.notices.notice import FROM
from tests.acceptance.notices.place import Place
from tests.acceptance.program import installed
from tests.acceptance.ready import Ready
from tests.isolation.companies import COMPANIES, Company
from tests.isolation.letters import LETTERS
from tests.servers.smtp import ScriptedSmtp

if TYPE_CHECKING:
    from tests.acceptance.databases import Databases
    from tests.acceptance.mailboxes import Account
    from tests.servers.dns import DnsServer


@pytest.fixture(scope="session")
def install(
    databases: Databases,
    account: Callable[[], Account],  # noqa: F811 - a fixture
    notices_dns: DnsServer,  # noqa: F811 - as above
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Place]]:
    """Makes installations that all have the settings of all companies, and the directories of those that are named."""
    servers: list[ScriptedSmtp] = []

    def make(known: Collection[Company] = COMPANIES, **settings: str) -> Place:
        smtp, mailbox = ScriptedSmtp(answers={}), account()
        servers.append(smtp.__enter__())
        first, *others = COMPANIES
        keys = {
            "IMAP_PORT": str(mailbox.port),
            "IMAP_USERNAME": mailbox.login,
            "IMAP_PASSWORD": mailbox.password,
            "AUTH_POLICY": "aligned",
            "MAIL_PROVIDER": "postfix",
            "OUR_MTA_NAMES": MX,
            "DNS_SERVERS": f"127.0.0.1:{notices_dns.port}",
            "NOTICE_FROM": FROM,
            "INHERIT_PROJECT": "true",
            "BATCH_SIZE": "3",  # what is stored is seen by what comes later
        }
        folder = tmp_path_factory.mktemp("companies")
        all_keys = keys | databases.new() | smtp.keys() | first.settings | settings
        program = installed(folder, all_keys, {one.word.lower(): one.settings for one in others})
        place = Place(here=Ready(program, mailbox), dns=notices_dns, smtp=smtp)
        for company in known:
            load(place, company)
        return place

    yield make
    for one in servers:
        one.__exit__()


def load(place: Place, company: Company) -> None:
    for kind, text in company.tables.items():
        file = place.program.folder / f"{company.word}-{kind}.csv"
        file.write_text(text)
        place.do("import", kind, str(file), "--organization", company.prefix)


@pytest.fixture(scope="session")
def whole(install: Callable[..., Place]) -> Place:
    """All companies with all their mail."""
    place = install()
    place.once(*LETTERS)
    return place
