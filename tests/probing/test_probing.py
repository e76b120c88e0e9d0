"""`check --probe` against a real SMTP server, a real mailbox and a real DNS: only what delivers is a test's own."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from click.testing import CliRunner

from poller.cli import main
from tests.acceptance.authentication.keys import public
from tests.acceptance.authentication.signing import Sig, signature
from tests.probing.conftest import OUTSIDE
from tests.workplace import mail

DOT = re.compile(r"probe-([0-9a-f]{12})\.mycompany@in\.example\.com")
SENDER = "anna@acme.fi"


def received(client=OUTSIDE, by="mx.example.com"):
    now = format_datetime(datetime.now(UTC))
    return f"Received: from out.acme.fi (out.acme.fi [{client}]) by {by} (Postfix) with ESMTPS id 4Z; {now}\r\n"


def as_postfix_does(house, *, top="X-Original-To: {to}\r\n", border=None, change=lambda source: source, folder=""):
    """One copy for each recipient, with our server's fields on top."""

    def deliver(sender, recipients, source):
        for to in recipients:
            fields = f"Return-Path: <{sender}>\r\n{top}{border or received()}".format(to=to)
            house.put(fields.encode() + change(source), folder)
        return ""

    return deliver


def probe(house, controller, *words, **keys):
    path = house.workplace.write_settings(**house.keys(controller, **keys))
    ended = CliRunner().invoke(main, ["--settings", str(path), "check", "--probe", *words])
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.output
    return ended


def lines(ended, subject):
    said = ended.stdout.replace("\n  → ", " → ").splitlines()
    return [line.replace(f" {subject}: ", " ", 1) for line in said if line[2:].startswith(f"{subject}: ")]


def signed(source):
    """As a submission server does: over the whole message, in the author's name."""
    header, _, body = source.partition(b"\r\n\r\n")
    fields = [
        (name, value + b"\r\n") for name, _, value in (line.partition(b":") for line in header.split(b"\r\n") if line)
    ]
    return signature(Sig(), fields, body) + source


def with_key(house):
    house.dns.records = dict(house.dns.records) | {"s1._domainkey.acme.fi TXT": [f"v=DKIM1; k=rsa; p={public('rsa')}"]}


def test_a_site_that_is_set_up_well_is_told_so(house):
    with_key(house)
    controller = house.serving(as_postfix_does(house, change=signed))
    ended = probe(house, controller)
    assert ended.exit_code == 0, ended.output
    assert not [line for line in ended.stdout.splitlines() if line[0] in "!✗"]
    assert "2 copies, one for each recipient, came to INBOX after " in lines(ended, "arrival")[0]
    assert lines(ended, "dot form")[0].endswith("stands in X-Original-To, field 2, and is believed")
    assert lines(ended, "plus form")[0].endswith("stands in X-Original-To, field 2, and is believed")
    assert lines(ended, "border") == [f"✓ Received, field 3: mx.example.com took it from {OUTSIDE}"]
    assert "from Return-Path, field 1" in lines(ended, "envelope")[0]
    assert lines(ended, "SPF")[0].startswith("✓ pass: ")
    assert "the signature of acme.fi, selector s1, is valid" in lines(ended, "DKIM")[0]
    assert "mail of acme.fi by this way is believed" in lines(ended, "proof")[0]
    assert lines(ended, "clock") == ["✓ the clock here agrees with the mailbox and the border server"]
    assert [line[2:] for line in lines(ended, "settings")] == [
        "MAIL_PROVIDER=postfix, as it is now",
        "OUR_MTA_NAMES=mx.example.com, as it is now",
    ]


