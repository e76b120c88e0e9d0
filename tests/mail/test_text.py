from __future__ import annotations

from poller.mail import text
from poller.mail.header import split_header
from poller.mail.structure import parts_of
from poller.mail.text import read_body


def read(source):
    header = split_header(source)
    return read_body(source, parts_of(source, header.fields, header.body_offset).parts)


def test_a_text_without_end_is_cut_and_kept_as_a_file(monkeypatch):
    monkeypatch.setattr(text, "MAX_TEXT", 1_000)
    body = read(b"Subject: x\r\n\r\n" + b"word " * 1_000)
    assert body.text == ("word " * 200).strip()
    assert len(body.files) == 1
    assert body.defects


def test_html_says_its_charset_in_itself_when_its_header_does_not():
    source = b'Content-Type: text/html\r\n\r\n<meta http-equiv=x content="text/html; charset=iso-8859-2"><p>\xb1'
    assert read(source).text == "ą"


def test_spare_renderings_are_neither_text_nor_files():
    part = b"--b\r\nContent-Type: text/%s\r\n\r\n%s\r\n"
    source = b"Content-Type: multipart/alternative; boundary=b\r\n\r\n" + part % (b"plain", b"one")
    source += part % (b"x-amp-html", b"two") + part % (b"calendar", b"three") + part % (b"html", b"<p>one") + b"--b--"
    body = read(source)
    assert (body.text, body.html) == ("one", "<p>one")
    assert [part.content_type.value for part in body.files] == ["text/calendar"]


def test_text_of_a_type_that_nobody_knows_is_read_when_it_is_all_there_is():
    assert read(b"Content-Type: text/enriched; name=x\r\n\r\n<bold>hi</bold>").text == "<bold>hi</bold>"
