from collections.abc import Callable

import peewee
import pytest

from models.organization import ActivityType, Organization
from models.people import Contact, ContactAddress, Customer, User, UserAddress
from models.project import Project
from poller.mail.fields.address import key_of
from poller.storage.directory import ensure_organization, find_people, find_projects, integer_key, open_projects
from tests.storage.making import sqlite_only

pytestmark = pytest.mark.usefixtures("database")


def add_user(organization: int, key: str, addresses: str, *, active: bool = True) -> None:
    user = User.create(organization=organization, key=key, name=key.title(), active=active)
    for position, address in enumerate(addresses.split()):
        values = {"position": position, "address": address, "address_key": key_of(address)}
        UserAddress.create(organization=organization, user=user, **values)


def add_contact(organization: int, key: str, customer: str, addresses: str, *, active: bool = True) -> None:
    company, _ = Customer.get_or_create(organization=organization, key=customer, defaults={"name": customer.upper()})
    row = {"organization": organization, "key": key, "name": key.title(), "customer": company, "active": active}
    contact = Contact.create(**row)
    for position, address in enumerate(addresses.split()):
        values = {"position": position, "address": address, "address_key": key_of(address)}
        ContactAddress.create(organization=organization, contact=contact, **values)


def add_project(organization: int, number: str, customer: Customer | None = None) -> None:
    keys = {"number": number, "number_key": number.lower(), "integer_key": integer_key(number)}
    rest = {"name": f"Project {number}", "kind": "project", "state": "open", "customer": customer}
    Project.create(organization=organization, **keys, **rest)


def test_a_user_is_found_by_any_address_and_shown_by_the_first(organization):
    add_user(organization, "anna", "Anna@Acme.fi anna.virtanen@acme.fi")
    found = find_people(organization, ["anna.virtanen@acme.fi", "nobody@acme.fi"])
    assert {key: (user.name, user.address) for key, user in found.users.items()} == {
        "anna.virtanen@acme.fi": ("Anna", "Anna@Acme.fi")
    }
    assert found.contacts == {}


def test_an_address_of_several_contacts_finds_all_of_them_in_a_fixed_order(organization):
    add_contact(organization, "zoe", "acme", "info@shared.com zoe@acme.com")
    add_contact(organization, "bob", "globex", "bob@globex.com info@shared.com")
    found = find_people(organization, ["info@shared.com"]).contacts["info@shared.com"]
    assert [(one.name, one.address, one.customer.key, one.customer.name) for one in found] == [
        ("Zoe", "info@shared.com", "acme", "ACME"),
        ("Bob", "bob@globex.com", "globex", "GLOBEX"),
    ]


def test_an_address_may_be_a_user_and_a_contact(organization):
    add_user(organization, "anna", "anna@acme.fi")
    add_contact(organization, "anna", "acme", "anna@acme.fi")
    found = find_people(organization, ["anna@acme.fi"])
    assert list(found.users) == list(found.contacts) == ["anna@acme.fi"]


def test_inactive_people_and_those_of_other_organizations_are_nobody(organization, make_organization):
    add_user(organization, "anna", "anna@acme.fi", active=False)
    add_contact(organization, "bob", "globex", "bob@globex.com", active=False)
    other = make_organization("globex", "globex")
    add_user(other, "carl", "carl@acme.fi")
    add_contact(other, "dora", "acme", "dora@acme.fi")
    found = find_people(organization, ["anna@acme.fi", "bob@globex.com", "carl@acme.fi", "dora@acme.fi"])
    assert not found.users
    assert not found.contacts


def test_more_keys_than_a_statement_takes_are_looked_up(organization):
    add_user(organization, "anna", "u0@acme.fi u39999@acme.fi")
    assert len(find_people(organization, [f"u{i}@acme.fi" for i in range(40_000)]).users) == 2


@pytest.mark.parametrize(
    ("stored", "asked", "found"),
    [
        ("1001", "1001", "1001"),
        ("1001", "01001", "1001"),
        ("01001", "1001", "01001"),
        ("1001 01001", "1001", "1001"),
        ("1001 01001", "01001", "01001"),
        ("1001 01001", "001001", "1001 01001"),
        ("0 00", "000", "0 00"),
        ("P-1", "p-1", "P-1"),
        ("p-1", "P-1", "p-1"),
        ("2026.014", "2026.014", "2026.014"),
        ("2026.014", "2026.14", ""),
        ("1001", "1002", ""),
        ("1001", "1001a", ""),
        ("1001", "١٠٠١", ""),
        ("1001", "", ""),
        ("ÄÄNE", "ääne", "ÄÄNE"),
    ],
)
def test_a_number_is_the_same_string_else_the_same_integer(organization, stored, asked, found):
    for number in stored.split():
        add_project(organization, number)
    assert [project.number for project in find_projects(organization, [asked])[asked]] == found.split()


def test_numbers_asked_together_do_not_disturb_each_other(organization):
    add_project(organization, "7")
    asked = [f"{'0' * zeros}7" for zeros in range(1000)]
    assert {len(found) for found in find_projects(organization, asked).values()} == {1}


@sqlite_only
def test_no_look_up_reads_a_whole_table(organization, database):
    statements: list[str] = []
    database.connection().set_trace_callback(statements.append)
    find_people(organization, ["a@x.fi", "b@x.fi"])
    find_projects(organization, ["1", "2"])
    database.connection().set_trace_callback(None)
    plans = [row[3] for sql in statements for row in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}")]
    assert len(statements) == 3
    assert not [step for step in plans if step.startswith("SCAN")]


def test_a_project_comes_with_its_own_customer(organization, make_organization):
    acme = Customer.create(organization=organization, key="acme", name="Acme Oy")
    add_project(organization, "1", acme)
    add_project(organization, "2")
    add_project(make_organization("globex", "globex"), "3")
    found = find_projects(organization, ["1", "2", "3"])
    assert found["1"][0].customer
    assert found["1"][0].customer.name == "Acme Oy"
    assert found["2"][0].customer is None
    assert found["3"] == ()


@pytest.mark.parametrize(
    ("number", "key"),
    [("1", "1"), ("0010", "10"), ("000", "0"), ("", None), ("1a", None), ("1.0", None), ("²", None), ("١", None)],
)
def test_an_integer_is_all_ascii_digits(number, key):
    assert integer_key(number) == key


def test_settings_of_an_organization_become_rows_once_and_change_in_place(
    organization: int, make_organization: Callable[..., int], database: peewee.Database
):
    first = ensure_organization(
        key="",
        prefix="mycompany",
        filing_address="mycompany@in.example.com",
        activity_type="E-mail",
        calendar_sync=True,
    )
    other = ensure_organization(
        key="", prefix="firma", filing_address="firma@in.example.com", activity_type="Mail", calendar_sync=False
    )
    assert first.organization == other.organization == organization
    assert first.activity_type != other.activity_type
    assert ActivityType.get_by_id(first.activity_type).calendar_sync is True
    assert Organization.get().prefix == "firma"
    assert make_organization("globex", "globex") != organization


@sqlite_only
def test_settings_that_agree_with_the_rows_write_nothing(organization, make_organization, database):
    before = database.execute_sql("SELECT total_changes()").fetchone()
    assert make_organization() == organization
    assert database.execute_sql("SELECT total_changes()").fetchone() == before


def test_open_projects_of_an_organization_alone_are_listed(organization, make_organization):
    for number in ("2", "1"):
        add_project(organization, number)
    add_project(make_organization("globex"), "3")
    Project.update(state="closed").where(Project.number == "1").execute()
    assert [one.number for one in open_projects(organization)] == ["2"]
