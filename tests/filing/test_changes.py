"""The words of the audit trail."""

from poller.filing.changes import Change, changes_of
from poller.filing.match import Candidate
from poller.filing.participants import Kind
from poller.filing.rematch import Rejudged
from tests.filing.making import GLOBEX, project
from tests.filing.stored import external, standing

WHO = {"contact:1": "contact carl of customer globex", "user:1": "user anna"}
IVAN = Candidate(customer="Initech", name="", address="ivan@initech.com")


def test_each_change_says_what_it_was_what_it_is_and_why():
    stored = standing(external("a@y.fi", name="A"), external("b@y.fi"), candidates=(IVAN,), warnings=("old",))
    carl = external("carl@globex.com", kind=Kind.CONTACT, name="Carl", contact_id=1)
    judged = Rejudged(
        customer=GLOBEX,
        candidates=(),
        participants=(carl, external("b@y.fi", kind=Kind.USER, user_id=1)),
        gone=frozenset({1}),
        new_projects=(project("7"),),
        warnings=("old", "new"),
        contested=(IVAN,),
        customer_ids=frozenset(),
        unknown=(),
    )
    assert changes_of(stored, judged, WHO, ()) == [
        Change(what="participant", before="external A <a@y.fi>", after="contact Carl <carl@globex.com>",
               why="contact carl of customer globex"),
        Change(what="participant", before="external b@y.fi", after=None, why="user anna, who is there already"),
        Change(what="customer", before=None, after="Globex Oy", why="contact carl of customer globex"),
        Change(what="candidates", before="ivan@initech.com of Initech", after=None,
               why="contact carl of customer globex"),
        Change(what="project", before=None, after="7", why="project 7"),
        Change(what="warning", before=None, after="new", why=f"customer {GLOBEX.key}"),
        Change(what="conflict", before="Globex Oy", after="Globex Oy", why="ivan@initech.com of Initech"),
    ]  # fmt: skip
    assert changes_of(stored, judged, WHO, {"ivan@initech.com of Initech"})[-1].what == "warning"
