from __future__ import annotations

import pytest

from poller.mail.reader import read_message


def message(charset, *lines):
    type_ = f'Content-Type: text/plain; charset="{charset}"'.encode("ascii")
    return read_message(b"\r\n".join([*lines, type_, b"", b"..."]))


@pytest.mark.parametrize("charset", ["gb2312", "big5", "koi8-r", "shift_jis", "euc-kr", "iso-8859-1", "utf-8"])
def test_subjects_and_names_without_a_label_are_in_the_charset_of_the_body(charset):
    text = {"gb2312": "邮件传输失败", "big5": "測試", "koi8-r": "Тест", "shift_jis": "テスト", "euc-kr": "시험"}.get(
        charset, "Päivä"
    )
    octets = text.encode(charset)
    read = message(
        charset,
        b"From: " + octets + b" <anna@acme.fi>",
        b'To: "' + octets + b'" <carl@globex.example>',
        b"Subject: " + octets,
    )
    assert (read.subject, read.author.name, read.recipients[0].mailbox.name) == (text, text, text)
    assert (read.author.key, read.malformed) == ("anna@acme.fi", None)


def test_utf_8_stays_utf_8_whatever_the_body_is_in():
    assert message("koi8-r", b"From: anna@acme.fi", "Subject: Päivä".encode()).subject == "Päivä"


def test_without_a_body_charset_they_are_what_they_look_like():
    octets = "Иванов Иван".encode("koi8_r")
    read = read_message(b"From: " + octets + b" <ivan@acme.fi>\r\nSubject: " + octets + b"\r\n\r\n...")
    assert (read.subject, read.author.name, read.malformed) == ("Иванов Иван", "Иванов Иван", None)


def test_octets_that_the_bodys_charset_does_not_know_are_windows_text():
    assert message("big5", b"From: anna@acme.fi", b"Subject: \x80\xff!").subject == "€ÿ!"


def test_a_charset_makes_no_address_of_octets():
    octets = b"From: \x95@acme.fi <a@x.example>"  # in Big5 and GBK an @ may be the second octet of a character
    assert message("gb2312", octets).author is None


def test_japanese_without_a_label_is_no_author():
    octets = "From: 日本".encode("iso2022_jp") + b" <anna@acme.fi>"
    assert message("iso-2022-jp", octets).author is None
