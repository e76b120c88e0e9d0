"""Whatever a message has in its names, texts and fields, what is stored of it, and said about it, is clean text."""

from __future__ import annotations

import json
import logging
import re
import threading
from contextlib import suppress
from itertools import cycle

import pytest

from models.base import database
from poller.storage.database import connected
from poller.worker import open_worker
from tests.child import winmail
from tests.hostile.making import CRLF, attached, multipart, part
from tests.workplace import Workplace

SURROGATES = "\ud800a\udfff"
BIDI = "\u200e\u200f\u061c\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2068\u2069"
HARM = "\0\x01\x07\x1b[2J\x7f\x85\x9b\u2028\u2029\ufeff\ufffe\uffff\U0001ffff\u200b\ufff9\U000e0041" + BIDI
FORMS = {
    "utf-8": HARM.encode(),
    "cesu-8": "\ud83d\ude00".encode("utf-8", "surrogatepass") + SURROGATES.encode("utf-8", "surrogatepass"),
    "utf-7": b"+2AA-a+3/8- +ACAAAA- +IC4-",
    "utf-16": b"\xff\xfe\x00\xd8a\x00\xff\xdf\x00\x00\x2e\x20",
    "utf-32": b"\xff\xfe\x00\x00\x00\xd8\x00\x00\x2e\x20\x00\x00\x00\x00\x00\x00",
    "latin-1": bytes(range(1, 256)).replace(b"\r", b"").replace(b"\n", b"") + b"\0",
    "x-unknown": b"\xed\xa0\x80\xed\xb0\x80\xff\xc0\x80\0",
    "unicode_escape": b"\\ud800\\x00\\u202e",
    "gb18030": b"\x84\x31\xa4\x37\x83\x36\xd8\x30\0\x81\x30\x81\x30\xfe\xfe",
    "iso-2022-jp": b"\x1b$B~~\0\x1b(B",
    "cp437": bytes(range(32)).replace(b"\r", b"").replace(b"\n", b""),
}


def word(charset: str) -> bytes:
    """As an encoded word, in Q, where any octet can be said."""
    return b"=?" + charset.encode() + b"?q?" + b"".join(b"=%02X" % octet for octet in FORMS[charset]) + b"?="


def extended(name: bytes, charset: str) -> bytes:
    return name + b"*=" + charset.encode() + b"''" + b"".join(b"%%%02X" % octet for octet in FORMS[charset]) + b"a.pdf"


def raw(charset: str) -> bytes:
    """As 8-bit octets in a field, but for those that make the header malformed."""
    return FORMS[charset].translate(None, b"\0\r\n")


def letter(charset: str) -> bytes:
    named = word(charset)
    fields = (
        b"X-Original-To: 1001.mycompany@in.example.com",
        b"Return-Path: <" + raw(charset) + b"@acme.fi>",
        b"Received-SPF: pass (" + raw(charset) + b")",
        b"Authentication-Results: mx.example.com; spf=fail reason=" + raw(charset),
        b"DKIM-Signature: v=1; d=acme.fi; s=" + raw(charset) + b"; a=b; h=from; bh=; b=",
        b"From: Anna " + named + b" <anna@acme.fi>",
        b'To: "' + raw(charset) + b'" <carl@globex.example>, ' + named + b" <c2@globex.example>",
        b"Cc: <c3" + raw(charset) + b"@globex.example>, " + named + b"@globex.example",
        b"Cc: 404" + raw(charset) + b".mycompany@in.example.com, 405.mycompany@in.example.com",
        b"Subject: a " + named + b" " + raw(charset),
        b"Message-ID: <" + charset.encode() + named + raw(charset) + b"@acme.fi>",
        b"In-Reply-To: <" + raw(charset) + b"@a>",
        b"References: <" + raw(charset) + b"@a> <" + named + b"@b>",
        b"Date: Mon, 02 Mar 2026 12:00:00 +0000 (" + raw(charset) + b")",
    )
    message = multipart(bodies(charset))
    return CRLF.join(fields) + CRLF + message[message.index(b"MIME-Version") :]


