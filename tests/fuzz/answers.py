"""What servers answer, what is repeated to people, and what an administrator writes."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from poller.authentication.dns import RecordType
from poller.errors import ConfigurationError
from poller.mail.fields.words import decoded
from poller.mail.header import split_header
from poller.mailbox.answers import _items
from poller.mailbox.describing import _described
from poller.mailbox.errors import response_code, tells_unavailable
from poller.notices.compose import compose
from poller.resolver.exchange import Truncated, Unrelated, Useless
from poller.resolver.names import labels
from poller.resolver.wire import WithoutEdns, query
from poller.settings.load import load_settings
from tests.notices.making import defects_of, facts, parsed

SECRET = "correct-horse-battery"
_KINDS = tuple(RecordType)
_OURS = {
    *("from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted", "mime-version"),
    *("x-auto-response-suppress", "x-mailfiler-notice", "content-type"),
}


def check_dns(octets: bytes) -> None:
    """The first octet chooses what was asked; the next two become those of the question, or nothing is read."""
    kind = _KINDS[octets[0] % len(_KINDS)] if octets else RecordType.TXT
    asked = query(labels("acme.fi"), kind)
    answer = asked.octets[:2] + octets[3:]
    with suppress(Unrelated, Truncated, Useless, WithoutEdns):
        reply = asked.read(answer)
        assert reply.ttl >= 0
        assert sum(map(len, reply.records)) <= 256 * len(octets)
        if kind in {RecordType.A, RecordType.AAAA}:
            assert all(ip_address(record) for record in reply.records)
        if kind is RecordType.MX:
            assert all(record.split(" ")[0].isdigit() and record.count(" ") for record in reply.records)


def check_imap(octets: bytes) -> None:
    """Lines; those before an empty one are a text and the literal behind it, as imaplib gives them."""
    answers: list[object] = []
    for line in octets.split(b"\n")[:200]:
        before, literal, after = line.partition(b"|")
        answers += [(before, after.replace(b"|", b"\r\n"))] if literal else [line]
    for item in _items(answers):
        assert isinstance(item.uid, int)
        body = item.starting(b"BODY[")
        assert body is None or len(body) <= len(octets) * 2
        described = _described(item)
        assert described is None or described.internal_date.utcoffset() is not None
    text = octets.decode("utf-8", "replace")
    tells_unavailable(text)
    response_code(text)


def check_notice(octets: bytes) -> None:
    """A header that is given back, and repeated in sentences: 7 bit, no line too long, no field that is not ours."""
    header = split_header(octets)
    to = decoded(header.first("to") or b"")[:2_000]
    subject = decoded(header.first("subject") or b"")
    for language in ("en", "fi"):
        notice = compose(facts(language=language, header=header, subject=subject, address=to or "a@b.fi", recipient=to))
        assert notice.isascii()
        assert notice.count(b"\n") == notice.count(b"\r\n") == notice.count(b"\r")
        assert max(map(len, notice.split(b"\r\n"))) <= 998
        read = parsed(notice)
        names = [name.lower() for name, _ in read.items()]
        assert len(set(names)) == len(names)
        assert set(names) <= _OURS, names
        types = [part.get_content_type() for part in read.get_payload()]
        assert types[:2] == ["text/plain", "message/delivery-status"]
        assert len(types) == 3
        assert len(read.get_payload(1).get_payload()) == 2
        assert not defects_of(read.get_payload(0))


def check_settings(octets: bytes) -> None:
    """An env file: settings, or sentences, none of which repeats a password."""
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_shared_memory()) as folder:
        path = Path(folder) / "settings.env"
        path.write_bytes(octets)
        said = ""
        try:
            load_settings(path, {})
        except ConfigurationError as error:
            said = str(error)
        assert SECRET not in said


def _shared_memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
