"""The domains that users write from."""

from __future__ import annotations

from models.organization import Organization
from models.people import User, UserAddress
from poller.storage.authors import author_domains
from poller.storage.database import connected, open_database


def add(organization, number, *addresses, active=True):
    user = User.create(organization=organization, key=f"u{number}", name="Somebody", active=active)
    for position, address in enumerate(addresses):
        key = address.lower()
        UserAddress.create(organization=organization, user=user, position=position, address=address, address_key=key)


def test_the_domains_of_most_users_come_first_and_those_of_inactive_ones_not_at_all(database_settings):
    open_database(database_settings)
    with connected():
        acme, globex = (
            Organization.create(key=key, prefix=key, filing_address=f"{key}@in.example.com")
            for key in ("acme", "globex")
        )
        add(acme, 1, "anna@acme.fi", "anna@acme.se")
        add(acme, 2, "Bert@ACME.fi")
        add(globex, 3, "carl@globex.com")
        add(globex, 4, "dora@globex.com")
        add(globex, 5, "eve@globex.com")
        add(acme, 6, "gone@gone.fi", active=False)
    assert author_domains(10) == ["globex.com", "acme.fi", "acme.se"]
    assert author_domains(1) == ["globex.com"]
