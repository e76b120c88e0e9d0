"""Octets -> Message. Never raises: what is wrong is a defect, what forbids trust makes it malformed."""

from __future__ import annotations

from poller.mail.calendar import events_of
from poller.mail.fields.address import MAX_MAILBOXES, parse_mailboxes
from poller.mail.fields.author import domain_problem, parse_author
from poller.mail.fields.identifiers import parse_date, parse_ids, parse_message_id
from poller.mail.fields.words import decoded
from poller.mail.header import MAX_FIELD, singleton_problem, split_header
from poller.mail.identity import identity_of
from poller.mail.message import Attachment, Event, Header, Mailbox, Message, Octets, Recipient, Role
from poller.mail.parts.attachments import attachments_of
from poller.mail.parts.embedded import with_embedded
from poller.mail.parts.structure import Structure, parts_of
from poller.mail.texts.body import Body, read_body
from poller.mail.texts.forwarded import forwarded_in
from poller.mail.unlabelled import in_utf8
from poller.mail.unpacked import Expander, Limited, with_unpacked

_RECIPIENT_FIELDS = {"to": Role.TO, "cc": Role.CC, "bcc": Role.BCC, "resent-to": Role.TO, "resent-cc": Role.CC}


def read_message(
    source: Octets, *, oversized: bool = False, size: int | None = None, expander: Expander | None = None
) -> Message:
    """The octets of a message, as fetched, -> the message as read. Only an `expander` opens winmail.dat and calendars.

    Of an `oversized` one `source` is the header alone and `size` its whole size in octets. The attachments read from
    `source` when asked for their chunks: a mapped one has to stay open.
    """
    header = split_header(source)
    structure = Structure() if oversized else parts_of(source, header.fields, header.body_offset)
    shown = in_utf8(header, structure.parts)
    known, problem = _author(header, shown)
    recipients, defects = _recipients(shown)
    body = read_body(source, structure.parts)
    files = attachments_of(source, [*body.files, *body.spent], body.html, body.plain)
    subject = decoded(shown.first("subject") or b"")
    own_id = parse_message_id(header.first("message-id"))
    bodies = (f"{len(source) if size is None else size} octets", "") if oversized else (body.plain, body.html or "")
    identity = identity_of(header, author=known, message_id=own_id, subject=subject, bodies=bodies, attachments=files)
    files, calendar = _opened(files, body, expander)
    return Message(
        header=header,
        author=known,
        recipients=recipients,
        subject=subject,
        date=parse_date(header.first("date")),
        message_id=own_id,
        in_reply_to=parse_ids(header.first("in-reply-to")),
        references=parse_ids(header.first("references")),
        text=body.text,
        quoted_from=body.quoted_from,
        signature_from=body.signature_from,
        html=body.page or body.html,
        attachments=files,
        identity=identity,
        malformed=problem,
        defects=(*defects, *dict.fromkeys((*structure.defects, *body.defects))),
        forwarded=forwarded_in(source, structure.parts, text=body.text, quoted_from=body.quoted_from, subject=subject),
        calendar=calendar,
    )


def _opened(
    files: tuple[Attachment, ...], body: Body, expander: Expander | None
) -> tuple[tuple[Attachment, ...], tuple[Event, ...]]:
    """The files of a body, as sent, -> what is kept of them, and the events in them. Containers come first."""
    declared = {file.sha256: part.content_type for part, file in zip(body.files, files, strict=False)}
    limited = Limited(expander) if expander else None
    files = with_unpacked(with_embedded(files[: len(body.files)], body.embedded, body.defects), body, limited)
    return files, events_of(files, declared, body, limited)


def _author(header: Header, shown: Header) -> tuple[Mailbox | None, str | None]:
    """The one author, named as `shown` says, if there is one, and what forbids trust in the header."""
    author = parse_author(header.first("from") or b"")
    named = author if shown is header else parse_author(shown.first("from") or b"")
    if isinstance(author, Mailbox) and isinstance(named, Mailbox) and named.key == author.key:
        author = named
    unproven = author if isinstance(author, str) else domain_problem(author)
    problem = header.malformed or singleton_problem(header) or unproven
    return author if isinstance(author, Mailbox) and len(header.all("from")) == 1 else None, problem


def _recipients(header: Header) -> tuple[tuple[Recipient, ...], list[str]]:
    """All instances of To, Cc, Bcc, Resent-To and Resent-Cc, in this order -> recipients, and what was left out."""
    found: list[Recipient] = []
    octets = 0
    for name, role in _RECIPIENT_FIELDS.items():
        for value in header.all(name):
            octets += len(value)
            if len(found) > MAX_MAILBOXES or octets > MAX_FIELD:
                return tuple(found[:MAX_MAILBOXES]), [f"Only the first {MAX_MAILBOXES:,} recipients were read."]
            found += [Recipient(role=role, mailbox=mailbox) for mailbox in parse_mailboxes(value)]
    return tuple(found[:MAX_MAILBOXES]), []
