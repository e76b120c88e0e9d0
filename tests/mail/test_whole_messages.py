"""Messages put together by hypothesis, of which it is known how they read; and what is left of them when damaged."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from email.utils import encode_rfc2231
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from poller.mail.reader import read_message
from tests.fuzz.messages import check_message
from tests.fuzz.mutating import mutated, spliced

LETTERS = {
    "utf-8": "aZ9äß日本語ελאب€",
    "iso-8859-1": "aZ9äßÅéñ",
    "windows-1252": "aZ9äß€–“",
    "koi8-r": "aZ9оффер",
    "iso-2022-jp": "aZ9日本語です",
    "gb2312": "aZ9报价单",
    "big5": "aZ9報價單",
    "ks_c_5601-1987": "aZ9견적서",
    "windows-1255": "aZ9שלום",
    "utf-16": "aZ9ä日",
}
"""What every charset has."""

MARKS = "  .,;:=?!_-/<>&\"'()@\n\n"
ENCODINGS = {
    "base64": base64.encodebytes,
    "quoted-printable": lambda octets: b"=\n".join(
        "".join(f"={octet:02X}" for octet in octets[at : at + 25]).encode() for at in range(0, len(octets), 25)
    ),
    "x-uuencode": lambda octets: b"".join(
        [b"begin 644 a\n", *(binascii.b2a_uu(octets[at : at + 45]) for at in range(0, len(octets), 45)), b"`\nend\n"]
    ),
}
derandomized = settings(derandomize=True, deadline=None)


@dataclass(frozen=True, slots=True)
class File:
    name: str
    octets: bytes


@dataclass(slots=True)
class Built:
    """A message, and how it reads: texts and files in their order; `entities` are the sources of the latter."""

    source: bytes = b""
    texts: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    entities: list[bytes] = field(default_factory=list)
    subject: str = ""
    author: str = ""
    recipients: list[tuple[str, str]] = field(default_factory=list)


def words(charset="utf-8", most=12):
    return st.text(LETTERS[charset] + " ", min_size=1, max_size=most).map(lambda text: " ".join(text.split()) or "x")


@st.composite
def encoded_words(draw, text):
    """The text as encoded words in one charset, cut where the encoder likes; or as it is, where it can be."""
    if text.isascii() and draw(st.booleans()):
        return text.encode()
    cut = draw(st.integers(0, len(text)))
    pieces = [piece.encode() for piece in (text[:cut], text[cut:]) if piece]
    if draw(st.booleans()):
        return b"\r\n ".join(b"=?UTF-8?B?" + binascii.b2a_base64(piece, newline=False) + b"?=" for piece in pieces)
    quoted = ("".join(f"={octet:02X}" for octet in piece).encode() for piece in pieces)
    return b" ".join(b"=?utf-8*fi?q?" + piece + b"?=" for piece in quoted)


@st.composite
def file_names(draw, name):
    """The parameter that names a file, in one of the ways that mailers have."""
    way = draw(st.sampled_from(["2231", "continued", "words", "octets"]))
    if way == "2231":
        return b"filename*=" + encode_rfc2231(name, "utf-8").encode()
    if way == "continued":
        code = encode_rfc2231(name, "utf-8", "fi")
        cut = draw(st.sampled_from([len("utf-8'fi'"), code.index("%") + len("%20")]))
        return f"filename*0*={code[:cut]};\r\n filename*1*={code[cut:]}".encode()
    if way == "words":
        return b'filename="' + draw(encoded_words(name)) + b'"'
    return b'filename="' + name.encode() + b'"'


@st.composite
def text_leaves(draw, built):
    charset = draw(st.sampled_from(sorted(LETTERS)))
    text = draw(st.text(LETTERS[charset] + MARKS, max_size=120)) + "."
    encoding = draw(st.sampled_from(["base64", "quoted-printable"] if charset == "utf-16" else sorted(ENCODINGS)))
    built.texts.append(text.strip("\n").rstrip())
    code = ENCODINGS[encoding](text.replace("\n", "\r\n").encode(charset))
    return _entity(f"Content-Type: text/plain; charset={charset}", encoding, code)


@st.composite
def file_leaves(draw, built):
    octets, name = draw(st.binary(max_size=300)), draw(words()) + f" {len(built.files)}.bin"
    encoding = draw(st.sampled_from(sorted(ENCODINGS)))
    kind = draw(st.sampled_from(["application/octet-stream", "image/png", "video/x-odd; charset=x", "audio/x"]))
    disposition = b"Content-Disposition: " + draw(st.sampled_from([b"attachment", b"inline", b"x"]))
    fields = f"Content-Type: {kind}\r\n".encode() + disposition + b";\r\n\t" + draw(file_names(name))
    built.files.append(File(name, octets))
    built.entities.append(_entity(fields, encoding, ENCODINGS[encoding](octets)))
    return built.entities[-1]


def _entity(fields, encoding, code):
    head = fields if isinstance(fields, bytes) else fields.encode()
    return head + f"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + code.replace(b"\n", b"\r\n")


@st.composite
def entities(draw, built, depth=0):
    kind = draw(st.sampled_from(["text", "file", "file", *(["multipart", "alternative"] if depth < 4 else [])]))
    if kind == "text":
        return draw(text_leaves(built))
    if kind == "file":
        return draw(file_leaves(built))
    boundary = draw(st.sampled_from(["b", "=_b", "a b", "'()+_,-./:=?", "x" * 69])).encode() + b"%d" % draw(
        st.integers(10_000, 10**9)
    )
    if kind == "alternative":
        page = _entity("Content-Type: text/html", "base64", b"PHA+eDwvcD4=\n")
        children = [draw(text_leaves(built)), page]
    else:
        children = [draw(entities(built, depth + 1)) for _ in range(draw(st.integers(1, 4)))]
    preamble = draw(st.sampled_from([b"", b"This is MIME.\r\n", b"--\r\n"]))
    name = b"alternative" if kind == "alternative" else b"mixed"
    opening = b'Content-Type: multipart/%s;\r\n boundary="%s"\r\n\r\n%s' % (name, boundary, preamble)
    parts = b"".join(b"--%s\r\n%s\r\n" % (boundary, child) for child in children)
    return opening + parts + b"--%s--\r\n" % boundary + draw(st.sampled_from([b"", b"Epilogue.\r\n"]))


@st.composite
def messages(draw):
    built = Built(subject=draw(words(most=40)), author=draw(words()))
    built.recipients = [(draw(words()), f"u{n}@acme.fi") for n in range(draw(st.integers(0, 4)))]
    entity = draw(entities(built))
    people = b",\r\n\t".join(draw(encoded_words(name)) + f" <{at}>".encode() for name, at in built.recipients)
    header = [
        b"From: " + draw(encoded_words(built.author)) + b" <anna@acme.fi>",
        *([b"To: " + people] if people else []),
        b"Subject: " + draw(encoded_words(built.subject)),
        b"MIME-Version: 1.0",
    ]
    source = b"".join(line + b"\r\n" for line in draw(st.permutations(header))) + entity
    newline = draw(st.sampled_from([b"\r\n", b"\n"]))
    built.source = source.replace(b"\r\n", newline)
    built.entities = [entity.replace(b"\r\n", newline) for entity in built.entities]
    return built


@given(messages())
@settings(derandomized, max_examples=250)
def test_a_message_reads_as_it_was_meant(built):
    message = read_message(built.source)
    assert message.malformed is None
    assert message.defects == ()
    assert (message.subject, message.author.name) == (built.subject, built.author)
    assert [(one.mailbox.name, one.mailbox.address) for one in message.recipients] == built.recipients
    assert message.text == "\n\n".join(built.texts)
    assert _files(message) == built.files


@given(messages(), st.floats(0, 1))
@settings(derandomized, max_examples=120)
def test_what_was_whole_before_a_cut_is_whole(built, where):
    cut = int(len(built.source) * where)
    whole = sum(built.source.find(entity) + len(entity) <= cut for entity in built.entities)
    assert _files(read_message(built.source[:cut]))[:whole] == built.files[:whole]


@given(messages(), messages(), st.integers(0, 2**32))
@settings(derandomized, max_examples=120)
def test_of_what_is_damaged_or_spliced_all_that_is_read_is_sound(one, other, seed):
    chance = Random(seed)
    check_message(mutated(spliced(one.source, other.source, chance), chance, most=20_000))
    check_message(mutated(one.source, chance, most=20_000))


def _files(message):
    return [File(one.name, b"".join(one.chunks())) for one in message.attachments]
