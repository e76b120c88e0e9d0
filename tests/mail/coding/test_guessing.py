from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.coding.charsets import decode
from poller.mail.coding.guessing import likely_codec
from tests.cpu import cpu_within

RUSSIAN = "Здравствуйте, высылаем обновлённый договор и счёт на оплату."
CHINESE = "您好，会议改到星期五下午三点，请您尽快回复确认。"
JAPANESE = "お世話になっております。会議は金曜日の午後三時に変更されました。"
KOREAN = "안녕하세요. 회의는 금요일 오후 세 시로 변경되었습니다."


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        ("Re: " + RUSSIAN + " Best regards, Ivan", "cp1251"),
        (CHINESE, "gb18030"),
        ("[Spam] " + CHINESE + " http://x.example/", "gb18030"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "cp949"),
        ("Hyvää päivää, sää on hyvä ja määrä riittävä: ääliö älä lyö, ööliä läikkyy.", "cp1252"),
        ("Ær, Ærø, æøå: blåbærsyltetøj på smørrebrød", "cp1252"),
        ("Où êtes-vous ? À Noël, l’été « créée »", "cp1252"),
        ("€ 5 – 10 … “quoted”", "cp1252"),
        ("ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", "cp1252"),
        ("Straße, Grüße, größer", "cp1252"),
    ],
)
def test_words_tell_what_unlabelled_octets_are_in(text, codec):
    assert likely_codec(text.encode(codec)) == codec
    assert decode(text.encode(codec), None) == text
    assert decode(text.encode(codec), "us-ascii") == text


def test_a_label_is_believed():
    assert decode(RUSSIAN.encode("cp1251"), "iso-8859-1") == RUSSIAN.encode("cp1251").decode("cp1252", "replace")


def test_the_beginning_is_enough():
    octets = RUSSIAN.encode("cp1251") * 100_000
    with cpu_within(0.1):
        assert likely_codec(octets) == "cp1251"


@given(st.binary())
def test_any_octets_have_a_codec(octets):
    assert isinstance(octets.decode(likely_codec(octets), "replace"), str)
