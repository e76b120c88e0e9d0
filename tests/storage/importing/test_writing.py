from models.people import Contact, ContactAddress, User, UserAddress
from poller.storage.directory import find_people
from tests.storage.importing.making import CONTACTS, CUSTOMERS, USERS
from tests.storage.making import asked


def test_an_updated_person_has_exactly_the_addresses_of_the_file_in_their_order(run):
    run("customers", CUSTOMERS + "c,C\n")
    run("contacts", CONTACTS + "k,c,K,a@x.fi b@x.fi c@x.fi,\n")
    run("contacts", CONTACTS + "k,c,K,d@x.fi c@x.fi,\n")
    rows = ContactAddress.select().order_by(ContactAddress.position)
    assert [(row.position, row.address) for row in rows] == [(0, "d@x.fi"), (1, "c@x.fi")]


def test_users_swap_their_addresses_in_one_file(run, organization):
    run("users", USERS + "u1,One,a@x.fi,\nu2,Two,b@x.fi,\n")
    assert run("users", USERS + "u1,One,b@x.fi,\nu2,Two,a@x.fi,\n").updated == 2
    assert find_people(organization, ["a@x.fi"]).users["a@x.fi"].name == "Two"


def test_progress_ends_with_all_records_of_the_file(run):
    calls: list[tuple[int, int]] = []
    run("customers", CUSTOMERS + "c0,Same\n")
    content = CUSTOMERS + "c0,Same\n" + "".join(f"c{n},C\n" for n in range(1, 1200))
    run("customers", content, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(501, 1200), (1001, 1200), (1200, 1200)]


def test_ten_thousand_contacts_take_few_statements(run):
    many = 10_000
    run("customers", CUSTOMERS + "".join(f"c{n},C\n" for n in range(1000)))
    contacts = "".join(f"k{n},c{n % 1000},Contact {n},c{n}@x{n % 1000}.com c{n}@y.com,\n" for n in range(many))
    reports = []
    statements = asked(lambda: reports.append(run("contacts", CONTACTS + contacts)))
    assert reports[0].created == many
    assert ContactAddress.select().count() == 2 * many
    assert len(statements) < many / 100
    assert run("contacts", CONTACTS + contacts).unchanged == many


def test_addresses_of_those_who_are_not_in_the_file_stay(run):
    run("users", USERS + "u1,One,a@x.fi b@x.fi,\nu2,Two,c@x.fi,\n")
    run("users", USERS + "u2,Two,d@x.fi,\nu3,Three,c@x.fi,\n")
    rows = UserAddress.select(UserAddress, User).join(User).order_by(User.key, UserAddress.position)
    assert [(row.user.key, row.position, row.address) for row in rows] == [
        ("u1", 0, "a@x.fi"),
        ("u1", 1, "b@x.fi"),
        ("u2", 0, "d@x.fi"),
        ("u3", 0, "c@x.fi"),
    ]


def test_a_written_contact_changes_its_customer_name_and_state_and_keeps_its_row(run):
    run("customers", CUSTOMERS + "c,C\nd,D\n")
    run("contacts", CONTACTS + "k,c,K,a@x.fi,\n")
    before = Contact.get()
    run("contacts", CONTACTS + "k,d,New K,a@x.fi,false\n")
    after = Contact.get()
    assert (after.id, after.customer.key, after.name, after.active) == (before.id, "d", "New K", False)
