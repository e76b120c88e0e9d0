"""Small makers of the values that the stages pass on, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from poller.authentication.findings import DmarcFinding, Findings, Mechanism, Result
from poller.authentication.trace import Trace, read_trace
from poller.authentication.verdict import Authentication
from poller.filing.destination import Destination
from poller.filing.facts import Contact, Customer, People, Project, User
from poller.filing.match import Gate, Match
from poller.filing.route import Route, find_route
from poller.filing.rules import Evidence, Screened
from poller.mail.fields.address import key_of
from poller.mail.header import split_header
from poller.mail.message import Attachment, Fetched, Header, Mailbox, Message, MessageRef, Recipient, Role
from poller.settings.model import AuthPolicy, AuthSettings, FilingAddress, OrganizationSettings, RoutingSettings
from tests.authentication import making as authentication

ARRIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HEADERS = ("x-original-to", "x-delivered-to", "envelope-to", "delivered-to")


def organization(
    address: str = "mycompany@in.example.com", key: str = "", retired: Iterable[str] = ()
) -> OrganizationSettings:
    return OrganizationSettings(
        key=key,
        filing_address=filing_address(address),
        activity_type="E-mail",
        activity_status="done",
        calendar_sync=False,
        retired=tuple(filing_address(one) for one in retired),
        notice_language="en",
    )


def filing_address(address: str) -> FilingAddress:
    prefix, _, domain = address.rpartition("@")
    return FilingAddress(prefix=prefix, domain=domain)


def routing(
    *organizations: OrganizationSettings,
    dedicated: bool = True,
    login: str = "catchall@in.example.com",
    notices: tuple[str, ...] = ("notices@in.example.com",),
) -> RoutingSettings:
    return RoutingSettings(
        organizations=organizations or (organization(),),
        recipient_headers=HEADERS,
        dedicated_domain=dedicated,
        mailbox_login=login,
        notice_addresses=notices,
    )


def auth(*our_mta_names: str) -> AuthSettings:
    return authentication.auth(policy=AuthPolicy.MONITOR, our_mta_names=our_mta_names, trusted_relays=())


def header(*lines: str) -> Header:
    return split_header("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n")


def route_of(*lines: str, settings: RoutingSettings | None = None, ours: tuple[str, ...] = ()) -> Route:
    found = header(*lines)
    return find_route(found, read_trace(found, auth(*ours)), settings or routing())


def trace(boundary: int = 0) -> Trace:
    return Trace(boundary=boundary, hops=())


def mailbox(address: str, name: str = "") -> Mailbox:
    return Mailbox(name=name, address=address, key=key_of(address) or "")


def message(
    *lines: str,
    author: str | None = "anna@acme.fi",
    to: Iterable[str] = (),
    subject: str = "Offer",
    date: datetime | None = None,
    malformed: str | None = None,
    attachments: tuple[Attachment, ...] = (),
    defects: tuple[str, ...] = (),
) -> Message:
    return Message(
        header=header(*lines),
        author=mailbox(author) if author else None,
        recipients=tuple(Recipient(role=Role.TO, mailbox=mailbox(one)) for one in to),
        subject=subject,
        date=date,
        message_id=None,
        in_reply_to=(),
        references=(),
        text="",
        quoted_from=None,
        html=None,
        attachments=attachments,
        identity="0" * 64,
        malformed=malformed,
        defects=defects,
    )


def attachment(name: str, size: int) -> Attachment:
    return Attachment(
        name=name, content_type="application/pdf", size=size, sha256="f" * 64, inline=False, chunks=lambda: iter(())
    )


def fetched(internal_date: datetime = ARRIVED) -> Fetched:
    ref = MessageRef(mailbox="catchall@mail/INBOX", uidvalidity=1, uid=1)
    return Fetched(ref=ref, internal_date=internal_date, size=1, source=b"\r\n")


def screened(read: Message | None = None, *, oversized: bool = False) -> Screened:
    return Screened(
        message=read or message(),
        trace=trace(),
        route=route_of("X-Original-To: 1001.mycompany@in.example.com"),
        oversized=oversized,
    )


ANNA = User(id=1, name="Anna Aalto", address="anna@acme.fi")
BERT = User(id=2, name="Bert Berg", address="bert@acme.fi")
GLOBEX = Customer(id=1, key="globex", name="Globex Oy")
INITECH = Customer(id=2, key="initech", name="Initech Ab")


def contact(number: int, address: str, customer: Customer = GLOBEX) -> Contact:
    return Contact(id=number, name=f"Contact {number}", address=address, customer=customer)


def people(
    users: Mapping[str, User] | None = None, contacts: Mapping[str, tuple[Contact, ...]] | None = None
) -> People:
    return People(users=users or {"anna@acme.fi": ANNA, "bert@acme.fi": BERT}, contacts=contacts or {})


def project(number: str, number_id: int = 1, state: str = "open", customer: Customer | None = None) -> Project:
    return Project(id=number_id, number=number, name=f"Project {number}", state=state, customer=customer)


def destination(*projects: Project, **fields: object) -> Destination:
    values = {"reachable": True, "projects": projects, "refused": (), "unknown": ()} | fields
    return Destination(**values)


def match(**fields: object) -> Match:
    values = {"gate": Gate.AUTHOR, "owner": ANNA, "participants": (), "customer": None, "candidates": ()} | fields
    return Match(**values)


UNVERIFIED = Authentication(
    evidence=Mechanism.NONE,
    spf=Result.NONE,
    dkim=Result.NONE,
    dmarc=Result.NONE,
    domain=None,
    selector=None,
    accepted=True,
    unavailable=False,
    why="",
    findings=Findings(
        author_domain="acme.fi",
        spf=None,
        dkim=(),
        dmarc=DmarcFinding(result=Result.NONE, domain=None, strict_dkim=False, strict_spf=False, why=""),
        results=None,
        arc=None,
        identifiers=(),
    ),
)


def evidence(
    read: Message | None = None,
    *,
    oversized: bool = False,
    goes_to: Destination | None = None,
    matched: Match | None = None,
    authentication: Authentication | None = None,
) -> Evidence:
    return Evidence(
        screened=screened(read, oversized=oversized),
        authentication=authentication or UNVERIFIED,
        destination=goes_to or destination(),
        match=matched or match(),
    )
