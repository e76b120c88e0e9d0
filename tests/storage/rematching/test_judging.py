from models.people import ContactAddress, Customer
from poller.filing.match import MatchRules
from poller.storage.rematching import find_customer
from poller.storage.rematching.judging import judge
from tests.storage.rematching.making import RULES


def test_only_activities_of_which_there_is_something_to_tell_come_back(company):
    carls = company.file("author anna@acme.fi", "to carl@globex.com")
    others = company.file("author anna@acme.fi", "to x@y.fi", name="other")
    company.contact("globex", "carl@globex.com")
    (judged,) = judge(company.id, [carls, others], RULES)
    assert (judged.stored.id, [one.what for one in judged.changes]) == (carls, ["participant", "customer"])
    assert judge(company.id, [], RULES) == []
    nobody = MatchRules(require_user_author=False, match_author_contact=False)
    assert len(judge(company.id, [carls], nobody)) == 1


def test_an_activity_concerns_whom_it_is_linked_to_and_who_is_in_doubt(company):
    activity = company.file("author anna@acme.fi", "to carl@globex.com", "cc ivan@initech.com", numbers=("7",))
    company.contact("globex", "carl@globex.com")
    seven = company.project("7", "globex")
    (judged,) = judge(company.id, [activity], RULES)
    globex = judged.rejudged.customer
    assert (judged.project_ids, judged.concerns(globex)) == ({seven}, True)
    company.contact("initech", "ivan@initech.com")
    (judged,) = judge(company.id, [activity], RULES)
    assert (judged.rejudged.customer, judged.concerns(globex)) == (None, True)


def concerned(company, activity):
    (judged,) = judge(company.id, [activity], RULES)
    customers = {row.key: find_customer(company.id, row.key) for row in Customer.select()}
    return {key for key, customer in customers.items() if judged.concerns(customer)}


def namesake(company):
    """Another customer of Globex's name, with nobody in the mail."""
    Customer.create(organization=company.id, key="namesake", name="Globex")


def test_customers_of_one_name_are_told_apart_whether_linked_in_doubt_or_in_conflict(company):
    namesake(company)
    activity = company.file("author anna@acme.fi", "to carl@globex.com", "cc ivan@initech.com")
    company.contact("globex", "carl@globex.com")
    assert concerned(company, activity) == {"globex"}
    linked = company.file("author anna@acme.fi", "to carl@globex.com", "cc ivan@initech.com", name="linked")
    company.contact("initech", "ivan@initech.com")
    assert concerned(company, activity) == concerned(company, linked) == {"globex", "initech"}


def test_of_who_is_not_known_any_more_the_name_counts(company):
    company.contact("globex", "carl@globex.com")
    company.contact("initech", "ivan@initech.com")
    activity = company.file("author anna@acme.fi", "to carl@globex.com", "cc ivan@initech.com", "cc bert@acme.fi")
    ContactAddress.delete().where(ContactAddress.address == "carl@globex.com").execute()
    company.user("bert@acme.fi")
    namesake(company)
    assert concerned(company, activity) == {"globex", "initech", "namesake"}


def test_why_names_people_by_the_administrators_keys(company):
    activity = company.file("author anna@acme.fi", "to carl@globex.com", "cc bert@acme.fi")
    company.contact("globex", "c.cole@globex.com", "carl@globex.com")
    company.user("bert@acme.fi")
    (judged,) = judge(company.id, [activity], RULES)
    assert [one.why for one in judged.changes] == [
        "contact c.cole@globex.com of customer globex",
        "user bert@acme.fi",
        "contact c.cole@globex.com of customer globex",
    ]
