"""The one place that knows how a message is put into the program without a mailbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from poller.filing.judged import Judged
from poller.mail.message import Fetched, MessageRef
from poller.opening import open_storage
from poller.pipeline import Incoming, Pipeline, drafter_of
from poller.proving import Proving
from poller.resolver import CachingResolver
from poller.settings import DnsSettings, Settings
from poller.storage.database import connected
from tests.acceptance.authentication.shapes import LOGIN
from tests.acceptance.authentication.signing import ARRIVED
from tests.workplace import Workplace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.authentication.case import Case
    from tests.servers.dns import DnsServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the program decided, and in how many seconds."""

    outcome: str
    reason: str | None
    evidence: str | None
    domain: str | None
    detail: str
    seconds: float


Judge = Callable[["Case"], Verdict]


def judge_with(folder: Path, server: DnsServer) -> Judge:
    """A directory in which Bert, to whom every message goes, is a user; then one case at a time."""
    workplace = Workplace(folder=folder)
    workplace.import_directory()
    users = folder / "more.csv"
    users.write_text("key,name,addresses\nbert,Bert Berg,bert@mycompany.example\n")
    workplace.do("import", "users", str(users))
    ids = {key: kind.organization_id for key, kind in open_storage(workplace.settings()).items()}

    @cache
    def loaded(chosen: tuple[tuple[str, str], ...]) -> Settings:
        return workplace.settings(**dict(chosen), IMAP_USERNAME=LOGIN, DNS_SERVERS=f"127.0.0.1:{server.port}")

    def judge(case: Case) -> Verdict:
        source = case.mail.source()
        with serving(server, case):
            settings = loaded(tuple(case.all_settings.items()))
            resolver = CachingResolver(hurried(settings.dns) if case.quick else settings.dns)
            with connected():
                pipeline = Pipeline(
                    settings=settings,
                    organization_ids=ids,
                    proving=Proving(resolver_for=resolver.for_message),
                    drafter=drafter_of(settings, b"key"),
                    now=lambda: ARRIVED,
                )
                # Where nothing keeps it waiting, what else the machine does is not its affair.
                clock = time.perf_counter if case.troubles or case.delays else time.process_time
                start = clock()
                judged = pipeline.judge_all([incoming(case, source)])[0]
                seconds = clock() - start
        assert judged is not None, "the program failed on this message: see its log"
        return verdict(judged, seconds)

    return judge


def hurried(dns: DnsSettings) -> DnsSettings:
    """Shorter than the settings can say, so that a hundred cases are over before anybody looks away."""
    return replace(dns, timeout=timedelta(seconds=0.3), time_budget=timedelta(seconds=0.6))


def incoming(case: Case, source: bytes) -> Incoming:
    ref = MessageRef(mailbox="catchall@mail/INBOX", uidvalidity=1, uid=1)
    fetched = Fetched(ref=ref, internal_date=ARRIVED, size=len(source), source=source)
    return Incoming(fetched=fetched, source_sha256=sha256(source).hexdigest(), hold_before=None, may_wait=case.may_wait)


def verdict(judged: Judged, seconds: float) -> Verdict:
    decision, draft = judged.decision, judged.draft
    return Verdict(
        outcome=str(decision.outcome),
        reason=decision.reason.slug if decision.reason else None,
        evidence=str(draft.authentication.evidence) if draft else None,
        domain=draft.authentication.domain if draft else None,
        detail=decision.detail or "",
        seconds=seconds,
    )


@contextmanager
def serving(server: DnsServer, case: Case) -> Iterator[None]:
    """The server knows this case's zone, and its troubles."""
    server.records, server.troubles, server.delays = case.records, case.troubles, case.delays
    yield
    server.records, server.troubles, server.delays = {}, {}, {}
