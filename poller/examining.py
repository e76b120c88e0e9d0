"""A file, or a UID -> the message as the stages would judge it now. Nothing is stored, moved or marked."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from poller import events
from poller.child.expanding import ChildExpander
from poller.explaining import Found, explanation_of
from poller.filing.deferral import may_wait
from poller.filing.inheriting import Inheritance
from poller.filing.judged import Judged
from poller.filing.match import correspondents_of, keys_of
from poller.filing.participants import Correspondent, recognise
from poller.filing.reasons import Outcome
from poller.filing.rules import Screened
from poller.mail.fields.identifiers import parse_date
from poller.mail.header import split_header
from poller.mail.message import Fetched, MessageRef, Octets
from poller.pipeline import Incoming, Pipeline, drafter_of
from poller.proving import Proving
from poller.resolver import CachingResolver
from poller.settings import Settings
from poller.storage.answered import inheritance_of, recorded_inheritance
from poller.storage.database import reading
from poller.storage.directory import find_people
from poller.storage.documents import Document, rfc3339
from poller.storage.files import chunked, path_in, sha256_of
from poller.storage.known import KnownDelivery, as_copy, find_activity, find_delivery, organization_ids
from poller.storage.secrets import stored_notice_key

_LARGE = 1 << 20  # octets: a larger file is not read but mapped into memory
_MAILBOX_SECONDS = 10 * 60


class CannotExplain(Exception):  # noqa: N818 - an answer, not a failure
    """There is no such message, or nobody can read it: one sentence that says why."""


def explain_file(path: Path, settings: Settings) -> Document:
    """A message in a file, as a mail program saves it. When it arrived is taken from its own topmost Received field."""
    with _opened(path, settings.max_message_size) as read, _reading(settings) as notes:
        arrived = _arrival(read.source)
        fetched = Fetched(
            ref=MessageRef(mailbox=str(path), uidvalidity=0, uid=0),
            internal_date=arrived or read.changed,
            size=read.size,
            source=read.source,
            oversized=read.size > settings.max_message_size,
        )
        found = Found(
            kind="file",
            name=str(path),
            dated_by="received" if arrived else "file",
            notes=(*notes, *_oddities(read.source)),
        )
        return _explain(fetched, settings, found)


def explain_uid(uid: int, settings: Settings) -> Document:
    """A message of the mailbox: its kept source where the ledger knows the UID, else what the server has."""
    with _reading(settings) as notes:
        known = find_delivery(uid, f"{settings.imap.username}@{settings.imap.host.lower()}/")
        kept = path_in(settings.files, known.source_sha256) if known and known.source_sha256 else None
        if known is None or kept is None or not kept.is_file():
            return _explain_in_mailbox(uid, known, settings, notes)
        with _opened(kept, settings.max_message_size) as read:
            fetched = Fetched(
                ref=known.ref,
                internal_date=known.internal_date,
                size=known.size,
                source=read.source,
                # Of a message that was too large the header alone was fetched, and kept.
                oversized=max(read.size, known.size) > settings.max_message_size,
            )
            found = Found(kind="kept", name=str(known.ref), dated_by="internaldate", notes=notes)
            return _explain(fetched, settings, found, known)


def _explain_in_mailbox(uid: int, known: KnownDelivery | None, settings: Settings, notes: tuple[str, ...]) -> Document:
    from poller.deadline import Deadline  # noqa: PLC0415 - a file is explained without IMAP
    from poller.mailbox.inbox import Inbox  # noqa: PLC0415

    with (
        TemporaryDirectory() as spool,
        Deadline(_MAILBOX_SECONDS) as deadline,
        Inbox(settings.imap, deadline, examine=True) as inbox,
    ):
        described = inbox.describe([uid])
        for fetched in inbox.fetch(described, Path(spool), settings.max_message_size):
            found = Found(kind="mailbox", name=str(fetched.ref), dated_by="internaldate", notes=notes)
            return _explain(fetched, settings, found, known if known and known.ref == fetched.ref else None)
        raise CannotExplain(_why_missing(inbox.name, uid, known, is_listed=bool(described)))


def _why_missing(mailbox: str, uid: int, known: KnownDelivery | None, *, is_listed: bool) -> str:
    if is_listed:
        return f"{mailbox}: the server lists UID {uid}, and cannot hand it out now"
    if known is None:
        return f"{mailbox} has no message with UID {uid}, and the ledger knows of none"
    became = f"{known.outcome or 'not decided yet'}{f', moved to {known.folder}' if known.folder else ''}"
    return (
        f"{mailbox} has no message with UID {uid} any more ({became}), and no source of it is kept: "
        "save the message as a file, and explain that"
    )


def _explain(fetched: Fetched, settings: Settings, found: Found, known: KnownDelivery | None = None) -> Document:
    in_database = organization_ids()
    ids = {one.key: in_database.get(one.key, 0) for one in settings.organizations}
    now = datetime.now(UTC)
    expander = ChildExpander()
    pipeline = Pipeline(
        settings=settings,
        organization_ids=ids,
        proving=Proving(resolver_for=CachingResolver(settings.dns).for_message),
        drafter=drafter_of(settings, stored_notice_key() or b""),
        now=lambda: now,
        expander=expander,
    )
    first_attempt = known.seen_at if known else now
    incoming = Incoming(
        fetched=fetched,
        source_sha256=sha256_of(chunked(fetched.source)),
        hold_before=None,
        may_wait=may_wait(first_attempt, now, settings.auth.defer_max_age),
    )
    with expander, events.untold():
        (judged,) = pipeline.judge_all([incoming])
    if judged is None or judged.screened is None:
        raise CannotExplain(f"{found.name}: cannot be judged, and the log above says why; please report it")
    organization = judged.screened.route.organization
    organization_id = ids[organization.key] if organization else 0
    found = replace(
        found,
        before=_before(known) if known else None,
        correspondents=_correspondents(judged.screened, settings, organization_id) if judged.evidence else (),
        inheritance=_inheritance(judged, organization_id, settings),
    )
    return explanation_of(judged, judged.screened, settings, _with_copies(found, judged, organization_id, known))


def _inheritance(judged: Judged, organization_id: int, settings: Settings) -> Inheritance | None:
    """What was recorded of a message that is filed already, or what would be; None where nobody would look."""
    if judged.draft is None or not judged.draft.bare:
        return None
    if activity_id := find_activity(organization_id, judged.draft.message.identity):
        return recorded_inheritance(activity_id)
    return inheritance_of(organization_id, judged.draft) if settings.inherit_project else None


def _with_copies(found: Found, judged: Judged, organization_id: int, known: KnownDelivery | None) -> Found:
    """What was filed before: as this very message, or as another copy of it."""
    identity = judged.screened.message.identity if judged.screened else ""
    activity_id = find_activity(organization_id, identity)
    if activity_id is None or judged.draft is None:
        return replace(found, copy_of=activity_id)
    if known and known.outcome and known.activity_id == activity_id:
        return replace(found, copy_of=activity_id, outcome=Outcome(known.outcome))
    copy = as_copy(judged.draft, activity_id)
    return replace(found, copy_of=activity_id, outcome=copy.outcome, note=copy.note)


def _correspondents(screened: Screened, settings: Settings, organization_id: int) -> tuple[Correspondent, ...]:
    named = correspondents_of(screened.message, screened.route, settings.routing)
    people = find_people(organization_id, keys_of(named))
    return tuple(recognise(role, mailbox, people) for role, mailbox in named)


def _before(known: KnownDelivery) -> Document:
    return {
        "outcome": known.outcome,
        "reason": known.reason,
        "detail": known.detail,
        "decided_at": known.decided_at and rfc3339(known.decided_at, "seconds"),
        "folder": known.folder,
        "activity": known.activity_id,
    }


@contextmanager
def _reading(settings: Settings) -> Iterator[tuple[str, ...]]:
    """The database, unchanged -> what there is to say about it."""
    with reading(settings.database) as is_there:
        missing = f"there is no database yet ({settings.database.path}): nobody is known as a user, and no project"
        yield () if is_there else (missing,)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A file's octets, or the header alone of one that is too large; its size; when it was changed."""

    source: Octets
    size: int
    changed: datetime


