"""Workloads from a seed: signed mail of a small company, as messages of a mailbox, and the DNS that vouches for it.

Mixed is what an office gets: 60 % text and HTML of 5-15 kB, 25 % with an attachment of 50-300 kB, 10 % replies with a
long history, 4 % with an attachment of 1-5 MB, 1 % malformed. Small is text of 2 kB.
"""

from __future__ import annotations

import random
from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256

from tests.authentication.signing import Key
from tests.bench.signing import sign

DOMAINS = tuple(f"customer{number}.example" for number in range(20))
PROJECTS = tuple(str(1000 + number) for number in range(100))
USERS = tuple(f"user{number}@{DOMAINS[number % len(DOMAINS)]}" for number in range(50))
CONTACTS = tuple(f"contact{number}@partner{number % 40}.example" for number in range(500))
FILING = "mycompany@in.example.com"
CLIENT = "203.0.113.7"

_FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
_WORDS = (
    *("the", "offer", "for", "piling", "at", "the", "quay", "was", "sent", "with", "drawings", "and", "a", "schedule"),
    *("that", "the", "client", "wants", "to", "see", "before", "Friday", "so", "please", "check", "quantities"),
    *("prices", "and", "delivery", "of", "steel", "concrete", "and", "timber", "as", "agreed", "in", "our", "meeting"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as delivered, and what of it a filed activity has to show: the SHA-256 of each attachment."""

    source: bytes
    arrived: datetime
    attachments: tuple[str, ...]


def zone() -> dict[str, list[str]]:
    """What the DNS says of the domains that write."""
    key = Key.rsa()
    records: dict[str, list[str]] = {}
    for domain in DOMAINS:
        records |= key.zone(domain)
        records[f"{domain} TXT"] = ["v=spf1 include:_spf.example.net -all"]
        records[f"_dmarc.{domain} TXT"] = ["v=DMARC1; p=reject"]
    return records | {"_spf.example.net TXT": ["v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/28 ~all"]}


def mixed(count: int, seed: int = 7) -> Iterator[Letter]:
    """The same `count` messages for the same seed."""
    chance = random.Random(seed)
    for number in range(count):
        kind = chance.random()
        if kind < 0.60:
            yield _letter(chance, number, _alternative(chance, chance.randrange(5_000, 15_000)))
        elif kind < 0.85:
            yield _with_file(chance, number, chance.randrange(50_000, 300_000))
        elif kind < 0.95:
            yield _letter(chance, number, _text(_reply(chance)))
        elif kind < 0.99:
            yield _with_file(chance, number, chance.randrange(1_000_000, 5_000_000))
        else:
            yield _letter(chance, number, _malformed(chance))


def small(count: int, seed: int = 7) -> Iterator[Letter]:
    """Text of 2 kB each."""
    chance = random.Random(seed)
    for number in range(count):
        yield _letter(chance, number, _text(_prose(chance, 1_400)))


def large(count: int, seed: int = 7) -> Iterator[Letter]:
    """An attachment of 50 MiB each."""
    chance = random.Random(seed)
    for number in range(count):
        yield _with_file(chance, number, 50 << 20)


WORKLOADS = {"mixed": mixed, "small": small, "large": large}


def _letter(chance: random.Random, number: int, body: bytes, *files: bytes) -> Letter:
    author = USERS[number % len(USERS)]
    domain = author.partition("@")[2]
    arrived = _FIRST + timedelta(seconds=number)
    header = (
        f"From: {author.partition('@')[0].title()} <{author}>\r\n"
        f"To: {chance.choice(CONTACTS)}, Somebody <{chance.choice(CONTACTS)}>\r\n"
        f"Cc: {chance.choice(USERS)}\r\n"
        f"Subject: Offer {number} for the quay\r\n"
        f"Date: {format_datetime(arrived)}\r\n"
        f"Message-ID: <{number}.{chance.getrandbits(64):x}@{domain}>\r\n"
        "MIME-Version: 1.0\r\n"
    ).encode()
    trace = (
        f"Return-Path: <{author}>\r\n"
        "Delivered-To: filing@mail.example.com\r\n"
        f"X-Original-To: {chance.choice(PROJECTS)}.{FILING}\r\n"
        f"Received: from out.{domain} (out.{domain} [{CLIENT}])\r\n"
        "\tby mx.example.com (Postfix) with ESMTPS id 4XyZ\r\n"
        f"\tfor <{FILING}>; {format_datetime(arrived)}\r\n"
    ).encode()
    source = trace + sign(header + body, Key.rsa(), domain=domain)
    return Letter(source=source, arrived=arrived, attachments=tuple(sha256(file).hexdigest() for file in files))


def _with_file(chance: random.Random, number: int, size: int) -> Letter:
    file = chance.randbytes(size)
    encoded = encodebytes(file).replace(b"\n", b"\r\n")
    body = (
        b'Content-Type: multipart/mixed; boundary="outer"\r\n\r\n--outer\r\n'
        + _text(_prose(chance, 2_000))
        + b'--outer\r\nContent-Type: application/pdf; name="drawing.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        + b'Content-Disposition: attachment; filename="drawing.pdf"\r\n\r\n'
        + encoded
        + b"--outer--\r\n"
    )
    return _letter(chance, number, body, file)


def _text(text: str) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()


def _alternative(chance: random.Random, size: int) -> bytes:
    text = _prose(chance, size // 3)
    paragraphs = "".join(f"<p style='margin:0'>{line}</p>\r\n" for line in text.split("\r\n"))
    html = f"<html><head><style>p {{ color: #222 }}</style></head><body>{paragraphs * 2}</body></html>\r\n"
    return (
        b'Content-Type: multipart/alternative; boundary="inner"\r\n\r\n--inner\r\n'
        + _text(text)
        + b"--inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        + html.encode()
        + b"--inner--\r\n"
    )


def _reply(chance: random.Random) -> str:
    text = _prose(chance, 600)
    for level in range(1, 9):
        history = "".join(f"{'>' * level} {line}\r\n" for line in _prose(chance, 1_200).splitlines())
        text += f"\r\nOn Mon, 2 Mar 2026, Carl <{chance.choice(CONTACTS)}> wrote:\r\n{history}"
    return text


def _malformed(chance: random.Random) -> bytes:
    """A multipart that never ends, with a part whose octets are not what it says."""
    return (
        b"Content-Type: multipart/mixed; boundary=lost\r\n\r\npreamble\r\n--lost\r\nContent-Type: text/plain; "
        b"charset=x-unknown\r\nContent-Transfer-Encoding: base64\r\n\r\n" + _prose(chance, 3_000).encode() + b"\xff\r\n"
    )


def _prose(chance: random.Random, size: int) -> str:
    lines = []
    while size > 0:
        line = " ".join(chance.choices(_WORDS, k=12)) + f" {chance.randrange(10**6)}."
        lines.append(line)
        size -= len(line) + 2
    return "".join(f"{line}\r\n" for line in lines)
