"""Page after page, beside whoever else is at work."""

from dataclasses import replace
from threading import Event, Thread

import pytest

from models.base import database as handle
from models.change import ActivityChange
from models.inbound import Lease
from models.organization import ActivityType
from poller import rematching
from poller.errors import Transient
from poller.rematching import Wanted, rematch
from poller.storage.activities import Kind
from poller.storage.database import connected
from poller.storage.lease import Lease as Held
from poller.storage.rematching import Scope
from tests.patience import PATIENCE
from tests.storage import conftest as storage
from tests.storage.making import NOW, asked
from tests.storage.rematching.making import Company, customer_of

# Fixtures
database, make_organization = storage.database, storage.make_organization

WORKER = "catchall@mail/INBOX"


@pytest.fixture
def company(make_organization):
    """Five activities of before Carl was known, two a page."""
    return new_company(make_organization(), 5)


@pytest.fixture(autouse=True)
def two_a_page(monkeypatch):
    monkeypatch.setattr(rematching, "_PAGE", 2)


def new_company(organization: int, count: int) -> Company:
    type_id = ActivityType.get(organization=organization).id
    kind = Kind(
        organization_id=organization, type_id=type_id, status="done", max_participants=20, inherit_project=False
    )
    company = Company(kind=kind)
    company.user("anna@acme.fi")
    for number in range(count):
        company.file("author anna@acme.fi", "to carl@globex.com", name=f"mail {number}")
    return company


def pages(*companies: Company, dry_run: bool = False):
    wanted = Wanted(scopes=tuple(Scope(organization_id=one.id) for one in companies))
    return rematch(wanted, companies[0].rules, lambda: NOW, dry_run=dry_run)


def test_it_goes_page_by_page_and_says_how_far_it_is(company, make_organization):
    other = new_company(make_organization("other", "other"), 1)
    company.contact("globex", "carl@globex.com")
    found = list(pages(company, other))
    assert [(one.looked_at, len(one.judged)) for one in found] == [(2, 2), (2, 2), (1, 1), (1, 0)]
    assert [(one.done, one.total) for one in found] == [(2, 11), (4, 11), (5, 11), (11, 11)]


def test_who_is_killed_between_two_pages_has_lost_nothing_and_the_next_run_goes_on(company):
    company.contact("globex", "carl@globex.com")
    first = next(pages(company))
    assert ActivityChange.select().count() == 2 * len(first.judged) == 4
    assert [len(page.judged) for page in pages(company)] == [0, 2, 1]
    assert ActivityChange.select().count() == 10
    assert {customer_of(number) for number in range(1, 6)} == {"Globex"}


def test_what_has_nothing_to_change_is_read_and_not_locked(company):
    said = [sql for sql, _ in asked(lambda: list(pages(company)))]
    assert {sql.split()[0] for sql in said} == {"SELECT"}


def test_a_page_costs_the_same_queries_however_many_activities_it_has(company, monkeypatch):
    few = len(asked(lambda: next(pages(company))))
    monkeypatch.setattr(rematching, "_PAGE", 5)
    assert len(asked(lambda: next(pages(company)))) == few <= 8


def test_a_page_is_written_before_or_after_what_a_worker_or_an_import_writes(company, database_kind):
    """It waits for them, and gives up where they take too long: nothing is half done."""
    company.contact("globex", "carl@globex.com")
    Lease.create(name=WORKER, fence=1)
    is_writing, may_end = Event(), Event()

    def work():
        with connected(), Held(name=WORKER, fence=1).transaction():
            is_writing.set()
            may_end.wait(PATIENCE)

    worker = Thread(target=work)
    worker.start()
    assert is_writing.wait(PATIENCE)
    handle.execute_sql("PRAGMA busy_timeout = 50" if database_kind == "sqlite" else "SET lock_timeout = '50ms'")
    try:
        with pytest.raises(Transient):
            list(pages(company))
    finally:
        may_end.set()
        worker.join()
    assert ActivityChange.select().count() == 0
    assert sum(len(page.judged) for page in pages(company)) == 5


def test_two_at_once_do_each_change_once(company):
    company.contact("globex", "carl@globex.com")
    done = []

    def work():
        with connected():
            done.extend(one.stored.id for page in pages(company) for one in page.judged)

    workers = [Thread(target=work) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sorted(done) == [1, 2, 3, 4, 5]
    assert ActivityChange.select().count() == 10


def test_rules_are_those_of_filing(company):
    company = replace(company, rules=replace(company.rules, match_author_contact=False))
    activity = company.file("author carl@globex.com", "to anna@acme.fi", name="from Carl")
    company.contact("globex", "carl@globex.com")
    list(pages(company))
    assert customer_of(activity) is None
