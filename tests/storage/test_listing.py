"""Listings are whole, oldest first, limited and filtered; a page costs the same however many there are."""

import re
from itertools import pairwise

import pytest

from models.activity import Activity
from models.inbound import Delivery
from poller.filing.reasons import Outcome, Reason
from poller.storage import listing
from poller.storage.listing import (
    ActivityFilter,
    MessageFilter,
    get_activity,
    get_messages,
    list_activities,
    list_messages,
    messages_of,
)
from poller.storage.rows import insert_all
from tests.storage.making import (
    NOW,
    as_person,
    asked,
    begin,
    commit,
    contact,
    customer,
    days,
    draft,
    file,
    file_draft,
    judged,
    message,
    people,
    plan_of,
    project,
    refused,
    sha,
    sqlite_only,
    to_file,
    user,
)

PAGE = 200


@pytest.fixture
def anna(organization):
    return user(organization, "anna@acme.fi")


@pytest.fixture
def bert(organization):
    return user(organization, "bert@acme.fi")


@pytest.fixture
def store(kind, database):
    """Files drafts, each of another message, in one transaction."""

    def store_all(*drafts):
        with database.atomic():
            return [file_draft(one, kind, sha("source"), NOW).activity_id for one in drafts]

    return store_all


def numbered(owner, count, *projects, **fields):
    return [draft(owner, *projects, read=message(f"m{number}"), **fields) for number in range(count)]


@pytest.fixture
def store_many(store, anna, database):
    """Activities of nothing but a number, by the hundred."""

    def store_all(count: int) -> None:
        if count:
            store(draft(anna, read=message("m0")))
            like = Activity.select().dicts().get()
            del like["id"]
            rows = ({**like, "identity": sha(f"{one}"), "subject": f"About m{one}"} for one in range(1, count))
            with database.atomic():
                insert_all(Activity, rows)

    return store_all


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(listing, "_PAGE", 5)


def subjects(wanted=None, limit=None) -> list[str]:
    return [one["subject"].removeprefix("About ") for one in list_activities(wanted or ActivityFilter(), limit)]


# Paging


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 1])
def test_every_activity_is_listed_once_and_oldest_first(store_many, count):
    store_many(count)
    assert subjects() == [f"m{number}" for number in range(count)]


@pytest.mark.parametrize("limit", [1, 2, PAGE, PAGE + 1, 2 * PAGE, 1_000])
def test_a_limit_is_kept(store_many, limit):
    store_many(2 * PAGE + 3)
    assert subjects(limit=limit) == [f"m{number}" for number in range(min(limit, 2 * PAGE + 3))]


@pytest.mark.usefixtures("small_pages")
def test_pages_of_a_user_who_owns_some_and_takes_part_in_others_fit_together(store, anna, bert):
    mine = [draft(anna if number % 3 else bert, read=message(f"m{number}")) for number in range(18)]
    drafts = [
        one if number % 2 else draft(bert, read=one.message, participants=(as_person(anna),))
        for number, one in enumerate(mine)
    ]
    store(*drafts, *[draft(bert, read=message(f"other{number}")) for number in range(18)])
    expected = [one.message.subject.removeprefix("About ") for one in drafts if one.owner == anna or one.participants]
    assert len(expected) > 10
    assert subjects(ActivityFilter(user=anna.id)) == expected
    assert subjects(ActivityFilter(user=anna.id), 7) == expected[:7]


@pytest.mark.usefixtures("small_pages")
def test_pages_since_a_day_are_in_the_order_of_filing_and_fit_together(store, anna):
    """Many share one moment: a page may end between two of them."""
    dates = [NOW - days(number % 3) for number in range(24)]
    store(*[draft(anna, read=message(f"m{number}"), date=date) for number, date in enumerate(dates)])
    listed = list(list_activities(ActivityFilter(since=NOW - days(1))))
    assert len(listed) == len({one["id"] for one in listed}) == 16
    assert all(one["id"] < two["id"] for one, two in pairwise(listed))


@pytest.mark.usefixtures("small_pages")
def test_what_is_filed_while_a_listing_is_read_does_not_disturb_it(store, anna):
    store(*numbered(anna, 5))
    read = list_activities(ActivityFilter())
    first = next(read)
    store(draft(anna, read=message("late")))
    assert [first["subject"], *(one["subject"] for one in read)][-1] == "About late"


# Filters


