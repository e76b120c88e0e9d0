"""Rows of the outbox, written with the refusal: one for each identity, reason and address, within the budgets."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.activity import Activity
from models.notice import Notice
from poller.errors import Transient
from poller.filing.judged import Spent
from poller.filing.reasons import Outcome, Reason
from tests.storage.making import (
    NOW,
    asked,
    commit,
    deferred,
    delivery,
    draft,
    judged,
    message,
    plan_of,
    project,
    refused,
    sha,
    sqlite_only,
    to_file,
    user,
)
from tests.storage.making import notice as wanted_notice

BAD = "9999.mycompany@in.example.com"
WORSE = "8888.mycompany@in.example.com"
NOTHING = Spent(alike=0, to_recipient=0, to_domain=0, to_anybody=0, exists=False)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def refuse(ledger, uid, *notices, name="", now=NOW, reason=Reason.RECIPIENT_INVALID):
    """A message refused with these notices; another uid, another message unless it is named."""
    [decided] = commit(ledger, refused(uid, reason, read=message(name or f"m{uid}"), notices=notices), now=now)
    return decided


def asking(spent, address=BAD, reason=Reason.RECIPIENT_INVALID, rule=None, **fields):
    """A notice that notes what it was asked with."""

    def suppressed_by(one):
        spent.append(one)
        return rule(one) if rule else None

    return replace(wanted_notice(reason, address, **fields), suppressed_by=suppressed_by)


def budget(spent):
    """As Q17 and Q18 ask."""
    if spent.alike >= 1 or spent.to_recipient >= 5 or spent.to_domain >= 50 or spent.to_anybody >= 200:
        return "Q17"
    return "Q18" if spent.exists else None


def found(ledger, uid=100, now=NOW, name="", **fields):
    """What a notice is asked with now; itself it is suppressed, so that it changes nothing for others."""
    spent = []
    refuse(ledger, uid, asking(spent, rule=lambda _: "Q1", **fields), now=now, name=name)
    return spent[0]


# What is written


def test_a_notice_is_stored_with_all_that_is_needed_to_send_it(ledger, organization):
    notice = wanted_notice(Reason.RECIPIENT_INVALID, BAD, recipient="Anna@Acme.FI", text=b"\x00\xff\r\n" * 9)
    assert refuse(ledger, 7, notice).notice == "queued"
    row = Notice.get()
    assert (row.state, row.rule, row.attempts, row.repeated, row.error) == ("pending", None, 0, False, None)
    assert (row.recipient, row.message_id, bytes(row.message)) == (
        "Anna@Acme.FI",
        "notice@in.example.com",
        b"\x00\xff\r\n" * 9,
    )
    assert (row.reason, row.address, row.identity) == ("recipient-invalid", BAD, sha("m7"))
    assert (row.delivery.uid, row.organization_id) == (7, organization)
    assert row.created_at == row.updated_at == row.next_attempt_at == NOW
    assert (row.recipient_sha256, row.domain_sha256) == (sha("anna@acme.fi"), sha("acme.fi"))


def test_nothing_is_composed_for_a_notice_that_is_suppressed(ledger):
    def compose():
        raise AssertionError("nobody asked for it")

    notice = replace(wanted_notice(Reason.RECIPIENT_INVALID, BAD, "Q15"), compose=compose)
    assert refuse(ledger, 1, notice).notice == "suppressed:Q15"
    row = Notice.get()
    assert (row.state, row.rule, row.message, row.next_attempt_at) == ("suppressed", "Q15", None, None)
    assert row.recipient == "anna@acme.fi"


@pytest.mark.parametrize(
    "recipient", [None, "", "nobody", "a\0b@acme.fi", "a\ud800@acme.fi", "anna@", "x" * 1001 + "@a.fi"]
)
@pytest.mark.parametrize("rule", [None, "Q1"])
def test_without_an_address_to_send_it_to_no_notice_is_queued(ledger, recipient, rule):
    notice = wanted_notice(Reason.RECIPIENT_INVALID, BAD, rule, recipient=recipient)
    assert refuse(ledger, 1, notice).notice == f"suppressed:{rule or 'Q2'}"
    row = Notice.get()
    assert (row.state, row.recipient_sha256, row.domain_sha256) == ("suppressed", None, None)
    assert "\0" not in (row.recipient or "")


def test_what_cannot_be_composed_fails_alone_and_is_logged(ledger, caplog):
    def compose():
        raise KeyError("colour")

    broken = replace(wanted_notice(Reason.RECIPIENT_INVALID, BAD), compose=compose)
    assert refuse(ledger, 1, broken).notice == "failed"
    assert refuse(ledger, 2, broken, wanted_notice(Reason.RECIPIENT_INVALID, WORSE)).notice == "queued"
    assert [(one.state, one.error) for one in Notice.select().where(Notice.address == BAD)] == [
        ("failed", "it could not be written")
    ] * 2
    assert caplog.text.count("KeyError: 'colour'") == 2
    assert (delivery(1).outcome, delivery(1).notice) == ("rejected", "failed")


def test_a_rule_that_cannot_be_asked_fails_the_notice_alone(ledger, caplog):
    def rule(_):
        raise RecursionError

    assert (
        refuse(ledger, 1, asking([], rule=rule), wanted_notice(Reason.RECIPIENT_INVALID, WORSE, "Q1")).notice
        == "failed"
    )
    assert [(one.state, one.message) for one in Notice.select().order_by(Notice.id)] == [
        ("failed", None),
        ("suppressed", None),
    ]
    assert "RecursionError" in caplog.text


def test_a_database_that_fails_while_a_text_is_made_is_no_bug_in_the_text(ledger):
    def compose():
        raise Transient("database: gone")

    broken = replace(wanted_notice(Reason.RECIPIENT_INVALID, BAD), compose=compose)
    with pytest.raises(Transient):
        refuse(ledger, 1, broken)
    assert (delivery(1).outcome, Notice.select().count()) == (None, 0)


@pytest.mark.parametrize("outcome", [Outcome.DEFERRED, Outcome.HELD])
def test_nothing_is_said_about_what_waits_in_the_inbox(ledger, outcome):
    notice = asking([], rule=lambda _: pytest.fail("nobody asked"))
    one = replace(
        deferred(1) if outcome is Outcome.DEFERRED else judged(1, message(), outcome=outcome), notices=(notice,)
    )
    [decided] = commit(ledger, one)
    assert (decided.notice, Notice.select().count(), delivery(1).notice) == ("none", 0, "none")


def test_a_message_that_was_deferred_is_answered_when_it_is_refused(ledger):
    commit(ledger, replace(deferred(1), notices=(wanted_notice(Reason.RECIPIENT_INVALID, BAD),)))
    assert refuse(ledger, 1, wanted_notice(Reason.RECIPIENT_INVALID, BAD)).notice == "queued"


def test_the_notice_goes_with_the_transaction_of_its_message(ledger):
    """The row of a message that cannot be stored would answer what was never refused."""
    bad = judged(1, message("surrogate", subject="\ud800"), outcome=Outcome.REJECTED, reason=Reason.RECIPIENT_INVALID)
    bad = replace(bad, notices=(wanted_notice(Reason.RECIPIENT_INVALID, BAD),))
    good = refused(2, Reason.RECIPIENT_INVALID, WORSE, read=message("good"))
    assert [one.ref.uid for one in commit(ledger, bad, good)] == [2]
    assert [one.delivery.uid for one in Notice.select()] == [2]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((), "none"),
        ((None,), "queued"),
        (("Q5", None), "queued"),
        (("Q5", "Q1"), "suppressed:Q5"),
    ],
)
def test_several_notices_of_a_message_show_as_one(ledger, rules, expected):
    notices = [wanted_notice(Reason.RECIPIENT_INVALID, f"{n}.x@in.example.com", rule) for n, rule in enumerate(rules)]
    assert refuse(ledger, 1, *notices).notice == expected == delivery(1).notice


# Once


def test_a_copy_of_a_message_is_not_answered_again_and_leaves_no_row(ledger):
    spent = []
    notice = asking(spent, rule=budget)
    assert [refuse(ledger, uid, notice, name="same").notice for uid in (1, 2, 3)] == ["queued", *["suppressed:Q18"] * 2]
    assert [one.delivery.uid for one in Notice.select()] == [1]
    assert spent[1:] == [replace(NOTHING, exists=True)] * 2, "its own first copy is no other notice"


def test_copies_in_one_transaction_are_answered_once(ledger):
    notice = asking([], rule=budget)
    batch = [refused(uid, Reason.RECIPIENT_INVALID, read=message("same"), notices=(notice,)) for uid in (1, 2)]
    assert [one.notice for one in commit(ledger, *batch)] == ["queued", "suppressed:Q18"]


def test_what_was_suppressed_once_stays_so_for_each_copy(ledger):
    refuse(ledger, 1, wanted_notice(Reason.RECIPIENT_INVALID, BAD, "Q16"), name="same")
    assert refuse(ledger, 2, asking([], rule=budget), name="same").notice == "suppressed:Q18"


def test_even_where_no_rule_forbids_it_there_is_one_row(ledger):
    notice = wanted_notice(Reason.RECIPIENT_INVALID, BAD)
    assert [refuse(ledger, uid, notice, name="same").notice for uid in (1, 2)] == ["queued", "suppressed:Q18"]
    assert Notice.select().count() == 1


def test_a_copy_with_another_bad_address_is_answered_about_that(ledger):
    refuse(ledger, 1, asking([], BAD, rule=budget), name="same")
    assert refuse(ledger, 2, asking([], WORSE, rule=budget), name="same").notice == "queued"
    assert sorted(one.address for one in Notice.select()) == [WORSE, BAD]


def test_a_message_that_is_filed_and_its_copy_are_answered_about_the_bad_address_once(ledger, organization):
    drafted = draft(user(organization, "anna@acme.fi"), project(organization, "1001"))
    notices = (asking([], rule=budget),)
    one, copy = (replace(to_file(uid, drafted, reason=Reason.RECIPIENT_INVALID), notices=notices) for uid in (1, 2))
    decided = commit(ledger, one, copy)
    assert [(each.outcome, each.notice) for each in decided] == [("filed", "queued"), ("duplicate", "suppressed:Q18")]
    assert (Activity.select().count(), Notice.select().count()) == (1, 1)


# Budgets


def test_nothing_was_spent_at_first(ledger):
    assert found(ledger) == NOTHING


@pytest.mark.parametrize(
    ("recipient", "address", "reason", "expected"),
    [
        ("anna@acme.fi", BAD, Reason.RECIPIENT_INVALID, (1, 1, 1, 1)),
        ("ANNA@Acme.FI", BAD, Reason.RECIPIENT_INVALID, (1, 1, 1, 1)),
        ("anna@acme.fi", WORSE, Reason.RECIPIENT_INVALID, (0, 1, 1, 1)),
        ("anna@acme.fi", BAD, Reason.RETIRED_ADDRESS, (0, 1, 1, 1)),
        ("anna+x@acme.fi", BAD, Reason.RECIPIENT_INVALID, (1, 1, 1, 1)),
        ("ben@acme.fi", BAD, Reason.RECIPIENT_INVALID, (0, 0, 1, 1)),
        ("ben@mx7.acme.fi", BAD, Reason.RECIPIENT_INVALID, (0, 0, 1, 1)),
        ("anna@evilacme.fi", BAD, Reason.RECIPIENT_INVALID, (0, 0, 0, 1)),
        ("anna@globex.fi", BAD, Reason.RECIPIENT_INVALID, (0, 0, 0, 1)),
        (None, BAD, Reason.RECIPIENT_INVALID, (0, 0, 0, 1)),
    ],
)
def test_what_counts_against_which_budget(ledger, recipient, address, reason, expected):
    refuse(ledger, 1, wanted_notice(Reason.RECIPIENT_INVALID, BAD, recipient="anna@acme.fi"))
    spent = found(ledger, address=address, reason=reason, recipient=recipient)
    assert (spent.alike, spent.to_recipient, spent.to_domain, spent.to_anybody) == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (HOUR - TICK, (1, 1, 1, 1)),
        (HOUR, (1, 1, 0, 0)),
        (2 * HOUR - TICK, (1, 1, 0, 0)),
        (2 * HOUR, (1, 0, 0, 0)),
        (24 * HOUR - TICK, (1, 0, 0, 0)),
        (24 * HOUR, (0, 0, 0, 0)),
    ],
)
def test_budgets_are_given_back_with_time(ledger, age, expected):
    refuse(ledger, 1, wanted_notice(Reason.RECIPIENT_INVALID, BAD))
    spent = found(ledger, now=NOW + age)
    assert (spent.alike, spent.to_recipient, spent.to_domain, spent.to_anybody) == expected


@pytest.mark.parametrize("state", ["pending", "sending", "sent", "failed"])
def test_a_notice_counts_whatever_became_of_it(ledger, state):
    refuse(ledger, 1, wanted_notice(Reason.RECIPIENT_INVALID, BAD))
    Notice.update(state=state).execute()
    assert found(ledger).alike == 1


def test_suppressed_notices_and_the_digest_count_nothing(ledger):
    refuse(ledger, 1, wanted_notice(Reason.RECIPIENT_INVALID, BAD, "Q15"))
    refuse(ledger, 2, wanted_notice(Reason.RECIPIENT_INVALID, BAD))
    Notice.update(delivery=None).where(Notice.rule.is_null()).execute()
    assert found(ledger) == NOTHING


def test_f38_500_refusals_of_one_sender_in_one_batch_are_answered_once_for_each_reason(ledger):
    notices = {
        reason: asking([], rule=budget, reason=reason) for reason in (Reason.RECIPIENT_INVALID, Reason.NO_SUBJECT)
    }
    batch = [
        refused(uid, reason, read=message(f"m{uid}"), notices=(notice,))
        for uid, (reason, notice) in enumerate(list(notices.items()) * 250, 1)
    ]
    decided = commit(ledger, *batch)
    assert [one.notice for one in decided] == ["queued"] * 2 + ["suppressed:Q17"] * 498
    assert not any(one.notices_halted for one in decided)


def test_f38_500_refusals_with_500_addresses_are_answered_five_times(ledger):
    batch = [
        refused(
            uid, Reason.RECIPIENT_INVALID, read=message(f"m{uid}"), notices=(asking([], f"{uid}.x@in.fi", rule=budget),)
        )
        for uid in range(1, 501)
    ]
    assert sum(one.notice == "queued" for one in commit(ledger, *batch)) == 5


def test_f38_500_refusals_of_one_domain_are_answered_50_times(ledger):
    batch = [
        refused(
            uid,
            Reason.RECIPIENT_INVALID,
            read=message(f"m{uid}"),
            notices=(asking([], rule=budget, recipient=f"u{uid}@acme.fi"),),
        )
        for uid in range(1, 501)
    ]
    decided = commit(ledger, *batch)
    assert sum(one.notice == "queued" for one in decided) == 50
    assert not any(one.notices_halted for one in decided)


def test_f38_500_refusals_of_500_domains_are_answered_200_times_and_the_others_say_so(ledger):
    batch = [
        refused(
            uid,
            Reason.RECIPIENT_INVALID,
            read=message(f"m{uid}"),
            notices=(asking([], rule=budget, recipient=f"a@d{uid}.fi"),),
        )
        for uid in range(1, 501)
    ]
    decided = commit(ledger, *batch)
    assert [one.notice for one in decided] == ["queued"] * 200 + ["suppressed:Q17"] * 300
    assert [one.notices_halted for one in decided] == [False] * 200 + [True] * 300


@sqlite_only
def test_counting_reads_no_old_and_no_suppressed_rows(ledger, database):
    """Each of the five questions is answered along an index, and budgets' indexes have nothing else in them."""
    statements = asked(lambda: refuse(ledger, 1, wanted_notice(Reason.RECIPIENT_INVALID, BAD)))
    plans = [plan_of(sql, values) for sql, values in statements if sql.startswith("SELECT") and 'FROM "notice"' in sql]
    expected = [
        "notice_identity_reason_address_sha256 (identity=? AND reason=? AND address_sha256=?)",
        "notice_to_recipient (recipient_sha256=? AND created_at>?)",
        "notice_to_recipient (recipient_sha256=? AND created_at>?)",
        "notice_to_domain (domain_sha256=? AND created_at>?)",
        "notice_to_anybody (created_at>?)",
    ]
    assert len(plans) == len(expected)
    for plan, index in zip(plans, expected, strict=True):
        assert index in plan
        assert "SCAN" not in plan
