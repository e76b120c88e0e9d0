"""A message's content -> its identity: what makes two copies of one message the same."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from poller.mail.header import unfolded
from poller.mail.message import Attachment, Header, Mailbox


def identity_of(
    header: Header,
    *,
    author: Mailbox | None,
    message_id: str | None,
    subject: str,
    bodies: Iterable[str],
    attachments: Iterable[Attachment],
) -> str:
    """Canonical content -> SHA-256, hexadecimal. Trace headers have no part in it, so that two delivery paths agree.

    `bodies` are the decoded text and HTML as sent, before anything is converted: a better converter must not change
    the identity of mail that was filed before it. Of a message that is too large the size stands for both.
    """
    return _digest(
        [
            (message_id or "-").lower(),
            author.key if author else _raw(header, "from"),
            _raw(header, "date"),
            subject,
            *(_digest([body.rstrip()]) for body in bodies),
            *sorted(attachment.sha256 for attachment in attachments),
        ]
    )


def _raw(header: Header, name: str) -> str:
    return ",".join(_text(value) for value in header.all(name))


def _text(value: bytes) -> str:
    return " ".join(unfolded(value).decode("latin-1").split())


def _digest(values: Iterable[str]) -> str:
    """Each value behind its length, so that no two lists of values look alike."""
    digest = sha256()
    for value in values:
        octets = value.encode("utf-8", "replace")
        digest.update(b"%d:" % len(octets))
        digest.update(octets)
    return digest.hexdigest()
