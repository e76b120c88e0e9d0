from poller.filing.match import MatchRules
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