@pytest.fixture
def filed(store, organization, anna, bert):
    """Six activities, and what they can be found by."""
    harbour, bridge = project(organization, "1001"), project(organization, "1002")
    globex = customer(organization)
    carl = contact(organization, globex, "carl@globex.com")
    store(
        draft(anna, harbour, read=message("a"), date=NOW - days(5)),
        draft(anna, harbour, bridge, read=message("b"), date=NOW - days(4), customer=globex, participants=(carl,)),
        draft(bert, bridge, read=message("c"), date=NOW - days(3), participants=(as_person(anna),)),
        draft(bert, read=message("d"), date=NOW - days(2), customer=globex),
        draft(bert, harbour, read=message("e"), date=NOW - days(1), participants=(as_person(anna),)),
        draft(anna, read=message("f"), date=NOW),
    )
    ids = {"harbour": harbour, "bridge": bridge, "globex": globex, "anna": anna, "bert": bert}
    return {"organization": organization} | {name: one.id for name, one in ids.items()}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "abcdef"),
        ({"project": "harbour"}, "abe"),
        ({"customer": "globex"}, "bd"),
        ({"user": "anna"}, "abcef"),
        ({"user": "bert"}, "cde"),
        ({"since": 3}, "cdef"),
        ({"since": 2.5}, "def"),
        ({"organization": "organization"}, "abcdef"),
        ({"project": "harbour", "user": "anna"}, "abe"),
        ({"project": "harbour", "user": "bert"}, "e"),
        ({"project": "bridge", "customer": "globex"}, "b"),
        ({"user": "anna", "customer": "globex"}, "b"),
        ({"user": "bert", "since": 2}, "de"),
        ({"user": "anna", "since": 3}, "cef"),
        ({"customer": "globex", "since": 2}, "d"),
        ({"project": "harbour", "since": 4}, "be"),
        ({"project": "harbour", "user": "anna", "customer": "globex", "since": 4, "organization": "organization"}, "b"),
        ({"project": "harbour", "since": 0}, ""),
        ({"organization": "organization", "since": 1}, "ef"),
    ],
)
def test_every_filter_that_is_set_must_hold(filed, wanted, expected):
    values = {name: NOW - days(value) if name == "since" else filed[value] for name, value in wanted.items()}
    assert "".join(subjects(ActivityFilter(**values))) == expected


@pytest.mark.parametrize("name", ["project", "customer", "user", "organization"])
def test_what_nobody_has_finds_nothing(filed, name):
    assert subjects(ActivityFilter(**{name: 999_999})) == []


def test_an_organization_sees_only_its_own(store, make_organization, filed, kind, database):
    theirs = make_organization("globex", "globex")
    assert subjects(ActivityFilter(organization=theirs)) == []
    assert subjects(ActivityFilter(organization=theirs, since=NOW - days(9))) == []


# Messages


@pytest.fixture
def ledger_of_four(ledger, anna):
    drafted = draft(anna, read=message("filed"))
    commit(
        ledger,
        to_file(1, drafted),
        refused(2, Reason.NO_USER, read=message("stranger")),
        to_file(3, drafted, reason=Reason.RECIPIENT_INVALID),
        refused(4, Reason.RECIPIENT_INVALID, read=message("lost")),
    )
    begin(ledger, 5)


@pytest.mark.usefixtures("ledger_of_four")
@pytest.mark.parametrize(
    ("wanted", "limit", "uids"),
    [
        ({}, None, [1, 2, 3, 4]),
        ({}, 2, [1, 2]),
        ({"outcome": "filed"}, None, [1]),
        ({"outcome": "duplicate"}, None, [3]),
        ({"reason": "no-user"}, None, [2]),
        ({"reason": "recipient-invalid"}, None, [3, 4]),
        ({"reason": "recipient-invalid"}, 1, [3]),
        ({"reason": "recipient-invalid", "outcome": "rejected"}, None, [4]),
        ({"reason": "nothing-of-ours"}, None, []),
    ],
)
def test_messages_are_those_decided_about_oldest_first_and_filtered(wanted, limit, uids):
    assert [one["uid"] for one in list_messages(MessageFilter(**wanted), limit)] == uids


@pytest.mark.usefixtures("ledger_of_four")
def test_messages_and_activities_are_those_of_an_organization(organization, make_organization):
    other = make_organization("globex", "globex")
    Delivery.update(organization=other).where(Delivery.uid == 2).execute()
    Delivery.update(organization=None).where(Delivery.uid == 4).execute()
    listed = {whose: list(list_messages(MessageFilter(organization=whose))) for whose in (None, organization, other)}
    assert [one["uid"] for one in listed[organization]] == [1, 3]
    assert [one["uid"] for one in listed[other]] == [2]
    assert [one["organization"] for one in listed[None]] == ["mycompany", "globex", "mycompany", None]
    ids = [one["id"] for one in listed[None]]
    assert messages_of(organization, [*ids, 99]) == {ids[0], ids[2]}
    assert get_messages(ids) == listed[None]
    activity = Activity.get().id
    assert get_activity(activity, organization) == get_activity(activity)
    assert get_activity(activity, other) is None


