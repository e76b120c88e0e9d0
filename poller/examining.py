"""A file, or a UID -> the message as the stages would judge it now. Nothing is stored, moved or marked."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from poller.errors import ConfigurationError
from poller.explaining import Document, explanation_of
from poller.mail.header import MAX_HEADER, split_header
from poller.mail.identifiers import parse_date
from poller.mail.message import Fetched, MessageRef
from poller.mailbox.inbox import Inbox
from poller.pipeline import Incoming, Pipeline
from poller.resolver import CachingResolver
from poller.settings import Settings
from poller.storage.database import reading
from poller.storage.files import chunked, path_in, sha256_of
from poller.storage.known import find_activity, find_source, organization_ids


class NotFound(Exception):  # noqa: N818 - an answer, not a failure
    """There is no such message; the sentence says where it was looked for."""


def explain_file(path: Path, settings: Settings) -> Document:
    """A message in a file, as a mail program saves it. When it arrived is taken from its own topmost Received field."""
    source = path.read_bytes()
    arrived = _arrival(source) or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    ref = MessageRef(mailbox=str(path), uidvalidity=0, uid=0)
    oversized = len(source) > settings.max_message_size
    fetched = Fetched(
        ref=ref,
        internal_date=arrived,
        size=len(source),
        source=source[:MAX_HEADER] if oversized else source,
        oversized=oversized,
    )
    with reading(settings.database):
        return _explain(fetched, settings)


def explain_uid(uid: int, settings: Settings) -> Document:
    """A message of the mailbox: its kept source where the ledger knows one, else what the server has."""
    with reading(settings.database):
        kept = find_source(uid, f"{settings.imap.username}@{settings.imap.host.lower()}/")
        path = path_in(settings.files, kept.sha256) if kept else None
        if kept and path and path.is_file():
            source = path.read_bytes()
            return _explain(
                Fetched(ref=kept.ref, internal_date=kept.internal_date, size=len(source), source=source), settings
            )
        with tempfile.TemporaryDirectory() as spool, Inbox(settings.imap) as inbox:
            described = inbox.describe([uid])
            for fetched in inbox.fetch(described, Path(spool), settings.max_message_size):
                return _explain(fetched, settings)
            raise NotFound(f"{inbox.name} has no message with UID {uid}, and no source of one is kept")


def _explain(fetched: Fetched, settings: Settings) -> Document:
    known = organization_ids()
    ids = {one.key: known.get(one.key, 0) for one in settings.organizations}
    resolver = CachingResolver(settings.dns)
    pipeline = Pipeline(settings=settings, organization_ids=ids, resolver_for=resolver.for_message)
    sha256 = sha256_of(chunked(fetched.source))
    (judged,) = pipeline.judge_all(
        [Incoming(fetched=fetched, source_sha256=sha256, hold_before=None, may_wait=True)],
    )
    if judged is None:
        raise ConfigurationError(f"{fetched.ref.mailbox}: the message cannot be judged; the log above says why")
    organization = judged.screened.route.organization if judged.screened else None
    identity = judged.screened.message.identity if judged.screened else ""
    already = find_activity(ids[organization.key], identity) if organization else None
    return explanation_of(judged, settings, already=already) | {"source_sha256": sha256}


def _arrival(source: bytes) -> datetime | None:
    received = split_header(source).first("received")
    return parse_date(received.rpartition(b";")[2]) if received else None