def bodies(charset: str) -> list[bytes]:
    octets, kind = FORMS[charset], b"; charset=" + charset.encode()
    inner = b"From: " + word(charset) + b" <x@y.fi>\r\nTo: " + raw(charset) + b" <z@y.fi>\r\nSubject: " + word(charset)
    container = winmail.HEAD + winmail.attached(b"a" + octets, b"data", (0x3707, winmail.WIDE, octets))
    uuencoded = b"\r\nbegin 644 " + raw(charset) + b"\r\n#86%A\r\n`\r\nend\r\n"
    return [
        part(b"text/plain" + kind, b"Text: " + octets + uuencoded),
        part(b"text/html" + kind, b"<p title='" + octets + b"'>&#0;&#xd800;&#x202e;" + octets),
        attached(raw(charset) + b".pdf", b"a"),
        attached(word(charset) + b".pdf", b"b"),
        part(b"application/pdf; " + extended(b"name", charset), b"c"),
        part(b"application/pdf", b"d", b"Content-Disposition: attachment; " + extended(b"filename", charset)),
        part(b"image/png", b"e", b"Content-ID: <" + raw(charset) + b">", b"Content-Location: " + word(charset)),
        part(b"text/calendar" + kind, b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:" + octets + b"\r\nEND:VEVENT\r\n"),
        part(b"message/rfc822", inner + b"\r\n\r\nText."),
        part(raw(charset) + b"/" + word(charset), b"f"),
        attached(b"winmail.dat", container, b"application/ms-tnef"),
        attached(b"n" * 3_000 + raw(charset), b"g"),
    ]


@pytest.fixture
def filed(tmp_path, dovecot, database_url, caplog):
    """All of them, by a worker; what it wrote into its log."""
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url)
    workplace.import_directory()
    for charset in FORMS:
        workplace.user.deliver(letter(charset))
    settings = workplace.settings(OUR_MTA_NAMES="mx.example.com")
    with caplog.at_level(logging.INFO), open_worker(settings, threading.Event(), lambda _done, _all: None) as worker:
        assert worker.poll_until_empty()["filed"] == len(FORMS)
    return workplace


def stored(table: str) -> list[tuple[str, str]]:
    """Every text in a table, with its column."""
    columns = [column.name for column in database.get_columns(table)]
    rows = database.execute_sql(f'SELECT * FROM "{table}"')
    found = zip(cycle(columns), (value for row in rows for value in row), strict=False)
    return [(f"{table}.{column}", value) for column, value in found if isinstance(value, str | dict | list)]


def strings(value):
    if isinstance(value, str) and value[:1] in ("[", "{"):
        with suppress(ValueError):  # a document, as SQLite keeps it
            value = json.loads(value)
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (one for item in value.items() for each in item for one in strings(each))
    elif isinstance(value, list | tuple):
        yield from (one for each in value for one in strings(each))


def harm_in(text: str, *, line: bool) -> set[str]:
    """What must not stand in it: NUL and surrogates nowhere, bidi characters and controls in no line of text."""
    in_lines = BIDI + "\t\n\u2028\u2029" if line else ""
    return set(re.findall(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{in_lines}]", text))


LONG = {"text", "html", "description", "compose", "body", "message", "octets", "source"}


def test_what_is_stored_is_clean_text(filed, caplog, database_kind):
    wrong, seen = {}, 0
    with connected():
        for table in database.get_tables():
            for column, value in stored(table):
                for text in strings(value):
                    seen += 1
                    if harm := harm_in(text, line=column.rpartition(".")[2] not in LONG):
                        wrong[column] = (harm, text[:200])
    assert not wrong
    assert seen > 100 * len(FORMS)
    if database_kind == "sqlite":
        with connected():
            database.connection().text_factory = bytes
            assert [row[0].decode() for row in database.execute_sql("SELECT subject, text FROM activity")]
    assert not [record.getMessage() for record in caplog.records if harm_in(record.getMessage(), line=True)]


def test_what_is_shown_is_clean_text(filed):
    for words in (
        ("activities",),
        ("messages",),
        *(("activity", str(one["id"])) for one in filed.listing("activities")),
    ):
        for line in filed.listing(*words):
            for text in strings({key: value for key, value in line.items() if key not in LONG}):
                assert not harm_in(text, line=True), (words, text)
            assert all("/" not in file["name"] and "\\" not in file["name"] for file in line.get("files") or [])
