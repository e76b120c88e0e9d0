from __future__ import annotations

import email
import hashlib
import random
import string
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poller.mail.reader import read_message
from tests.cpu import cpu_within

WORDS = ["offer", "tarjous", "päivä", "Ångström", "日本語", "€ 50", "x=y", "a;b", '"q"', "-- ", "From here", ">"]


def text(chance, lines=8):
    return "".join(
        " ".join(chance.choices(WORDS, k=chance.randint(0, 9))) + "\n" for _ in range(chance.randint(1, lines))
    )


def well_formed(seed):
    """A message as the standard library writes it: nested, in several charsets and transfer encodings."""
    chance = random.Random(seed)
    root = MIMEMultipart("mixed")
    body = MIMEMultipart("alternative")
    charset = chance.choice(["utf-8", "iso-2022-jp", "koi8-r", "windows-1252", "utf-16"])
    content = text(chance).encode(charset, "ignore").decode(charset)
    plain = MIMEText(content, "plain", charset)
    body.attach(plain)
    if chance.random() < 0.5:
        body.attach(MIMEText(f"<p>{text(chance)}</p>", "html", "utf-8"))
    root.attach(body if chance.random() < 0.7 else plain)
    for number in range(chance.randint(0, 3)):
        file = MIMEApplication(chance.randbytes(chance.randint(0, 3_000)))
        if chance.random() < 0.3:
            file = MIMEBase("application", "x-text")
            file.set_payload(text(chance).encode("ascii", "ignore").decode())
            email.encoders.encode_quopri(file)
        file.add_header(
            "Content-Disposition", "attachment", filename=("utf-8", "", f"{number} {chance.choice(WORDS)}.bin")
        )
        root.attach(file)
    root["From"] = formataddr((chance.choice(WORDS), "anna@acme.fi"))
    root["To"] = ", ".join(formataddr((chance.choice(WORDS), f"u{n}@x.fi")) for n in range(chance.randint(1, 20)))
    root["Subject"] = Header(" ".join(chance.choices(WORDS, k=chance.randint(1, 30))), chance.choice([None, "utf-8"]))
    root["Message-ID"] = f"<{''.join(chance.choices(string.ascii_letters, k=20))}@acme.fi>"
    return root.as_bytes().replace(b"\n", chance.choice([b"\n", b"\r\n"]))


@pytest.mark.parametrize("seed", range(300))
def test_a_well_formed_message_reads_as_the_standard_library_reads_it(seed):
    source = well_formed(seed)
    message, judge = read_message(source), email.message_from_bytes(source)
    leaves = [part for part in judge.walk() if not part.is_multipart()]
    assert message.malformed is None
    assert message.defects == ()
    subject = str(email.header.make_header(email.header.decode_header(judge["Subject"])))
    assert message.subject == subject.replace("\n", " ").strip()
    assert [r.mailbox.address for r in message.recipients] == [a for _, a in email.utils.getaddresses([judge["To"]])]
    files = [leaf.get_payload(decode=True) for leaf in leaves if leaf.get_filename()]
    assert [b"".join(a.chunks()) for a in message.attachments] == files
    assert [a.sha256 for a in message.attachments] == [hashlib.sha256(file).hexdigest() for file in files]
    plain = next(leaf for leaf in leaves if leaf.get_content_type() == "text/plain")
    expected = plain.get_payload(decode=True).decode(plain.get_content_charset()).replace("\r\n", "\n")
    if expected.strip():
        assert message.text == expected.strip("\n").rstrip()


def test_an_oversized_message_is_read_by_its_header():
    message = read_message(b"From: a@x.fi\r\nTo: b@x.fi\r\nSubject: x\r\n\r\n", oversized=True, size=200_000_000)
    assert (message.subject, message.text, message.attachments, message.malformed) == ("x", "", (), None)
    assert message.author.key == "a@x.fi"


def test_recipients_beyond_the_limit_are_left_out_and_noted():
    source = b"From: a@x.fi\r\n" + b"".join(b"To: u%d@x.fi, v%d@x.fi\r\n" % (n, n) for n in range(900)) + b"\r\n"
    assert len(read_message(source).recipients) == 1_800
    crowd = b"".join(b"To: " + b"u@x.fi," * 10_000 + b"\r\n" for _ in range(5))
    message = read_message(b"From: a@x.fi\r\n" + crowd + b"\r\n")
    assert len(message.recipients) == 5_000
    assert message.defects == ("Only the first 5,000 recipients were read.",)


