from __future__ import annotations

from poller.child.embedded import MAX_DEPTH, files_in
from poller.child.tnef import Tag, read_container
from poller.mail.reader import read_message
from tests.child.winmail import BINARY, HEAD, STRING, TIME, WIDE, attached, attribute, embedded, message

INNER = HEAD + message(
    (Tag.SUBJECT, WIDE, "Tarjous 5/7: työ\0".encode("utf-16-le")),
    (Tag.SENDER_NAME, STRING, b'Virtanen, "Anna"\0'),
    (Tag.SENDER_SMTP_ADDRESS, STRING, b"anna@acme.fi\0"),
    (Tag.DISPLAY_TO, STRING, b"Bert\r\nBcc: x@y.fi\0"),
    (Tag.CLIENT_SUBMIT_TIME, TIME, 133_000_000_000_000_000),
    (Tag.SMTP_MESSAGE_ID, STRING, b"<1@acme.fi>\0"),
    (Tag.BODY, STRING, b"Hei\r\n\0"),
)


def files(tnef):
    return list(files_in(read_container(tnef)))


def test_the_long_name_is_preferred_and_the_type_and_identifier_are_taken():
    known = (
        (Tag.ATTACH_LONG_FILENAME, STRING, b"a long name.png\0"),
        (Tag.ATTACH_MIME_TAG, STRING, b"image/PNG\0"),
        (Tag.ATTACH_CONTENT_ID, STRING, b"<one@two>\0"),
    )
    (file,) = files(HEAD + attached(b"ALONGN~1.PNG", b"data", *known))
    assert (file.name, file.content_type, file.content_id) == ("a long name.png", "image/png", "one@two")
    assert bytes(file.octets) == b"data"


def test_a_type_that_is_none_is_unknown():
    (file,) = files(HEAD + attached(b"a", b"data", (Tag.ATTACH_MIME_TAG, STRING, b"text/html; charset=x\r\n\0")))
    assert file.content_type == "application/octet-stream"


def test_an_attachment_without_anything_is_left_out():
    assert not files(HEAD + attribute(0x9002))


def test_an_embedded_message_becomes_a_message_of_mail():
    (file,) = files(HEAD + embedded(INNER + attached(b"a.pdf", b"%PDF\0\0")))
    assert (file.name, file.content_type) == ("Tarjous 5_7: työ.eml", "message/rfc822")
    read = read_message(bytes(file.octets))
    assert (read.subject, read.message_id) == ("Tarjous 5/7: työ", "1@acme.fi")
    assert (read.author.name, read.author.key) == ("Virtanen, 'Anna'", "anna@acme.fi")
    assert read.date.isoformat() == "2022-06-18T04:26:40+00:00"
    assert read.text == "Hei"
    assert [(one.name, b"".join(one.chunks())) for one in read.attachments] == [("a.pdf", b"%PDF\0\0")]
    assert not read.header.all("bcc")


def test_its_octets_are_the_same_each_time():
    tnef = HEAD + embedded(INNER + attached(b"a.pdf", b"%PDF"))
    assert files(tnef) == files(tnef)


def test_html_is_kept_as_html():
    (file,) = files(HEAD + embedded(HEAD + message((Tag.BODY_HTML, BINARY, b"<p>Hei</p>"))))
    assert read_message(bytes(file.octets)).html == "<p>Hei</p>"


def test_a_message_within_a_message_is_one_still():
    (file,) = files(HEAD + embedded(HEAD + embedded(INNER)))
    (inner,) = read_message(bytes(file.octets)).attachments
    assert (inner.name, inner.content_type) == ("Tarjous 5_7_ työ.eml", "message/rfc822")
    assert read_message(b"".join(inner.chunks())).author.key == "anna@acme.fi"


def test_what_is_nested_too_deep_is_kept_as_tnef():
    tnef = INNER
    for _ in range(MAX_DEPTH + 3):
        tnef = HEAD + embedded(tnef)
    (file,) = files(tnef)
    for _ in range(MAX_DEPTH - 2):
        (inner,) = read_message(bytes(file.octets)).attachments
        assert inner.content_type == "message/rfc822"
        file = type(file)(name="", content_type="", content_id="", octets=b"".join(inner.chunks()))
    (last,) = read_message(bytes(file.octets)).attachments
    assert last.content_type == "application/ms-tnef"