def test_the_probe_names_its_recipients_nowhere_and_is_marked_as_nobody_s_mail(house):
    controller = house.serving(as_postfix_does(house))
    nonce = DOT.search(probe(house, controller).stdout)[1]
    [(sender, recipients, source)] = controller.handler.taken
    dot, plus = f"probe-{nonce}.mycompany@in.example.com", f"mycompany+probe-{nonce}@in.example.com"
    assert (sender, recipients) == (SENDER, [dot, plus])
    assert b"mycompany" not in source
    assert b"\r\nAuto-Submitted: auto-replied\r\n" in source
    assert b"\r\nX-Mailfiler-Notice: probe\r\n" in source
    assert f"\r\nSubject: mailfiler probe {nonce}\r\n".encode() in source


def test_nothing_in_the_mailbox_is_changed(house):
    house.put(mail(1))
    before = house.workplace.user.count()
    probe(house, house.serving(as_postfix_does(house)))
    assert house.workplace.user.count() == before + 2
    assert list(house.workplace.user.maildir.glob("cur/*:2,?*")) == []
    assert not [one.name for one in house.workplace.user.maildir.glob(".*") if one.is_dir()]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"OUR_MTA_NAMES": ""}, ["OUR_MTA_NAMES is not set → OUR_MTA_NAMES=mx.example.com"]),
        ({"OUR_MTA_NAMES": "mx.acme.fi"}, ["OUR_MTA_NAMES is mx.acme.fi → OUR_MTA_NAMES=mx.example.com"]),
        ({"MAIL_PROVIDER": "exim"}, ["MAIL_PROVIDER is exim → MAIL_PROVIDER=postfix"]),
        (
            {"MAIL_PROVIDER": "generic", "OUR_MTA_NAMES": ""},
            [
                "MAIL_PROVIDER is generic → MAIL_PROVIDER=postfix",
                "OUR_MTA_NAMES is not set → OUR_MTA_NAMES=mx.example.com",
            ],
        ),
        (
            {"MAIL_PROVIDER": "gmail", "OUR_MTA_NAMES": ""},
            [
                "MAIL_PROVIDER is gmail → MAIL_PROVIDER=postfix",
                "OUR_MTA_NAMES is not set → OUR_MTA_NAMES=mx.example.com",
            ],
        ),
        (
            {"ENVELOPE_FROM_HEADER": "X-Envelope-From"},
            ["ENVELOPE_FROM_HEADER is x-envelope-from → remove ENVELOPE_FROM_HEADER"],
        ),
    ],
)
def test_settings_that_hide_the_border_are_told_with_the_right_ones(house, keys, told):
    ended = probe(house, house.serving(as_postfix_does(house)), **keys)
    assert ended.exit_code == 0, ended.output
    assert [line[2:] for line in lines(ended, "settings") if line[0] == "!"] == told
    assert lines(ended, "SPF")[0].startswith("✓ pass: ")
    assert lines(ended, "proof")[0].endswith("mail of acme.fi by this way is believed, with the settings below")


def test_a_field_for_the_envelope_sender_of_the_servers_own_is_found(house):
    top = "X-Envelope-From: anna@acme.fi\r\nReturn-Path: <bounces@mx.example.com>\r\nX-Original-To: {to}\r\n"
    ended = probe(house, house.serving(as_postfix_does(house, top=top)))
    assert "! ENVELOPE_FROM_HEADER is not set → ENVELOPE_FROM_HEADER=x-envelope-from" in lines(ended, "settings")


def test_a_field_that_the_settings_do_not_name_is_found(house):
    ended = probe(house, house.serving(as_postfix_does(house, top="X-Real-To: <{to}>\r\n")))
    assert ended.exit_code == 1
    assert all("stands in X-Real-To alone, where filing does not look" in lines(ended, f"{one} form")[0]
               for one in ("dot", "plus"))  # fmt: skip
    told = next(line for line in lines(ended, "settings") if "RECIPIENT_HEADERS" in line)
    assert "→ RECIPIENT_HEADERS=x-real-to x-original-to " in told


