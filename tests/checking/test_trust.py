"""Recent mail, and what is said of the border of trust in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from poller.checking.trust import check_trust
from poller.settings import AuthSource, Provider
from tests.checking.test_recipients import RECEIVED, checked

RETURN_PATH = "Return-Path: <anna@acme.fi>"
RESULTS = "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=acme.fi"
OTHERS = "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=acme.fi"


def told(tmp_path, mail, **changes):
    looked = checked(tmp_path, mail)
    auth = replace(looked.settings.auth, **{"our_mta_names": ("mx.example.com",)} | changes)
    looked.settings = replace(looked.settings, auth=auth)
    return [(found.ok, found.sentence, found.remedy) for found in check_trust(looked)]


def test_a_border_that_is_found_is_well(tmp_path):
    found = told(tmp_path, [[RETURN_PATH, RECEIVED], [RETURN_PATH, RECEIVED]])
    assert found == [
        (True, "the border server is found in 2 of 2 messages: by mx.example.com", ""),
        (True, "Return-Path tells the envelope sender in 2 of 2 messages", ""),
    ]


@pytest.mark.parametrize(
    ("names", "provider", "ok", "start"),
    [
        ((), Provider.GENERIC, True, "OUR_MTA_NAMES and MAIL_PROVIDER are not set, so that SPF cannot be evaluated; "),
        ((), Provider.POSTFIX, True, "OUR_MTA_NAMES is not set, so that SPF cannot be evaluated; "),
        (("mx.example.org",), Provider.POSTFIX, False, "OUR_MTA_NAMES=mx.example.org finds the border server in no "),
    ],
)
def test_a_border_that_is_not_found_is_told_with_the_name_that_is_there(tmp_path, names, provider, ok, start):
    ((is_ok, sentence, remedy),) = told(tmp_path, [[RETURN_PATH, RECEIVED]], our_mta_names=names, provider=provider)
    assert (is_ok, remedy) == (ok, "OUR_MTA_NAMES=mx.example.com")
    assert sentence.startswith(start)
    assert sentence.endswith("the topmost Received fields say by mx.example.com")


def test_a_trace_that_cannot_be_read_has_no_name(tmp_path):
    ((_, sentence, remedy),) = told(tmp_path, [["Received: (qmail 1 invoked by uid 89); d"]], our_mta_names=())
    assert sentence.endswith("their Received cannot be read")
    assert remedy == "OUR_MTA_NAMES=…"


def test_mail_that_came_over_no_network_shows_nothing(tmp_path):
    assert told(tmp_path, [["Subject: x"]])[0][2] == ""
    ((ok, sentence, remedy),) = told(tmp_path, [], our_mta_names=())
    assert ok
    assert sentence.startswith("OUR_MTA_NAMES is not set")
    assert remedy.startswith("OUR_MTA_NAMES=… as your mail server names itself")


@pytest.mark.parametrize(
    ("lines", "remedy"),
    [
        (["X-Envelope-From: <anna@acme.fi>", RECEIVED], "ENVELOPE_FROM_HEADER=X-Envelope-From"),
        ([RECEIVED, "X-Envelope-From: <anna@acme.fi>"], "ENVELOPE_FROM_HEADER=… once the server writes one"),
        ([RETURN_PATH, RETURN_PATH, RECEIVED], "ENVELOPE_FROM_HEADER=… once the server writes one"),
    ],
)
def test_an_envelope_sender_that_nobody_notes_is_told(tmp_path, lines, remedy):
    ok, sentence, said = told(tmp_path, [lines])[1]
    assert (ok, said) == (True, remedy)
    assert sentence.startswith("no message has one Return-Path above the border server's Received")


def test_a_border_that_took_mail_from_a_private_network_is_perhaps_none(tmp_path):
    inside = RECEIVED.replace("192.0.2.7", "10.0.0.5")
    ok, sentence, remedy = told(tmp_path, [[RETURN_PATH, inside]])[0]
    assert ok
    assert "from 10.0.0.5, which is in a private network" in sentence
    assert remedy == "TRUSTED_RELAYS=127.0.0.1 ::1 10.0.0.5, if that is your own relay"


def test_mail_that_came_from_ourselves_has_no_border(tmp_path):
    ours = "Received: by mx.example.com (Postfix, from userid 1000) id 4; d"
    assert told(tmp_path, [[ours]]) == [
        (True, "every message (1 seen) came from servers of our own, so that no border is seen in them", "")
    ]


def test_a_border_that_hides_its_client_is_told(tmp_path):
    blind = "Received: by mx.example.com (Postfix) with ESMTP id 4; d"
    ((ok, sentence, remedy),) = told(tmp_path, [[blind]])
    assert ok
    assert sentence.startswith("the Received of mx.example.com does not show the client's address")
    assert remedy.startswith("MAIL_PROVIDER=…")


def test_another_server_that_most_mail_came_by_is_named(tmp_path):
    other = RECEIVED.replace("mx.example.com", "mx2.example.com")
    ok, sentence, remedy = told(tmp_path, [[RETURN_PATH, RECEIVED], [other], [other]])[0]
    assert ok
    assert sentence.endswith("is found in 1 message, and in 2 none of ours is on top, but by mx2.example.com")
    assert remedy == "OUR_MTA_NAMES=mx.example.com mx2.example.com, if that is yours"


@pytest.mark.parametrize(
    ("lines", "sentence", "remedy"),
    [
        ([RETURN_PATH, RESULTS, RECEIVED], "are believed in 1 of 1 message", ""),
        (
            [RETURN_PATH, OTHERS, RECEIVED],
            "are found in no message (1 seen); those on top are of mx.example.org",
            "TRUSTED_AUTHSERV_ID=mx.example.org, if that is your own server",
        ),
        (
            [RETURN_PATH, RECEIVED],
            "are found in no message (1 seen); there are none",
            "AUTH_SOURCE=compute, or have the server stamp every message",
        ),
    ],
)
def test_results_are_looked_for_where_they_are_believed(tmp_path, lines, sentence, remedy):
    found = told(tmp_path, [lines], source=AuthSource.BOTH, authserv_ids=("mx.example.com",))[-1]
    assert found == (True, f"Authentication-Results of mx.example.com {sentence}", remedy)
