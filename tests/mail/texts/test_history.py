from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.texts.history import MAX_VALUE, Label, Separator, is_block, read_block, separator_of


@pytest.mark.parametrize(
    ("line", "separator"),
    [
        ("---------- Forwarded message ---------", Separator.FORWARDED),
        ("-------- Forwarded Message --------", Separator.FORWARDED),
        ("-------- Välitetty viesti / Fwd.Msg --------", Separator.FORWARDED),
        ("-------- Weitergeleitete Nachricht --------", Separator.FORWARDED),
        ("-------- Vidarebefordrat meddelande --------", Separator.FORWARDED),
        ("-------- Edastatud kiri --------", Separator.FORWARDED),
        ("-------- İletilen İleti --------", Separator.FORWARDED),
        ("----- Forwarded by Bo Berg/ACME on 02.03.2026 10:00 -----", Separator.FORWARDED),
        ("Begin forwarded message:", Separator.FORWARDED),
        ("Début du message réexpédié :", Separator.FORWARDED),
        ("Videresendt melding:", Separator.FORWARDED),
        ("-----Original Message-----", Separator.ORIGINAL),
        ("-----Alkuperäinen viesti-----", Separator.ORIGINAL),
        ("Begin forwarded message", None),
        ("Forwarded message", None),
        ("Original Message:", None),
        ("-- ", None),
        ("________________________________", None),
        ("- forwarded message", None),
        ("--" + "-" * 500 + " Forwarded message", None),
    ],
)
def test_a_separator_says_what_is_below_it(line, separator):
    assert separator_of(line) is separator


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["From: Bo <b@x.fi>", "Sent: today"], True),
        (["From: Bo", "Sent: today", "Subject: x"], True),
        (["*From:* Bo", "*Sent:* today", "*Subject:* x"], True),
        (["De : Bo", "Envoyé : hier", "Objet :"], True),
        (["差出人： Bo", "宛先： Cara", "日付： 今日", "件名： x"], True),
        (["From: Bo", "To: Cara", "Cc: Dan", "Date: today", "Subject: x"], True),
        (["From: Helsinki", "To: Tampere", "Date: today"], False),
        (["Van: Ford Transit", "Datum: vandaag", "Prijs: 100"], False),
        (["From: Bo", "a", "b", "c", "Date: today"], False),
        (["From:", "Sent: today"], False),
        (["From: Bo", "To: Cara"], False),
        (["Sent: today", "From: Bo"], False),
    ],
)
def test_a_block_is_an_author_a_date_and_an_address_or_a_subject(lines, found):
    assert is_block(lines, 0) is found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("From: Bo\nDate: x\n\nTo: me it is new", {Label.AUTHOR: "Bo", Label.DATE: "x", Label.TO: "me it is new"}),
        ("From: Bo\n\nDate: x\n\n\nText: y", {Label.AUTHOR: "Bo", Label.DATE: "x"}),
        ("From: Bo\nTo: a;\nb;\nc\nHello: d", {Label.AUTHOR: "Bo", Label.TO: "a; b; c"}),
        ("From: Bo\nSubject: long\n and more\ntext", {Label.AUTHOR: "Bo", Label.SUBJECT: "long and more"}),
        ("Reply-To: x\nBcc: y\nFrom: Bo", {Label.AUTHOR: "Bo"}),
        ("From: Bo\nFrom: Cara", {Label.AUTHOR: "Bo"}),
        ("", {}),
        ("Hello", {}),
    ],
)
def test_a_block_ends_where_something_else_begins(text, values):
    found = read_block(text.split("\n"))
    assert {label: value for label, value in found.values.items() if label is not Label.OTHER} == values


def test_values_are_bounded():
    block = read_block(["From: " + "x" * 100_000, *("To: a,", *["b" * 10_000 + ","] * 50)])
    assert max(map(len, block.values.values())) <= MAX_VALUE


@given(st.lists(st.sampled_from(["From: a", "Sent: b", "To: c;", " d", "", "text", "Aihe : x", ":", "*: *", "："])))
def test_any_lines_are_a_block_or_not(lines):
    block = read_block(lines)
    assert all("\n" not in value for value in block.values.values())
    assert not lines or isinstance(is_block(lines, 0), bool)
