"""A database as years leave it: so many activities with all that belongs to them, made by the database itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import peewee

from models.activity import Activity, ActivityProject, Attachment, Participant, StoredFile
from models.base import database
from models.inbound import Delivery
from models.notice import Notice
from models.people import Contact, ContactAddress, Customer, User, UserAddress
from models.project import Project
from poller.settings import DatabaseSettings
from poller.storage.activities import Kind
from poller.storage.database import open_database
from poller.storage.directory import ensure_organization
from tests.storage.making import open_view

FIRST: Final = datetime(2024, 1, 1, tzinfo=UTC)
APART: Final = timedelta(seconds=30)
USERS: Final = 50
_PROJECT, _CUSTOMER = 50, 100  # activities of each
_REFUSED = 20  # one message more that is refused, to so many filed


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """`kind` is what more is filed as. There are so many activities, projects and customers, and `messages` in all."""

    settings: DatabaseSettings
    kind: Kind
    activities: int
    projects: int
    customers: int

    @property
    def messages(self) -> int:
        return self.activities + self.activities // _REFUSED

    @property
    def last(self) -> datetime:
        """The date of the last activity."""
        return FIRST + self.activities * APART


def fill(settings: DatabaseSettings, activities: int) -> Filled:
    """A new database -> the same rows for the same number."""
    with open_database(settings).connection_context():
        return fill_opened(settings, activities)


def fill_opened(settings: DatabaseSettings, activities: int) -> Filled:
    """The database that is open."""
    sql = _Postgresql() if settings.url else _Sqlite()
    filled = Filled(
        settings=settings,
        kind=_kind(),
        activities=activities,
        # Odd, so that each has its part of what every fourth activity has.
        projects=activities // _PROJECT | 1,
        customers=activities // _CUSTOMER | 1,
    )
    sql.begin()
    for model, count, values in _tables(filled, sql):
        sql.insert(model, count, values)
    sql.end()
    return filled


class _Sql:
    """What both databases say in different words. In all of it `n` counts from 1."""

    def begin(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        raise NotImplementedError

    def sha(self, words: str) -> str:
        raise NotImplementedError

    def moment(self, seconds: str) -> str:
        raise NotImplementedError

    def numbers(self, count: int) -> str:
        raise NotImplementedError

    def insert(self, model: type[peewee.Model], count: int, values: Mapping[str, str]) -> None:
        """Rows of those expressions; what is not named has its default."""
        meta: Any = model._meta
        full = {name: _literal(value) for name, value in meta.get_default_dict().items()} | dict(values)
        columns = ", ".join(f'"{meta.fields[name].column_name}"' for name in full)
        into = f'INSERT INTO "{meta.table_name}" ({columns})'
        database.execute_sql(f"{into} SELECT {', '.join(full.values())} FROM {self.numbers(count)} ORDER BY n")


class _Sqlite(_Sql):
    def begin(self) -> None:
        database.obj.register_function(lambda words: sha256(words.encode()).hexdigest(), "sha", 1)
        database.execute_sql("PRAGMA synchronous = off")
        database.execute_sql("PRAGMA cache_size = -1000000")

    def end(self) -> None:
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def sha(self, words: str) -> str:
        return f"sha({words})"

    def moment(self, seconds: str) -> str:
        return f"strftime('%Y-%m-%d %H:%M:%S.000000+00:00', {seconds}, 'unixepoch')"

    def numbers(self, count: int) -> str:
        more = f"SELECT n + 1 FROM numbers WHERE n < {count}"
        return f"(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL {more}) SELECT n FROM numbers)"


class _Postgresql(_Sql):
    def insert(self, model: type[peewee.Model], count: int, values: Mapping[str, str]) -> None:
        super().insert(model, count, values)
        database.execute_sql(f'ANALYZE "{model._meta.table_name}"')  # or the next table's keys are looked for in all

    def begin(self) -> None:
        """Each statement by itself."""

    def end(self) -> None:
        database.execute_sql("VACUUM ANALYZE")  # as the server does by itself, in its own time

    def sha(self, words: str) -> str:
        return f"encode(sha256(convert_to({words}, 'UTF8')), 'hex')"

    def moment(self, seconds: str) -> str:
        return f"to_timestamp({seconds})"

    def numbers(self, count: int) -> str:
        return f"generate_series(1, {count}) AS numbers(n)"


def _kind() -> Kind:
    ids = ensure_organization(
        key="",
        prefix="mycompany",
        filing_address="mycompany@in.example.com",
        activity_type="E-mail",
        calendar_sync=False,
    )
    return Kind(
        organization_id=ids.organization,
        type_id=ids.activity_type,
        status="done",
        max_participants=50,
        inherit_project=False,
    )


def _among(count: int, number: str = "n") -> str:
    """One of so many, in turn: both databases divide without a remainder, and have no other word in common."""
    return f"1 + {number} - {number} / {count} * {count}"


def _literal(value: object) -> str:
    return {True: "TRUE", False: "FALSE"}[value] if isinstance(value, bool) else f"'{value}'"


def _tables(filled: Filled, sql: _Sql) -> list[tuple[type[peewee.Model], int, Mapping[str, str]]]:
    many, epoch = filled.activities, open_view(uidnext=filled.messages + 1).id
    ours = {"organization": str(filled.kind.organization_id)}
    at = sql.moment(f"{int(FIRST.timestamp())} + n * {int(APART.total_seconds())}")
    return [
        *_people(filled, ours),
        (Activity, many, _activity(filled, sql, at) | ours),
        (ActivityProject, many, {"activity": "n", "project": _among(filled.projects)}),
        *(
            (Participant, many, _participant(position, who) | {"activity": "n", "position": str(position)})
            for position, who in enumerate(({"user": _among(USERS)}, {"contact": _among(filled.customers)}, {}))
        ),
        (StoredFile, many // 4, {"sha256": sql.sha("'file ' || n"), "size": "100000", "created_at": at}),
        (Attachment, many // 4, _attachment(sql)),
        (Delivery, filled.messages, _delivery(filled, sql, at) | ours | {"epoch": str(epoch)}),
        (Notice, filled.messages - many, _notice(filled, sql, at) | ours),
    ]


def _people(filled: Filled, ours: Mapping[str, str]) -> list[tuple[type[peewee.Model], int, Mapping[str, str]]]:
    customers, named = filled.customers, {"key": "'k' || n", "name": "'Name ' || n"}

    def owned(domain: str) -> dict[str, str]:
        address = f"n || '@{domain}'"
        return {**ours, "position": "0", "address": address, "address_key": address}

    return [
        (User, USERS, {**ours, **named}),
        (UserAddress, USERS, {**owned("acme.example"), "user": "n"}),
        (Customer, customers, {**ours, **named}),
        (Contact, customers, {**ours, **named, "customer": "n"}),
        (ContactAddress, customers, {**owned("customer.example"), "contact": "n"}),
        (
            Project,
            filled.projects,
            {
                **ours,
                **dict.fromkeys(("number", "number_key", "integer_key"), "CAST(1000 + n AS TEXT)"),
                "name": "'Project ' || n",
                "kind": "'project'",
                "state": "'open'",
                "customer": _among(customers),
            },
        ),
    ]


def _activity(filled: Filled, sql: _Sql, at: str) -> dict[str, str]:
    return {
        "identity": sql.sha("'identity ' || n"),
        "type": str(filled.kind.type_id),
        "status": "'done'",
        "date": at,
        "date_source": "'date'",
        "owner": _among(USERS, "n / 7"),
        "customer": _among(filled.customers),
        "gate": "'author'",
        "evidence": "'dkim'",
        "spf": "'pass'",
        "dkim": "'pass'",
        "dmarc": "'pass'",
        "unverified": "FALSE",
        "source_sha256": sql.sha("'source ' || n"),
        "message_id_sha256": sql.sha("n || '@acme.example'"),
        "delivered_at": at,
        "created_at": at,
        "subject": "'About ' || n",
        "message_id": "n || '@acme.example'",
        "text": f"'{'The offer for the piling at the quay, with drawings and a schedule. ' * 8}'",
    }


def _participant(position: int, who: Mapping[str, str]) -> dict[str, str]:
    kind = next(iter(who), "external")
    address = f"n || '@{kind}.example'"
    role = "author" if position == 0 else "to"
    return {"kind": f"'{kind}'", "role": f"'{role}'", "name": "''", "address": address, "address_key": address, **who}


def _attachment(sql: _Sql) -> dict[str, str]:
    return {
        "activity": "4 * n",
        "position": "0",
        "name": "n || '.pdf'",
        "content_type": "'application/pdf'",
        "file": sql.sha("'file ' || n"),
        "inline": "FALSE",
    }


def _delivery(filled: Filled, sql: _Sql, at: str) -> dict[str, str]:
    """Behind the filed ones those that were refused."""

    def either(filed: str, refused: str) -> str:
        return f"CASE WHEN n <= {filled.activities} THEN {filed} ELSE {refused} END"

    return {
        "uid": "n",
        "internal_date": at,
        "size": "200000",
        "source_sha256": sql.sha("'source ' || n"),
        "source_kept": "TRUE",
        "identity": sql.sha("'identity ' || n"),
        "outcome": either("'filed'", "'rejected'"),
        "reason": either("NULL", "'no-user'"),
        "notice": either("'none'", "'sent'"),
        "activity": either("n", "NULL"),
        "folder": either("'Filed'", "'Rejected'"),
        "folder_uidvalidity": "7",
        "folder_uid": "n",
        "seen_at": at,
        "decided_at": at,
        "settled_at": at,
        "author": "'anna@acme.example'",
        "message_id": "n || '@acme.example'",
        "subject": "'About ' || n",
        "recipients": """'["mycompany@in.example.com"]'""",
    }


def _notice(filled: Filled, sql: _Sql, at: str) -> dict[str, str]:
    return {
        "delivery": f"{filled.activities} + n",
        "identity": sql.sha(f"'identity ' || ({filled.activities} + n)"),
        "reason": "'no-user'",
        "address": "''",
        "address_sha256": sql.sha("''"),
        "state": f"CASE {_among(3)} WHEN 1 THEN 'sent' WHEN 2 THEN 'failed' ELSE 'suppressed' END",
        "rule": f"CASE WHEN {_among(3)} = 3 THEN 'Q5' END",
        "created_at": at,
        "updated_at": at,
        "recipient_sha256": sql.sha("'recipient ' || n"),
        "domain_sha256": sql.sha("'domain'"),
    }
