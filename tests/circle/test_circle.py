"""One table of mail, and what becomes of each letter: in the ledger, and in the mailbox of who wrote it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.acceptance.mailboxes import Account, contents
from tests.circle.letters import FORWARDER, STRANGER, Letter, send
from tests.circle.notices import Notice, notices
from tests.servers.site import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.program import Program
    from tests.servers.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A letter, its rows in the ledger as "outcome reason", and the notices to its return path as "status address"."""

    name: str
    letter: Letter
    rows: tuple[str, ...]
    told: tuple[str, ...] = ()


def letter(who: str, *to: str, **more: object) -> Letter:
    addresses = tuple(f"{local}@in.example.com" for local in to)
    return replace(Letter(author=f"{who}@acme.fi", to=addresses), **more)  # type: ignore[arg-type]


FILED = "filed None"
UNKNOWN = "rejected recipient-invalid"
CATCH_ALL = "catchall@in.example.com"
REWRITTEN = "returned-acme@forwarder.example"

CASES = (
    Case(name="a project in BCC", letter=letter("anna", "1001.mycompany"), rows=(FILED,)),
    Case(
        name="a plus address",
        letter=letter("anna", "mycompany+1001", fields={"Subject": "Plus"}),
        rows=(FILED,),
    ),
    Case(
        name="an unknown number",
        letter=letter("bert", "1011.mycompany", fields={"Message-ID": "<to-1011@acme.fi>"}),
        rows=(UNKNOWN,),
        told=("5.1.1 1011.mycompany@in.example.com",),
    ),
    Case(
        name="a retired address",
        letter=letter("cleo", "1001.oldname"),
        rows=("rejected retired-address",),
        told=("5.1.6 1001.oldname@in.example.com",),
    ),
    Case(
        name="no subject",
        letter=letter("dora", "1001.mycompany", fields={"Subject": None}),
        rows=("rejected no-subject",),
        told=("5.6.0 1001.mycompany@in.example.com",),
    ),
    Case(
        name="too large",
        letter=letter("edit", "1001.mycompany", body="Many piles are driven.\r\n" * 5000),
        rows=("rejected message-too-large",),
        told=("5.3.4 1001.mycompany@in.example.com",),
    ),
    Case(
        name="a stranger as Frida",
        letter=letter("frida", "1001.mycompany", client=STRANGER),
        rows=("quarantined authentication-failed",),
    ),
    Case(
        name="a stranger as Frida, and the number unknown",
        letter=letter("frida", "9999.mycompany", client=STRANGER),
        rows=(UNKNOWN,),
    ),
    Case(
        name="somebody who is no user",
        letter=letter("guest", "1001.mycompany"),
        rows=("quarantined no-user",),
    ),
    Case(
        name="two authors",
        letter=letter("gustav", "9999.mycompany", fields={"From": "gustav@acme.fi, frida@acme.fi"}),
        rows=("quarantined malformed",),
    ),
    Case(
        name="one of two numbers unknown, both in BCC",
        letter=letter("hilda", "1001.mycompany", "9999.mycompany"),
        rows=(FILED, UNKNOWN),
        told=("5.1.1 9999.mycompany@in.example.com",),
    ),
    Case(
        name="one of two numbers unknown, both in To",
        letter=letter(
            "ingrid",
            "1002.mycompany",
            "9998.mycompany",
            fields={"To": "1002.mycompany@in.example.com, 9998.mycompany@in.example.com"},
        ),
        rows=("duplicate recipient-invalid", "filed recipient-invalid"),
        told=("5.1.1 9998.mycompany@in.example.com",),
    ),
    Case(
        name="signed, and sent on",
        letter=letter("jussi", "1001.mycompany", client=FORWARDER, signed=True),
        rows=(FILED,),
    ),
    Case(
        name="signed, sent on, and the number unknown",
        letter=letter("kaarina", "9999.mycompany", client=FORWARDER, signed=True),
        rows=(UNKNOWN,),
        told=("5.1.1 9999.mycompany@in.example.com",),
    ),
    Case(
        name="signed, sent on in the forwarder's name, and the number unknown",
        letter=letter("anna", "9997.mycompany", client=FORWARDER, signed=True, mail_from=REWRITTEN),
        rows=(UNKNOWN,),
        told=("5.1.1 9997.mycompany@in.example.com",),
    ),
    Case(
        name="a null sender",
        letter=letter("anna", "9999.mycompany", mail_from="", signed=True),
        rows=(UNKNOWN,),
    ),
)
FOLDERS = {"filed": "Filed", "duplicate": "Filed", "rejected": "Rejected", "quarantined": "Quarantine"}


def test_a_day_of_mail(site: Site, install: Callable[..., Program]) -> None:
    program = install(MAX_MESSAGE_SIZE="100k", RETIRED_ADDRESSES="oldname@in.example.com")
    cases = [replace(case, letter=numbered(case.letter, number)) for number, case in enumerate(CASES)]
    for case in cases:
        send(site, case.letter)
    site.postfix.delivered()
    program.do("once")
    site.postfix.delivered()
    told = {address: notices(site, address) for address in site.mailboxes() if address != CATCH_ALL}
    wrong = [*wrong_rows(cases, program.do("messages", "--json").rows), *wrong_notices(cases, told)]
    assert not wrong, "\n".join(wrong)
    folders = [one.folder for one in contents(Account(site.imap_port, CATCH_ALL, PASSWORD))]
    assert folders == sorted(FOLDERS[row.split()[0]] for case in cases for row in case.rows)
    evidence = [one["authentication"]["evidence"] for one in program.do("activities", "--json").rows]
    assert sorted(evidence) == ["dkim", *["spf"] * 4]
    (notice,) = told["bert@acme.fi"]
    assert notice.message["To"] == "bert@acme.fi"
    assert notice.message["In-Reply-To"] == "<to-1011@acme.fi>"
    assert "1001 Harbour renewal" in notice.text
    assert "Subject: Piling" in notice.original
    assert b"The piles are driven" not in notice.source


def numbered(one: Letter, number: int) -> Letter:
    return replace(one, fields={"Message-ID": f"<{number}@acme.fi>", **one.fields})


def wrong_rows(cases: list[Case], rows: list[dict[str, object]]) -> Iterator[str]:
    for case in cases:
        message_id = str(case.letter.fields["Message-ID"]).strip("<>")
        ours = (row for row in rows if row["message_id"] == message_id)
        found = tuple(sorted(f"{row['outcome']} {row['reason']}" for row in ours))
        if found != case.rows:
            yield f"{case.name}: {found} instead of {case.rows}"


def wrong_notices(cases: list[Case], told: dict[str, list[Notice]]) -> Iterator[str]:
    expected: dict[str, list[str]] = {}
    for case in cases:
        if case.told:
            expected.setdefault(case.letter.return_path, []).extend(case.told)
    for address in {*told, *expected}:
        found = [f"{notice.status} {notice.address}" for notice in told.get(address, [])]
        if found != expected.get(address):
            yield f"{address} was told {found} instead of {expected.get(address)}"
