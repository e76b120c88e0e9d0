"""Rights in the mailbox, and who needs them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from poller.checking.permissions import check_permissions
from poller.mailbox.inspecting import Place
from tests.checking.test_recipients import INSPECTION
from tests.workplace import Workplace

ALL = "lrswitekx"


@pytest.fixture
def told(tmp_path):
    """What is said of an inbox and a folder with these rights; None: nobody knows, or it is missing."""

    def tell(inbox, folder, *, exists=True, **settings):
        places = (_place("INBOX", inbox, exists=True), _place("Filed", folder, exists=exists))
        found = replace(INSPECTION, inbox=places[0], folders=places[1:])
        said = check_permissions(found, Workplace(folder=tmp_path).settings(**settings))
        return [("✗!✓"[one.ok + (one.ok and not one.remedy)], one.sentence) for one in said]

    return tell


def _place(name, rights, *, exists):
    return Place(name=name, exists=exists, rights=None if rights is None else frozenset(rights))


@pytest.mark.parametrize(
    ("inbox", "folder", "exists", "said"),
    [
        (ALL, ALL, True, ["✓ nobody has every right that is needed in INBOX, Filed"]),
        (ALL, "k", False, ["✓ nobody has every right that is needed in INBOX", "✓ not there yet, the first poll"]),
        (ALL, "lr", False, ["✗ Filed is missing, and nobody lacks the right k (create) to make it"]),
        (None, None, True, ["✓ the server does not say what this user may do in INBOX, Filed"]),
        (None, None, False, ["✓ the server does not say what", "✓ not there yet, the first poll makes them: Filed"]),
        ("lrwe", ALL, True, ["✗ nobody lacks the right t (write-deleted) in INBOX: mail is filed, and stays where"]),
        ("lrte", ALL, True, ["! nobody lacks the right w (write) in INBOX: refused mail is not flagged"]),
        (ALL, "lrwte", True, ["✗ nobody lacks the right i (insert) in Filed: mail of this outcome stays in the inbox"]),
        (ALL, "iwte", True, ["! nobody lacks the rights l (lookup) and r (read) in Filed: `reconcile` cannot see"]),
        (ALL, "lriw", True, ["! nobody lacks the rights t (write-deleted) and e (expunge) in Filed: `retry` cannot"]),
        (ALL, "lrite", True, ["! nobody lacks the right w (write) in Filed: refused mail loses its flag there"]),
    ],
)
def test_each_missing_right_is_told_with_what_it_is_for(told, inbox, folder, exists, said):
    found = told(inbox, folder, exists=exists)
    assert len(found) == len(said)
    for (mark, sentence), start in zip(found, said, strict=True):
        assert f"{mark} {sentence}".startswith(start)


def test_whoever_leaves_mail_where_it_is_needs_less(told):
    assert told("lrw", ALL, SETTLE="flag")[0][0] == "✓"
    assert told("lr", ALL, SETTLE="flag")[0] == (
        "!",
        "nobody lacks the right w (write) in INBOX: handled mail gets neither flag nor keyword",
    )