def test_a_server_that_names_the_recipient_in_its_received_alone_is_told_what_that_is_worth(house):
    border = received().replace("id 4Z", "id 4Z for <{to}>")
    ended = probe(house, house.serving(as_postfix_does(house, top="", border=border)))
    assert ended.exit_code == 0
    assert (
        "only where a message has no other → have your server write the envelope recipient"
        in (lines(ended, "plus form")[0])
    )


def test_a_site_where_nothing_carries_the_recipient_fails(house):
    ended = probe(house, house.serving(as_postfix_does(house, top="Delivered-To: catchall@in.example.com\r\n")))
    assert ended.exit_code == 1
    assert [lines(ended, f"{one} form")[0][0] for one in ("dot", "plus")] == ["✗", "✗"]
    assert "what comes by BCC is not filed → have your server write" in lines(ended, "dot form")[0]


def test_a_server_that_takes_the_subaddress_off_loses_the_number(house):
    def deliver(sender, recipients, source):
        for to in (recipients[0], "mycompany@in.example.com"):
            house.put(f"X-Original-To: {to}\r\n{received()}".encode() + source)
        return ""

    ended = probe(house, house.serving(deliver))
    assert ended.exit_code == 1
    assert lines(ended, "dot form")[0].startswith("✓")
    assert "arrived as mycompany@in.example.com, without what stood in the place" in lines(ended, "plus form")[0]


def test_one_copy_for_both_recipients_is_enough(house):
    def deliver(sender, recipients, source):
        fields = "".join(f"X-Original-To: {to}\r\n" for to in recipients)
        house.put(f"{fields}{received()}".encode() + source)
        return ""

    ended = probe(house, house.serving(deliver))
    assert ended.exit_code == 0
    assert "1 copy for both recipients came to INBOX" in lines(ended, "arrival")[0]


def test_a_refusal_of_one_form_is_quoted_and_the_other_goes_on(house):
    refuses = lambda to: "550 5.1.1 <mycompany+>: no such user" if "+" in to else ""  # noqa: E731 - as short as it is
    ended = probe(house, house.serving(as_postfix_does(house), refuses=refuses))
    assert ended.exit_code == 1
    [refused] = [line for line in lines(ended, "probe") if line[0] == "✗"]
    assert "refused mycompany+probe-" in refused
    assert "550 5.1.1 <mycompany+>: no such user, after RCPT → " in refused
    assert lines(ended, "dot form")[0].startswith("✓")
    assert lines(ended, "plus form") == []


def test_a_refused_sender_is_quoted_with_the_option_that_changes_it(house):
    ended = probe(house, house.serving(as_postfix_does(house), refuses_sender="553 5.7.1 not owned by you"))
    assert ended.exit_code == 1
    assert (
        "refused the sender anna@acme.fi: 553 5.7.1 not owned by you, after MAIL → --probe-from"
        in ended.stdout.replace("\n  → ", " → ")
    )


def test_a_refused_message_is_quoted(house):
    ended = probe(house, house.serving(lambda *_: "554 5.7.1 looks like spam"))
    assert ended.exit_code == 1
    assert "554 5.7.1 looks like spam, after the message → no recipient was at fault" in " ".join(ended.stdout.split())


def test_a_bounce_of_one_form_is_quoted(house):
    def deliver(sender, recipients, source):
        as_postfix_does(house)(sender, recipients[:1], source)
        house.put(
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\nSubject: Undelivered\r\n\r\n"
            b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; out.acme.fi\r\n\r\n"
            b"Final-Recipient: rfc822; " + recipients[1].encode() + b"\r\nAction: failed\r\nStatus: 5.1.1\r\n"
            b"Diagnostic-Code: smtp; 550 5.1.1 no such\r\n user here\r\n\r\n--b--\r\n"
        )
        return ""

    ended = probe(house, house.serving(deliver))
    assert ended.exit_code == 1
    assert "was refused on the way: 550 5.1.1 no such user here → the catch-all has" in lines(ended, "plus form")[0]


