"""Handing over notices: what is said, and what becomes of each answer and each silence."""

from __future__ import annotations

import threading

import pytest

from poller.errors import LoginRefused, Transient
from poller.submission import Accepted, Later, Refused, Transport, Unclear
from poller.submission import connection as connections
from tests.servers.smtp import CUT, DRIP, HANG_UP, STALL, ScriptedSmtp

NOTICE = b"Subject: Not filed\r\nMessage-ID: <1@in.example.com>\r\n\r\nNo such project.\r\n"
ANNA = "anna@acme.fi"


def sent(server, *, recipient=ANNA, message=NOTICE, **keys):
    transport = Transport(server.settings(**keys))
    try:
        transport.make_ready()
        return transport.send(recipient, message)
    finally:
        transport.close()


def test_a_notice_has_a_null_sender_and_one_recipient():
    with ScriptedSmtp() as server:
        assert sent(server) == Accepted()
    (taken,) = server.taken
    assert (taken.sender, taken.recipient, taken.message) == ("", ANNA, NOTICE)
    assert server.said == [
        "EHLO mail.example.com",
        f"MAIL FROM:<> SIZE={len(NOTICE)}",
        f"RCPT TO:<{ANNA}>",
        "DATA",
        "QUIT",
    ]


def test_a_server_without_extensions_gets_no_parameters():
    with ScriptedSmtp(extensions=()) as server:
        assert sent(server) == Accepted()
    assert "MAIL FROM:<>" in server.said


def test_many_notices_share_a_connection():
    with ScriptedSmtp() as server:
        transport = Transport(server.settings())
        for number in range(3):
            transport.make_ready()
            assert transport.send(f"{number}@acme.fi", NOTICE) == Accepted()
        transport.close()
    assert server.connections == 1
    assert [one.recipient for one in server.taken] == ["0@acme.fi", "1@acme.fi", "2@acme.fi"]


@pytest.mark.parametrize("answer", ["421 4.4.2 idle for too long", "421 too many messages", HANG_UP, "451 no"])
def test_a_connection_that_was_lost_between_two_notices_is_opened_again(answer):
    with ScriptedSmtp(answers={"RSET": answer}) as server:
        transport = Transport(server.settings())
        for _ in range(2):
            transport.make_ready()
            assert transport.send(ANNA, NOTICE) == Accepted()
        transport.close()
    assert (server.connections, len(server.taken)) == (2, 2)


STAGES = ["MAIL", "RCPT", "DATA", "."]


@pytest.mark.parametrize("stage", STAGES)
def test_f31_a_temporary_refusal_at_each_stage_means_later(stage):
    with ScriptedSmtp(answers={stage: "451 4.7.1 greylisted"}) as server:
        outcome = sent(server)
    named = "the message" if stage == "." else stage
    assert outcome == Later(f"localhost:{server.port}: the server said 451 4.7.1 greylisted, after {named}.")
    assert not server.taken


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "."])
def test_f32_a_refusal_for_good_is_final_at_each_stage(stage):
    with ScriptedSmtp(answers={stage: "550 5.1.1 no such user"}) as server:
        outcome = sent(server, envelope_from="notices@example.com")
    assert isinstance(outcome, Refused)
    assert "the server said 550 5.1.1 no such user" in outcome.why
    assert server.commands().count("MAIL") == 1


@pytest.mark.parametrize("answer", ["421 4.3.2 shutting down", HANG_UP, "what?"])
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_f31_a_connection_lost_before_the_message_is_no_attempt(stage, answer):
    with ScriptedSmtp(answers={stage: answer}) as server:
        outcome = sent(server)
    assert isinstance(outcome, Later)
    assert not outcome.reached
    assert f"{stage}" in outcome.why


@pytest.mark.parametrize("answers", [{".": HANG_UP}, {"DATA": CUT}, {".": "what?"}])
def test_f33_a_connection_lost_after_the_final_dot_leaves_it_unclear(answers):
    with ScriptedSmtp(answers=answers) as server:
        outcome = sent(server)
    assert isinstance(outcome, Unclear)
    assert "the message" in outcome.why


def test_f33_a_server_that_closes_instead_of_accepting_has_not_accepted():
    with ScriptedSmtp(answers={".": "421 4.3.2 shutting down"}) as server:
        outcome = sent(server)
    assert isinstance(outcome, Later)
    assert not outcome.reached


@pytest.mark.parametrize(("stage", "kind"), [("MAIL", Later), ("RCPT", Later), ("DATA", Later), (".", Unclear)])
@pytest.mark.parametrize("silence", [STALL, DRIP])
def test_a_server_that_falls_silent_is_given_up(stage, kind, silence, monkeypatch):
    # Whoever is not silent has the time to answer, on a busy machine too.
    monkeypatch.setattr(connections, "STEP_SECONDS", 1)
    monkeypatch.setattr(connections, "ACCEPTANCE_SECONDS", 0.2)
    monkeypatch.setattr("poller.submission.transport.DIALOGUE_SECONDS", 2)
    with ScriptedSmtp(answers={stage: silence}) as server:
        assert isinstance(sent(server), kind)


