"""Small makers of what the storage room is given, so that a test names only what it is about."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models import people as tables
from models.activity import Activity, Participant
from models.base import database
from models.inbound import Delivery
from models.inbound import Lease as LeaseRow
from models.project import Project as ProjectRow
from poller.authentication.trace import Trace
from poller.filing.activity import Draft
from poller.filing.decide import Decision
from poller.filing.facts import Customer, Project, User
from poller.filing.judged import Judged, Notice
from poller.filing.match import Gate
from poller.filing.participants import Kind as PersonKind
from poller.filing.participants import Participant as Person
from poller.filing.reasons import Outcome, Reason
from poller.filing.rules import Screened
from poller.filing.settlement import WantedNotice
from poller.mail.fields.address import key_of
from poller.mail.message import Attachment, Fetched, Message, MessageRef, Role
from poller.settings.model import StartPolicy
from poller.storage import activities
from poller.storage.activities import Filed, Filing, Kind
from poller.storage.decided import Decided
from poller.storage.directory import integer_key
from poller.storage.epochs import Epoch, View, open_epoch
from poller.storage.lease import Lease
from poller.storage.ledger import Begun, Ledger
from tests.filing import making

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MAILBOX = "catchall@mail/INBOX"
ALL = StartPolicy(everything=True, since=None)
sqlite_only = pytest.mark.parametrize("database_kind", ["sqlite"])
"""For what SQLite says in words of its own, or is asked in them; `test_plans.py` asks PostgreSQL."""

UIDVALIDITY = 4_294_967_295  # the largest there is


def sha(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def file_draft(draft: Draft, kind: Kind, source_sha256: str, now: datetime) -> Filed:
    """One alone."""
    return activities.file_all([Filing(draft=draft, kind=kind, source_sha256=source_sha256)], now)[0]


def user(organization: int, address: str, *others: str) -> User:
    name = address.partition("@")[0].title()
    row = tables.User.create(organization=organization, key=address, name=name)
    for position, one in enumerate((address, *others)):
        values = {"user": row, "position": position, "address": one, "address_key": key_of(one)}
        tables.UserAddress.create(organization=organization, **values)
    return User(id=row.id, name=name, address=address)


def customer(organization: int, key: str = "globex") -> Customer:
    row = tables.Customer.create(organization=organization, key=key, name=key.title())
    return Customer(id=row.id, key=key, name=row.name)


def contact(organization: int, company: Customer, address: str, *others: str) -> Person:
    """A contact as a participant that was recognised."""
    name = address.partition("@")[0].title()
    row = tables.Contact.create(organization=organization, key=address, customer=company.id, name=name)
    for position, one in enumerate((address, *others)):
        values = {"contact": row, "position": position, "address": one, "address_key": key_of(one)}
        tables.ContactAddress.create(organization=organization, **values)
    return person(address, kind=PersonKind.CONTACT, name=name, contact_id=row.id)


def project(organization: int, number: str, company: Customer | None = None) -> Project:
    name = f"Project {number}"
    keys = {"number": number, "number_key": number.lower(), "integer_key": integer_key(number)}
    rest = {"kind": "project", "state": "open", "customer": company.id if company else None}
    row = ProjectRow.create(organization=organization, name=name, **keys, **rest)
    return Project(id=row.id, number=number, name=name, state="open", customer=company)


def person(address: str, **fields: object) -> Person:
    values = {"kind": PersonKind.EXTERNAL, "role": Role.TO, "name": "", "address": address, "key": key_of(address)}
    return Person(**values | fields)


def people(count: int, start: int = 0) -> tuple[Person, ...]:
    return tuple(person(f"p{number}@elsewhere.example") for number in range(start, start + count))


def as_person(one: User, **fields: object) -> Person:
    return person(one.address, kind=PersonKind.USER, name=one.name, user_id=one.id, **fields)


def file(name: str, content: str = "", **fields: object) -> Attachment:
    content = content or name
    values = {"content_type": "application/pdf", "inline": False, "chunks": lambda: iter([content.encode()])}
    return Attachment(name=name, size=len(content), sha256=sha(content), **values | fields)


def message(name: str = "offer", **fields: object) -> Message:
    """Another `name`, another message."""
    values = {
        "identity": sha(name),
        "message_id": f"{name}@acme.fi",
        "subject": f"About {name}",
        "text": f"This is {name}.",
    }
    return replace(making.message(), **values | fields)


def draft(owner: User, *projects: Project, read: Message | None = None, **fields: object) -> Draft:
    values = {
        "message": read or message(),
        "authentication": making.UNVERIFIED,
        "gate": Gate.AUTHOR,
        "date": NOW,
        "date_source": "date",
        "delivered_at": NOW,
        "customer": None,
        "participants": (),
        "candidates": (),
        "files": (),
        "left_out": (),
        "warnings": (),
    }
    return Draft(owner=owner, projects=projects, **{"bare": not projects} | values | fields)


def fetched(uid: int, at: datetime = NOW) -> Fetched:
    ref = MessageRef(mailbox=MAILBOX, uidvalidity=UIDVALIDITY, uid=uid)
    return Fetched(ref=ref, internal_date=at, size=4_000_000_000, source=b"\r\n")


def to_file(uid: int, drafted: Draft, *addresses: str, **decision: object) -> Judged:
    """A message that is to be filed."""
    return judged(uid, drafted.message, *addresses, drafted=drafted, outcome=Outcome.FILED, **decision)


def refused(uid: int, reason: Reason, *addresses: str, read: Message | None = None, **fields: object) -> Judged:
    """A message that is refused; a notice is wanted for each address."""
    notices = [notice(reason, one) for one in addresses]
    values = {"outcome": reason.outcome, "reason": reason, "notices": notices} | fields
    return judged(uid, read or message(), *addresses, **values)


def deferred(uid: int, **fields: object) -> Judged:
    """A message that a temporary error defers."""
    values = {"reason": Reason.AUTHENTICATION_UNAVAILABLE, "detail": "the DNS did not answer", "read": message()}
    return judged(uid, outcome=Outcome.DEFERRED, **values | fields)


def judged(
    uid: int,
    read: Message | None,
    *addresses: str,
    outcome: Outcome,
    reason: Reason | None = None,
    detail: str | None = None,
    drafted: Draft | None = None,
    notices: Iterable[Notice] = (),
    source: str = "",
) -> Judged:
    route = making.route_of(*(f"X-Original-To: {one}" for one in addresses or ("mycompany@in.example.com",)))
    hits = (reason,) if reason else ()
    return Judged(
        fetched=fetched(uid, drafted.delivered_at if drafted else NOW),
        source_sha256=sha(source or f"source {uid}"),
        screened=Screened(message=read, trace=Trace(boundary=0, hops=()), route=route, oversized=False)
        if read
        else None,
        decision=Decision(outcome=outcome, reason=reason, hits=hits, detail=detail),
        draft=drafted,
        notices=tuple(notices),
    )


def view(uidvalidity: int = UIDVALIDITY, uidnext: int = 1, **fields: object) -> View:
    """What the server shows of the mailbox."""
    return View(**{"mailbox": MAILBOX, "uidvalidity": uidvalidity, "uidnext": uidnext} | fields)


def open_view(
    uidvalidity: int = UIDVALIDITY,
    uidnext: int = 1,
    policy: StartPolicy = ALL,
    *,
    now: datetime = NOW,
    **fields: object,
) -> Epoch:
    """The epoch, as the worker that holds the lease finds it."""
    seen = view(uidvalidity, uidnext, **fields)
    return open_epoch(seen, policy, take_lease(), now)


def take_lease() -> Lease:
    LeaseRow.insert(name=MAILBOX, fence=1).on_conflict_ignore().execute()
    return Lease(name=MAILBOX, fence=1)


def make_ledger(epoch: Epoch, kinds: Mapping[str, Kind]) -> Ledger:
    """A ledger of the worker that holds the lease, with the default AUTH_DEFER_MAX_AGE."""
    return Ledger(epoch, Lease(name=MAILBOX, fence=1), kinds, defer_max_age=days(3))


def begin(ledger: Ledger, *uids: int, source: str = "", now: datetime = NOW) -> set[int]:
    """The UIDs of those that are poison."""
    begun = ledger.begin([(fetched(uid), sha(source or f"source {uid}")) for uid in uids], now)
    return {uid for uid, one in begun.items() if one.poison}


def give_back(ledger: Ledger, *uids: int) -> None:
    """As the worker that made the last attempt at them."""
    counted = {row.uid: row.attempts for row in Delivery.select().where(Delivery.uid << list(uids))}
    ledger.give_back(
        {uid: Begun(is_new=True, attempts=n, poison=False, may_wait=True, standing=None) for uid, n in counted.items()}
    )


def commit(ledger: Ledger, *batch: Judged, now: datetime = NOW) -> list[Decided]:
    """Begun and committed as one batch."""
    ledger.begin([(one.fetched, one.source_sha256) for one in batch], now)
    return ledger.commit(batch, now)


def file_all(ledger: Ledger, *drafts: Draft) -> list[Decided]:
    """Each draft in a transaction of its own, as the copies of a message come in."""
    first = (Delivery.select().count() or 0) + 1
    return [one for uid, drafted in enumerate(drafts, first) for one in commit(ledger, to_file(uid, drafted))]


def asked(work: Callable[[], object]) -> list[tuple[str, list[object]]]:
    """The statements, with their values, that the work asked of the database."""
    logger, said = logging.getLogger("peewee"), []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.msg)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        work()
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)
    return said


def plan_of(sql: str, values: list[object]) -> str:
    """How SQLite goes about it, in its own words."""
    return "; ".join(row[3] for row in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values))


def days(count: float) -> timedelta:
    return timedelta(days=count)


def delivery(uid: int) -> Delivery:
    return Delivery.get(uid=uid)


def only_activity() -> Activity:
    assert Activity.select().count() == 1
    return Activity.get()


def participants() -> list[tuple[str, str, str]]:
    rows = Participant.select().order_by(Participant.activity, Participant.position)
    return [(row.kind, row.role, row.address) for row in rows]


def notice(
    reason: Reason, address: str, rule: str | None = None, *, recipient: str | None = "anna@acme.fi", text: bytes = b""
) -> Notice:
    """A notice that is wanted, and the rule that forbids it."""
    return Notice(
        wanted=WantedNotice(reason=reason, address=address),
        recipient=recipient,
        message_id="notice@in.example.com",
        suppressed_by=lambda _spent: rule,
        compose=lambda: text,
    )