def test_a_form_that_does_not_arrive_is_told_of_when_the_time_is_up(house):
    def deliver(sender, recipients, source):
        return as_postfix_does(house)(sender, recipients[:1], source)

    ended = probe(house, house.serving(deliver), "--probe-wait", "2")
    assert ended.exit_code == 1
    assert (
        "it was lost, or one copy for several recipients names one of them alone → look for it"
        in lines(ended, "plus form")[0]
    )


def test_a_message_that_never_arrives_is_told_of_with_where_to_look(house):
    ended = probe(house, house.serving(lambda *_: ""), "--probe-wait", "1")
    assert ended.exit_code == 1
    [told] = lines(ended, "arrival")
    assert told.startswith("✗ nothing came to INBOX of")
    assert "mail for in.example.com goes to mx.example.com" in told


def test_a_message_in_another_folder_is_found_there(house):
    house.put(mail(1), ".Junk")
    ended = probe(house, house.serving(as_postfix_does(house, folder=".Junk")), "--probe-wait", "1")
    assert ended.exit_code == 1
    assert "it lies in Junk; mailfiler reads INBOX" in lines(ended, "arrival")[0]


def test_what_a_worker_has_moved_already_is_found_there(house):
    house.put(mail(1), ".Ignored")
    ended = probe(house, house.serving(as_postfix_does(house, folder=".Ignored")))
    assert ended.exit_code == 0
    assert "2 copies, one for each recipient, came to Ignored" in lines(ended, "arrival")[0]
    assert "the service has moved the probe to Ignored already" in lines(ended, "mailbox")[0]


def test_a_signature_that_breaks_on_the_way_is_told_of(house):
    with_key(house)
    controller = house.serving(as_postfix_does(house, change=lambda source: signed(source) + b"-- \r\nAcme Oy\r\n"))
    ended = probe(house, controller)
    assert ended.exit_code == 0
    assert lines(ended, "DKIM")[0].startswith("! the signature of acme.fi, selector s1, proves nothing: ")
    assert lines(ended, "proof")[0].startswith("✓")  # SPF passed all the same


def test_what_our_server_stamped_is_to_be_believed_where_signatures_break(house):
    with_key(house)
    top = "X-Original-To: {to}\r\nAuthentication-Results: mx.example.com; dkim=pass header.d=acme.fi header.s=s1\r\n"

    def change(source):
        taken_out = re.sub(rb"Authentication-Results:.*\r\n .*\r\n", b"", source)
        return signed(taken_out) + b"changed\r\n"

    border = received("203.0.113.66")  # which SPF does not name
    ended = probe(house, house.serving(as_postfix_does(house, top=top, border=border, change=change)))
    stamped, taken_out = lines(ended, "results")
    assert "mx.example.com stamps Authentication-Results, field 3, on top: " in stamped
    assert "say dkim=pass for acme.fi" in stamped
    assert "in the name of mx.example.com were taken out" in taken_out
    assert lines(ended, "proof")[0].startswith("✓ our server's Authentication-Results say that dkim passed for acme.fi")
    assert [line.partition("→ ")[2] for line in lines(ended, "settings") if line[0] == "!"] == [
        "AUTH_SOURCE=both",
        "TRUSTED_AUTHSERV_ID=mx.example.com",
        "AUTHRES_MTA_STAMPS_ALWAYS=true (if your server stamps every message)",
    ]


def test_a_forged_result_that_stays_in_is_told_of_where_results_are_believed(house):
    keys = {"AUTH_SOURCE": "both", "TRUSTED_AUTHSERV_ID": "mx.example.com", "AUTHRES_MTA_STAMPS_ALWAYS": "true"}
    ended = probe(house, house.serving(as_postfix_does(house)), **keys)
    assert any(line.startswith("! ") and "are still there → AUTH_SOURCE=compute" in line
               for line in lines(ended, "results"))  # fmt: skip