@pytest.mark.parametrize("stage", STAGES)
def test_another_thread_ends_it_at_every_stage(stage):
    with ScriptedSmtp(answers={stage: STALL}) as server:
        transport = Transport(server.settings())
        transport.make_ready()
        threading.Timer(0.1, transport.abort).start()
        assert isinstance(transport.send(ANNA, NOTICE), Later | Unclear)
        transport.close()


def test_f36_a_null_sender_that_is_refused_gives_way_to_the_configured_one():
    with ScriptedSmtp(answers={"MAIL FROM:<>": "553 5.1.7 empty senders not allowed"}) as server:
        assert sent(server, envelope_from="notices@example.com") == Accepted()
    assert server.taken[0].sender == "notices@example.com"


@pytest.mark.parametrize("stage", ["RCPT", "."])
def test_f36_so_it_does_where_the_sender_is_blamed_later(stage):
    blame = "553 5.7.1 <>: Sender address rejected: not owned by user"
    with ScriptedSmtp(answers={stage: [blame, "250 2.1.5 OK"]}) as server:
        assert sent(server, envelope_from="notices@example.com") == Accepted()
    assert [one.sender for one in server.taken] == ["notices@example.com"]


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "."])
def test_f36_without_a_configured_sender_it_fails_and_the_key_is_named(stage):
    with ScriptedSmtp(answers={stage: "553 5.7.1 <>: Sender address rejected"}) as server:
        outcome = sent(server)
    assert isinstance(outcome, Refused)
    assert "refused the null sender: 553 5.7.1" in outcome.why
    assert "Set NOTICE_ENVELOPE_FROM" in outcome.why


def test_f36_a_configured_sender_that_is_refused_too_is_final():
    with ScriptedSmtp(answers={"MAIL": "553 5.1.8 unknown sender"}) as server:
        outcome = sent(server, envelope_from="notices@example.com")
    assert isinstance(outcome, Refused)
    assert server.commands().count("MAIL") == 2


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_a_login_that_is_missing_is_the_settings_fault_not_the_notices(stage):
    with ScriptedSmtp(answers={stage: "530 5.7.0 Authentication required"}) as server:
        outcome = sent(server, envelope_from="notices@example.com")
    assert isinstance(outcome, Later)
    assert not outcome.reached
    assert "Check SMTP_USERNAME" in outcome.why


def test_f31_a_refused_login_stops_all_before_any_notice_is_begun():
    answers = {"AUTH": "535 5.7.8 wrong"}
    with ScriptedSmtp(extensions=("AUTH PLAIN",), answers=answers) as server, pytest.raises(LoginRefused):
        sent(server, username="anna", password="geheim")
    assert server.commands() == ["EHLO", "AUTH"]


def test_nothing_is_sent_before_it_is_ready():
    with ScriptedSmtp() as server, pytest.raises(Transient):
        Transport(server.settings()).send(ANNA, NOTICE)
    assert not server.connections


@pytest.mark.parametrize(
    ("recipient", "message", "parameters"),
    [
        ("änna@acme.fi", NOTICE, ("SMTPUTF8",)),
        (ANNA, NOTICE + "ä\r\n".encode(), ("BODY=8BITMIME",)),
        ("änna@acme.fi", NOTICE + "ä\r\n".encode(), ("BODY=8BITMIME", "SMTPUTF8")),
        ("anna@ääkkönen.fi", NOTICE, ()),
    ],
)
def test_what_is_not_ascii_is_announced_where_it_has_no_ascii_form(recipient, message, parameters):
    with ScriptedSmtp(extensions=("SMTPUTF8", "8BITMIME")) as server:
        assert sent(server, recipient=recipient, message=message) == Accepted()
    assert server.taken[0].parameters == parameters
    assert server.taken[0].message == message


def test_an_international_domain_goes_as_its_a_labels():
    with ScriptedSmtp() as server:
        sent(server, recipient="anna@ääkkönen.fi")
    assert server.taken[0].recipient == "anna@xn--kknen-fraa0m.fi"


@pytest.mark.parametrize(
    ("recipient", "message", "lacking"),
    [("änna@acme.fi", NOTICE, "SMTPUTF8"), (ANNA, NOTICE + "ä\r\n".encode(), "8BITMIME")],
)
def test_a_server_that_cannot_carry_it_refuses_it_for_good(recipient, message, lacking):
    with ScriptedSmtp(extensions=()) as server:
        outcome = sent(server, recipient=recipient, message=message)
    assert isinstance(outcome, Refused)
    assert f"lacks {lacking}" in outcome.why
    assert "MAIL" not in server.commands()


def test_a_server_that_does_not_answer_quit_holds_up_no_end(monkeypatch):
    monkeypatch.setattr("poller.submission.transport._FAREWELL_SECONDS", 0.1)
    with ScriptedSmtp(answers={"QUIT": STALL}) as server:
        assert sent(server) == Accepted()
