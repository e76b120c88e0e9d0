"""A handful of the cases the whole way: a mailbox of Dovecot, `mailfiler once`, the listings and the folders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.authentication.case import SERVFAIL, Case
from tests.acceptance.authentication.cases import FAMILIES
from tests.acceptance.authentication.shapes import LOGIN, MX
from tests.acceptance.authentication.signing import ARRIVED
from tests.acceptance.mailboxes import connected, contents, deliver
from tests.servers.dns import DnsServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.ready import Ready

CHOSEN = (
    ("D good borders", "Postfix"),
    ("D good borders", "an unknown client name"),
    ("G good DKIM", "simple and simple"),
    ("G keys", "an alias of the key"),
    ("ways of mail", "a newsletter service with the author's bounce domain"),
    ("J ARC", "a trusted list"),
    ("D forged trace", "our border field forged below the border"),
    ("H foreign", "another domain that ends alike"),
    ("B singletons", "two From, the forged one above"),
    ("K defers", "the alias of the key"),
)
FOLDERS = {"filed": "Filed", "quarantined": "Quarantine", "deferred": "INBOX"}


def numbered(number: int, family: str, name: str) -> Case:
    """The case with a Message-ID of its own: all are one message otherwise."""
    case = next(one for one in FAMILIES[family] if one.name == name)
    fields = {**case.mail.fields, "Message-ID": f"<{number}@mail.acme.fi>"}
    return replace(case, mail=replace(case.mail, fields=fields))


@pytest.fixture
def cases() -> list[Case]:
    return [numbered(number, *chosen) for number, chosen in enumerate(CHOSEN)]


def test_a_mailbox_of_attacks_and_legitimate_mail_is_filed_quarantined_and_deferred(
    cases: list[Case], ready: Callable[..., Ready]
) -> None:
    records = {name: texts for case in cases for name, texts in case.records.items()}
    troubles = {name: SERVFAIL for case in cases for name in case.troubles}
    with DnsServer(records=records, troubles=troubles) as dns:
        settings = {"AUTH_POLICY": "aligned", "MAIL_PROVIDER": "postfix", "OUR_MTA_NAMES": MX,
                    "TRUSTED_ARC_SEALERS": "list.example", "DNS_SERVERS": f"127.0.0.1:{dns.port}"}  # fmt: skip
        here = ready(settings)
        with connected(here.account) as client:
            sources = [case.mail.source().replace(LOGIN.encode(), here.account.login.encode()) for case in cases]
            uids = {deliver(client, source, ARRIVED): case for source, case in zip(sources, cases, strict=True)}
        here.program.do("once")
    rows = {row["uid"]: row for row in here.program.do("messages", "--json").rows}
    activities = {activity["id"]: activity for activity in here.program.do("activities", "--json").rows}
    wrong = [
        f"{case.name}: {rows[uid]}"
        for uid, case in uids.items()
        if not agrees(case, rows[uid], activities.get(rows[uid]["activity"]))
    ]
    assert not wrong, "\n".join(wrong)
    assert sorted(FOLDERS[case.expected.outcome] for case in cases) == [one.folder for one in contents(here.account)]


def agrees(case: Case, row: dict[str, object], activity: dict[str, dict[str, str]] | None) -> bool:
    expected = case.expected
    if row["outcome"] != expected.outcome or (expected.reasons and row["reason"] not in expected.reasons):
        return False
    if not expected.evidence:
        return activity is None and row["notice"] == "none"
    found = activity["authentication"] if activity else {}
    return found.get("evidence") in expected.evidence and found.get("domain") == expected.domain