HEAD = b"From: a@x.fi\r\nSubject: x\r\n"
HOSTILE = {
    "empty parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 100_000,
    "nested multiparts": HEAD
    + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(10_000)),
    "nested messages": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 2_000,
    "plain header of 10 MB": HEAD + b"X: " + b"a" * 10_000_000 + b"\r\n\r\n",
    "folded header of 10 MB": HEAD + b"X: " + b"a\r\n " * 2_500_000 + b"\r\n\r\n",
    "100,000 headers": HEAD + b"X: y\r\n" * 100_000 + b"\r\n",
    "1,000,000 recipients": HEAD + b"To: " + b"a@b.fi, " * 1_000_000 + b"\r\n\r\n",
    "20,000 recipients": HEAD + b"To: " + b"Anna <a@b.fi>,\r\n " * 20_000 + b"\r\n\r\n",
    "100,000 encoded words": b"From: a@x.fi\r\nSubject: " + b"=?utf-8?q?a?=\r\n " * 100_000 + b"x\r\n\r\n",
    "semicolons": HEAD + b"Content-Type: text/plain" + b"; ; ;" * 10_000 + b"\r\n\r\nx",
    "20,000 parameters": HEAD
    + b"Content-Type: a/b"
    + b"".join(b";\r\n p%d=x" % n for n in range(20_000))
    + b"\r\n\r\nx",
    "nested comments": HEAD + b"To: " + b"(" * 100_000 + b"\r\n\r\n",
    "100,000 groups": HEAD + b"To: " + b"a:;" * 80_000 + b"\r\n\r\n",
    "brackets as Message-ID": HEAD + b"Message-ID: " + b"<" * 200_000 + b"\r\n\r\n",
    "a line of 20 MB": HEAD + b"\r\n" + b"a" * 20_000_000,
    "5 million lines": HEAD + b"\r\n" + b"\r\n" * 5_000_000,
    "dashed lines": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--\r\n" * 2_000_000,
    "a boundary of 200 kB": HEAD + b"Content-Type: multipart/mixed; boundary=" + b"b" * 200_000 + b"\r\n\r\n--b",
    "HTML in base64 lines": HEAD
    + b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + b"PGRpdj48\r\n" * 400_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_messages_are_read_in_bounded_time(kind):
    with cpu_within(5):
        message = read_message(HOSTILE[kind])
    assert len(message.attachments) <= 1_001
    assert len(message.text) <= 2_000_000


lines = st.sampled_from(
    [
        *(
            b"From: a@x.fi",
            b"From: \xff <",
            b"To: =?utf-8?q?x",
            b"Subject: =?rot13?b?eA==?=",
            b"Date: 1",
            b"Message-ID: <",
        ),
        *(b"Content-Type: multipart/mixed; boundary=a", b"Content-Type: multipart/alternative; boundary=b", b""),
        *(
            b"--a",
            b"--b",
            b"--a--",
            b"--b--",
            b"",
            b" folded",
            b"Content-Type: text/html; charset=utf-7",
            b"<p>x<a href=",
        ),
        *(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"eA=", b"=C3=A4="),
        *(
            b"Content-Transfer-Encoding: x-uuencode",
            b"begin 644 x",
            b"#86)C",
            b"Content-Disposition: attachment; filename*=x''%",
        ),
        *(
            b"Content-ID: <x>",
            b"Content-Location: x",
            b"---------- Forwarded message ---------",
            b"Sent: Mon, 2 Mar 2026 10:00:00 +0200",
            b"-- ",
            b"=ybegin line=1 size=1 name=x",
            b"=yend size=1",
            b"-----BEGIN PGP SIGNED MESSAGE-----",
            b"Content-Type: message/rfc822",
            b"Content-Type: text/plain; format=flowed",
            b"> quoted ",
            b"\0\r",
        ),
    ]
)


@given(st.lists(lines).map(b"\r\n".join) | st.lists(lines).map(b"\n".join) | st.binary(), st.booleans())
@settings(max_examples=300)
def test_any_octets_become_a_clean_message(source, oversized):
    message = read_message(source, oversized=oversized, size=len(source))
    for clean in (message.subject, message.text, message.html or "", message.message_id or "", *message.references):
        clean.encode("utf-8")
        assert "\0" not in clean
    assert "\n" not in message.subject
    assert message.quoted_from is None or 0 <= message.quoted_from <= len(message.text)
    assert message.signature_from is None or 0 <= message.signature_from <= len(message.text)
    for forwarded in message.forwarded:
        f"{forwarded.subject}{forwarded.message_id}{forwarded.author}".encode()
        assert not {"\0", "\n"} & {*forwarded.subject, *(forwarded.message_id or "")}
    for attachment in message.attachments:
        octets = b"".join(attachment.chunks())
        assert (attachment.size, attachment.sha256) == (len(octets), hashlib.sha256(octets).hexdigest())
    assert read_message(source, oversized=oversized, size=len(source)).identity == message.identity
