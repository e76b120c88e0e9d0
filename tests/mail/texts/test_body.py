from __future__ import annotations

import pytest

from poller.mail.header import split_header
from poller.mail.parts.structure import parts_of
from poller.mail.texts import body as body_of
from poller.mail.texts.body import read_body


def read(source):
    header = split_header(source)
    return read_body(source, parts_of(source, header.fields, header.body_offset).parts)


def test_a_text_without_end_is_cut_and_kept_as_a_file(monkeypatch):
    monkeypatch.setattr(body_of, "MAX_TEXT", 1_000)
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
    assert read(b"Content-Type: text/x-verse; name=x\r\n\r\nhi").text == "hi"


@pytest.mark.parametrize(
    ("kind", "files"),
    [("text/csv", 1), ("text/vcard", 1), ("text/x-vcard", 1), ("text/rtf", 1), ("text/calendar", 1), ("text/x-log", 0)],
)
def test_a_document_is_a_file_even_where_it_is_all_there_is(kind, files):
    body = read(f"Content-Type: {kind}\r\n\r\nsaid".encode())
    assert (body.text, len(body.files)) == ("" if files else "said", files)


PARTS = {
    "plain": "Content-Type: text/plain\r\n\r\nplain",
    "html": "Content-Type: text/html\r\n\r\n<p>page</p>",
    "stub": "Content-Type: text/plain\r\n\r\nYour mail program does not support HTML messages.",
    "of html": "Content-Type: text/plain\r\n\r\nThe HTML page is ready.",
    "page of html": "Content-Type: text/html\r\n\r\n<p>The <b>HTML</b> page is ready.</p>",
    "enriched": "Content-Type: text/enriched\r\n\r\n<bold>rich</bold>\r\ntext",
    "richtext": "Content-Type: text/richtext\r\n\r\n<bold>rich</bold> <lt>text<nl>too",
    "markdown": "Content-Type: text/markdown\r\n\r\n# down",
    "amp": "Content-Type: text/x-amp-html\r\n\r\namp",
    "named": "Content-Type: text/plain; name=a.txt\r\n\r\nnamed",
    "named page": "Content-Type: text/html; name=a.html\r\n\r\n<p>named",
    "saved": "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nsaved",
    "signed page": "Content-Type: text/html\r\n\r\n<pre>-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\n"
    "it stands\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\nabc\r\n-----END PGP SIGNATURE-----</pre>",
}


@pytest.mark.parametrize(
    ("subtype", "parts", "said"),
    [
        ("alternative", ["plain", "html"], "plain"),
        ("alternative", ["stub", "html"], "page"),
        ("alternative", ["stub"], "Your mail program does not support HTML messages."),
        ("alternative", ["of html", "page of html"], "The HTML page is ready."),
        ("alternative", ["enriched"], "rich text"),
        ("alternative", ["plain", "enriched"], "plain"),
        ("alternative", ["markdown", "html"], "page"),
        ("alternative", ["amp"], "amp"),
        ("mixed", ["enriched", "richtext", "markdown"], "rich text\n\nrich <text\ntoo\n\n# down"),
        ("mixed", ["named"], "named"),
        ("mixed", ["named page"], "named"),
        ("mixed", ["plain", "named"], "plain"),
        ("mixed", ["saved"], ""),
        ("mixed", ["html", "plain"], "page\n\nplain"),
        ("mixed", ["signed page"], "it stands"),
    ],
)
def test_what_is_said_is_read(subtype, parts, said):
    source = f"Content-Type: multipart/{subtype}; boundary=b\r\n\r\n"
    source += "".join(f"--b\r\n{PARTS[part]}\r\n" for part in parts) + "--b--"
    assert read(source.encode()).text == said


@pytest.mark.parametrize(
    ("parts", "page"),
    [
        (["html"], None),
        (["plain"], None),
        (["html", "html"], None),
        (["plain", "html", "richtext"], "<div>plain</div>\n<p>page</p>\n<div>rich &lt;text<br>\ntoo</div>"),
    ],
)
def test_a_page_has_what_stands_beside_the_html(parts, page):
    source = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    source += "".join(f"--b\r\n{PARTS[part]}\r\n" for part in parts) + "--b--"
    assert read(source.encode()).page == page