def test_every_message_is_listed_once_over_several_pages(ledger):
    count = 2 * PAGE + 1
    begin(ledger, *range(1, count + 1))
    Delivery.update(outcome="filed").execute()
    listed = list(list_messages(MessageFilter(outcome="filed")))
    assert [one["uid"] for one in listed] == list(range(1, count + 1))


def test_a_held_message_is_listed(ledger):
    commit(ledger, judged(1, message(), outcome=Outcome.HELD))
    assert [one["outcome"] for one in list_messages(MessageFilter(outcome="held"))] == ["held"]


# What a page costs


LISTINGS = [
    *[{}, {"organization": 1}, {"project": 1}, {"customer": 1}, {"user": 1}, {"since": NOW}],
    *[{"organization": 1, "since": NOW}, {"organization": 1, "project": 1}, {"organization": 1, "user": 1}],
    {"organization": 1, "customer": 1},
]


@sqlite_only
@pytest.mark.usefixtures("filed")
@pytest.mark.parametrize("wanted", LISTINGS, ids=lambda wanted: "+".join(wanted) or "all")
def test_the_first_page_of_activities_walks_along_an_index(wanted):
    """`USING … rowid>?` walks along the table itself, in the order of ids."""
    plans = [
        plan_of(sql, values) for sql, values in asked(lambda: next(list_activities(ActivityFilter(**wanted)), None))
    ]
    assert plans
    assert not [plan for plan in plans if "SCAN" in plan], plans
    # What follows the ids sorts no more than one page.
    count = 2 if "user" in wanted else 1
    assert not [plan for plan in plans[:count] if "TEMP B-TREE" in plan], plans


@sqlite_only
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "wanted", [{}, {"outcome": "filed"}, {"reason": "no-user"}, {"outcome": "rejected", "reason": "no-user"}], ids=str
)
def test_the_first_page_of_messages_walks_along_an_index(wanted):
    (sql, values), *_ = asked(lambda: list(list_messages(MessageFilter(**wanted))))
    assert not re.search("SCAN|TEMP B-TREE", plan_of(sql, values))


@sqlite_only
def test_the_plans_hold_when_the_database_has_counted_its_rows(store, store_many, database, organization, anna, bert):
    harbour = project(organization, "1001")
    store_many(300)
    store(*[draft(bert, harbour, read=message(f"p{number}")) for number in range(10)])
    database.execute_sql("ANALYZE")
    for wanted in (ActivityFilter(user=anna.id), ActivityFilter(project=harbour.id), ActivityFilter(since=NOW)):
        plans = [plan_of(sql, values) for sql, values in asked(lambda wanted=wanted: next(list_activities(wanted)))]
        assert not [plan for plan in plans[:1] if "TEMP B-TREE" in plan or "SCAN activity" in plan], plans


def test_a_page_costs_the_same_queries_however_long_it_is(store, organization, anna, bert):
    harbour, globex = project(organization, "1001"), customer(organization)
    drafts = [
        draft(
            anna if number % 2 else bert,
            harbour,
            read=message(f"m{number}"),
            participants=people(3),
            customer=globex,
            files=(file(f"{number}.pdf"), file("same.pdf")),
        )
        for number in range(20)
    ]
    store(drafts[0])
    few = len(asked(lambda: list(list_activities(ActivityFilter()))))
    store(*drafts[1:])
    assert len(asked(lambda: list(list_activities(ActivityFilter())))) == few <= 6


def test_a_page_of_messages_costs_two_queries(ledger):
    begin(ledger, *range(1, 150))
    Delivery.update(outcome="filed").execute()
    assert len(asked(lambda: list(list_messages(MessageFilter())))) == 2


def test_keys_that_are_left_out_are_not_even_read(store, anna):
    store(draft(anna))
    statements = asked(lambda: list(list_activities(ActivityFilter(), without={"text", "html"})))
    assert not [sql for sql, _ in statements if '"text"' in sql or '"html"' in sql]
    [one] = list_activities(ActivityFilter(), without={"text", "html"})
    assert not {"text", "html"} & one.keys()


def test_one_activity_is_found_by_its_id_or_not_at_all(store, anna):
    [number] = store(draft(anna))
    assert get_activity(number) == next(list_activities(ActivityFilter()))
    assert get_activity(number + 1) is None
    assert get_activity(2**62) is get_activity(2**70) is get_activity(-1) is None


def test_messages_are_given_in_the_order_in_which_they_are_asked_for(ledger):
    for uid in range(1, 4):
        commit(ledger, refused(uid, Reason.NO_SUBJECT, read=message(f"m{uid}")))
    assert [one["id"] for one in listing.get_messages([3, 7, 1])] == [3, 1]
