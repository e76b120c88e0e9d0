"""What is said of an organization whose file is gone, and of notices that name another one's domain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from poller.checking.organizations import check_organizations
from poller.settings import DatabaseSettings
from poller.storage.database import open_database
from poller.storage.directory import ensure_organization
from tests.checking.test_recipients import checked
from tests.filing.making import organization


@pytest.fixture
def looked(tmp_path):
    found = checked(tmp_path, [])
    found.settings = replace(found.settings, database=DatabaseSettings(path=tmp_path / "mailfiler.db", url=None))
    found.database_usable = True
    return found


def served(looked, **prefixes):
    with open_database(looked.settings.database).connection_context():
        for key, prefix in ({"": "mycompany"} | prefixes).items():
            address = f"{prefix}@in.example.com"
            names = {"activity_type": "E-mail", "calendar_sync": False}
            ensure_organization(key=key, prefix=prefix, filing_address=address, **names)


def test_it_is_named_with_its_file(looked):
    served(looked, umbrella="initech")
    (found,) = check_organizations(looked)
    assert found.ok
    assert found.sentence == (
        "initech@in.example.com is in the database, and organizations/umbrella.env is not there: its mail is refused"
    )
    assert "organizations/umbrella.env with FILING_ADDRESS=initech@in.example.com" in found.remedy


def test_of_those_that_are_there_nothing_is_said(looked):
    served(looked)
    assert list(check_organizations(looked)) == []


@pytest.mark.parametrize("usable", [True, False])
def test_without_a_database_nothing_is_said(looked, usable):
    looked.database_usable = usable
    assert list(check_organizations(looked)) == []
    assert not looked.settings.database.path.exists()


@pytest.mark.parametrize(
    ("domains", "author", "told"),
    [
        (["in.acme.fi"], "mailer-daemon@in.acme.fi", False),
        (["in.acme.fi", "in.acme.fi"], "mailer-daemon@in.acme.fi", False),
        (["in.acme.fi", "in.globex.fi"], "mailer-daemon@in.acme.fi", True),
        (["in.acme.fi", "in.globex.fi"], "notices@host.example", False),
    ],
    ids=range(4),
)
def test_whose_notices_name_the_domain_of_another_is_told(looked, domains, author, told):
    organizations = tuple(organization(f"x{at}@{domain}", f"x{at}") for at, domain in enumerate(domains))
    notices = replace(looked.settings.notices, author=author)
    looked.settings = replace(looked.settings, organizations=organizations, notices=notices)
    looked.database_usable = False
    assert [one.sentence for one in check_organizations(looked)] == (
        [f"notices about mail to in.globex.fi come from {author}, and so name another organization's domain"] * told
    )