def test_a_message_that_came_from_inside_shows_no_border_and_no_spf(house):
    ended = probe(house, house.serving(as_postfix_does(house, border=received("127.0.0.1"))), OUR_MTA_NAMES="")
    assert "took it from 127.0.0.1" in lines(ended, "border")[0]
    assert "the probe never was outside → mailfiler check --probe=manual" in lines(ended, "border")[0]
    assert lines(ended, "SPF") == []
    assert lines(ended, "envelope")[0].startswith("✓")
    assert "! OUR_MTA_NAMES is not set → OUR_MTA_NAMES=mx.example.com" in lines(ended, "settings")


def test_a_clock_that_is_wrong_is_told_of(house):
    def deliver(sender, recipients, source):
        for to in recipients:
            fields = f"X-Original-To: {to}\r\n{received()}".encode()
            house.workplace.user.deliver(fields + source, datetime.now(UTC) - timedelta(hours=1))
        return ""

    [told] = lines(probe(house, house.serving(deliver)), "clock")
    assert re.fullmatch(r"! the mailbox noted .*, 3[56]\d\d s behind the clock here → set both by NTP: .*", told)


def test_a_mark_that_is_lost_on_the_way_is_told_of(house):
    change = lambda source: re.sub(rb"(Auto-Submitted|X-Mailfiler-Notice):.*\r\n", b"", source)  # noqa: E731
    ended = probe(house, house.serving(as_postfix_does(house, change=change)))
    assert lines(ended, "mark")[0].startswith("! the fields that keep a running service from filing the probe")


def test_a_name_server_that_does_not_answer_leaves_the_rest_to_be_told(house):
    ended = probe(
        house, house.serving(as_postfix_does(house, change=signed)), DNS_SERVERS="127.0.0.1:1", DNS_TIMEOUT="1"
    )
    assert ended.exit_code == 0
    assert "could not be checked" in lines(ended, "DKIM")[0]
    assert lines(ended, "SPF")[0].startswith("! temperror: ")
    assert lines(ended, "border")[0].startswith("✓")


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"IMAP_PASSWORD": "wrong"}, "Check IMAP_USERNAME and IMAP_PASSWORD"),
        ({"IMAP_FOLDER": "Nowhere"}, "IMAP_FOLDER: "),
        ({"SMTP_PORT": "1"}, ":1"),
    ],
)
def test_servers_that_cannot_be_used_are_findings(house, keys, told):
    ended = probe(house, house.serving(as_postfix_does(house)), **keys)
    assert ended.exit_code == 1
    assert any(line[0] == "✗" and told in line for line in lines(ended, "probe")), ended.stdout


def test_another_sender_and_another_organization_may_be_named(house):
    folder = house.workplace.folder / "organizations"
    folder.mkdir()
    text = "FILING_ADDRESS=globex@in.example.com\nACTIVITY_TYPE=E-mail\nACTIVITY_STATUS=done\n"
    (folder / "globex.env").write_text(text)
    controller = house.serving(as_postfix_does(house))
    ended = probe(house, controller, "--organization", "GLOBEX", "--probe-from", "bert@acme.fi")
    assert ended.exit_code == 0, ended.output
    [(sender, recipients, _)] = controller.handler.taken
    assert sender == "bert@acme.fi"
    assert recipients[0].endswith(".globex@in.example.com")
    assert recipients[1].startswith("globex+probe-")


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--organization", "initech"), 65, "there is no organization initech; known are mycompany"),
        (("--probe-from", "nobody"), 2, "nobody"),
    ],
)
def test_what_does_not_exist_is_refused_before_anything_is_sent(house, words, status, told):
    controller = house.serving(as_postfix_does(house))
    ended = probe(house, controller, *words)
    assert ended.exit_code == status
    assert told in ended.stderr
    assert controller.handler.taken == []