@contextmanager
def _opened(path: Path, max_size: int) -> Iterator[_Read]:
    with ExitStack() as stack:
        try:
            read = _read(stack.enter_context(path.open("rb")), max_size)
        except OSError as error:
            raise CannotExplain(f"{path}: cannot be read: {error.strerror}") from error
        if isinstance(read.source, mmap):
            stack.enter_context(read.source)
        yield read


def _read(file: BinaryIO, max_size: int) -> _Read:
    status = os.fstat(file.fileno())
    changed = datetime.fromtimestamp(status.st_mtime, UTC)
    size = status.st_size
    if not stat.S_ISREG(status.st_mode):  # a pipe, of which nobody knows the size before it ends
        source = file.read(max_size + 1)
        size = len(source)
    elif _LARGE < size <= max_size:
        return _Read(source=mmap(file.fileno(), 0, access=ACCESS_READ), size=size, changed=changed)
    else:
        source = file.read(_LARGE)
    # As it would be fetched: of what is too large, the header alone.
    whole = source if size <= max_size else source[: split_header(source).body_offset]
    return _Read(source=whole, size=size, changed=changed)


def _arrival(source: Octets) -> datetime | None:
    received = split_header(source).first("received")
    return parse_date(received.rpartition(b";")[2]) if received else None


def _oddities(source: Octets) -> Iterator[str]:
    """What a mailbox would not have, and a file does."""
    header = split_header(source)
    if not source:
        yield "the file is empty"
    elif source[:5] == b"From ":
        yield (
            'the file begins with a line "From …", which programs write between messages and no server sends: '
            "it is judged as a part of the header; remove it to see what the message itself would come to"
        )
    elif header.malformed is None and header.first("received") is None:
        yield (
            "the file has no Received field, so it was not saved from a mailbox: "
            "what our server writes on delivery, and proves the sender by, is missing"
        )
