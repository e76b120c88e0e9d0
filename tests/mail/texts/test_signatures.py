from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.texts.signatures import MAX_SIGNATURE, signature_from
from tests.cpu import cpu_within


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        *(("", None), ("Hello", None), ("-- \nAnna", "-- \nAnna"), ("Hi\n\n--\nAnna", "--\nAnna"), ("Hi\n-- ", "-- ")),
        ("Hi\n\n-- \nAnna\n-- \nlist", "-- \nAnna\n-- \nlist"),
        ("Best regards,\nAnna\n\n-- \nAcme", "-- \nAcme"),
        ("Hi\n--\n" + "line\n" * 30, None),
        ("Hi\n- one\n- two\n---\n-- x", None),
        ("Hi\n\nSent from my iPhone", "Sent from my iPhone"),
        ("Hi\n\nLähetetty iPhonesta", "Lähetetty iPhonesta"),
        ("Hei\nLähetetty Samsung Galaxy -älypuhelimestani.", "Lähetetty Samsung Galaxy -älypuhelimestani."),
        ("Hei\n\nHanki Outlook for iOS (https://aka.ms/x)", "Hanki Outlook for iOS (https://aka.ms/x)"),
        ("Hej\n\nSkickat från min iPhone", "Skickat från min iPhone"),
        ("Hallo\n\nVon meinem iPhone gesendet", "Von meinem iPhone gesendet"),
        ("Bonjour\n\nEnvoyé de mon iPhone", "Envoyé de mon iPhone"),
        ("Hola\n\nEnviado desde mi iPhone", "Enviado desde mi iPhone"),
        ("Hoi\n\nVerstuurd vanaf mijn iPhone", "Verstuurd vanaf mijn iPhone"),
        ("Hej\n\nSendt fra min iPhone", "Sendt fra min iPhone"),
        ("Tere\n\nSaadetud minu iPhone'ist", "Saadetud minu iPhone'ist"),
        ("Привет\n\nОтправлено с iPhone", "Отправлено с iPhone"),
        ("はい\n\niPhoneから送信", "iPhoneから送信"),
        ("Sent from my iPhone is what it adds.\n" + "text\n" * 20, None),
        ("It was sent from my desk", None),
        ("Asia.\n\nYstävällisin terveisin\nAnna Aalto\nAcme Oy", "Ystävällisin terveisin\nAnna Aalto\nAcme Oy"),
        ("Asia.\nYstävällisin terveisin / Best regards\nAnna", "Ystävällisin terveisin / Best regards\nAnna"),
        ("Asia.\nTerveisin Anna", "Terveisin Anna"),
        ("Asia.\n*Terveisin/Best regards*", "*Terveisin/Best regards*"),
        ("Asia.\n/\n" + " " * 200 + "x", None),
        ("Sak.\n\nMed vänliga hälsningar,\nBo", "Med vänliga hälsningar,\nBo"),
        ("Das.\n\nMit freundlichen Grüßen\nBo", "Mit freundlichen Grüßen\nBo"),
        ("Best regards to everybody at the office", None),
        ("Hälsningar från hela vårt stora kontor", None),
    ],
)
def test_a_signature_is_marked(text, signature):
    start = signature_from(text, None)
    assert (None if start is None else text[start:]) == (
        signature and signature.rstrip() if start is None else signature
    )


def test_only_what_stands_above_the_history_is_the_authors():
    text = "Hi\n-- \nAnna\n\n> old\n> -- \n> Bo\n-- \nBo"
    assert signature_from(text, text.index("> old")) == text.index("-- ")
    assert signature_from("Hi\n\nFrom: Bo\n-- \nBo", 4) is None
    assert signature_from("> old\n> -- \n> Bo", 0) is None
    assert signature_from("> -- \n> Bo\n\nanswer", None) is None


def test_a_delimiter_far_from_the_end_delimits_nothing():
    assert signature_from("Hi\n-- \n" + "line\n" * MAX_SIGNATURE, None) is None


@pytest.mark.parametrize(
    "piece", ["-- \n", "\n", "x", "lähetetty ", "terveisin ", "/", "a " * 59 + "\n", "sent from my \n"]
)
def test_work_is_bounded_for_a_long_text(piece):
    with cpu_within(1):
        signature_from(piece * (2_000_000 // len(piece)), None)


@given(
    st.lists(st.sampled_from(["-- ", "\n", "Terveisin", "x", "> ", "Sent from my phone", "--"])).map("".join),
    st.none() | st.integers(0, 40),
)
def test_the_offset_starts_a_line_of_the_own_text(text, quoted_from):
    start = signature_from(text, quoted_from)
    assert start is None or start == 0 or text[start - 1] == "\n"
    assert start is None or quoted_from is None or start <= quoted_from
