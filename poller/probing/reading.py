"""A copy of the probe -> what filing makes of it, and what the servers on the way have done to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from poller.authentication.authenticate import authenticate
from poller.authentication.authres import trusted_results
from poller.authentication.dkim import verify_signatures
from poller.authentication.dns import RecordType, Resolver, TemporaryFailure
from poller.authentication.findings import DkimFinding, Result
from poller.authentication.gather import Submission
from poller.authentication.results import authserv_id_of
from poller.authentication.verdict import Authentication
from poller.filing.first_look import FirstLook, Looking, Unread
from poller.filing.route import Provenance, Route, find_route
from poller.mail.fields.address import key_of
from poller.mail.message import Header
from poller.probing.arrival import Copy
from poller.probing.letter import Probe
from poller.probing.way import Way, find_way
from poller.settings import Settings
from poller.settings.model import WITHOUT_ID, AuthSettings, AuthSource, RoutingSettings

_AUTHORED = frozenset({"to", "cc", "bcc", "subject", "message-id", "references"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Where a copy names one of the probe's addresses: as filing finds it now, and as with the settings proposed.

    `fields` are the names, as written, of further fields that have it, which filing does not look into.
    """

    now: Provenance | None
    proposed: Provenance | None
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Authentication-Results that came with the copy. `authserv_id` is WITHOUT_ID for Microsoft's field.

    `forged`: it was in the probe when that was sent. `within`: it stands where our border server writes its own.
    `passed`: it says that DKIM or SPF passed, and could be believed if it were to be.
    """

    authserv_id: str
    position: int
    forged: bool
    within: bool
    passed: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`look` is by the settings as they are, `way` and what follows from it with those proposed, which are `auth`.

    `carried` by the address, for those that the copy names; `bare`: it names the filing address without a number.
    """

    copy: Copy
    look: FirstLook
    way: Way
    auth: AuthSettings
    carried: dict[str, Carried]
    bare: bool
    authentication: Authentication | None
    signatures: tuple[DkimFinding, ...]
    stamps: tuple[Stamp, ...]

    @property
    def header(self) -> Header:
        return self.look.screened.message.header


def read_copy(copy: Copy, probe: Probe, settings: Settings, resolver: Resolver) -> Reading:
    """With the code that files mail, and the DNS asked as for any message."""
    unread = Unread(source=copy.source, size=len(copy.source), oversized=False)
    look = Looking(auth=settings.auth, routing=settings.routing).look(unread)
    message = look.screened.message
    sender = key_of(probe.sender) if probe.sender else message.author and message.author.key
    servers = mail_servers(probe.address.domain, resolver)
    way = find_way(message.header, settings.auth, servers, sender or "")
    carried = {address: _carried(address, message.header, look, way, settings.routing) for address in probe.forms}
    submission = Submission(message=message, source=copy.source, trace=way.trace, arrived=copy.internal_date)
    signatures = _signatures(submission, way.auth, resolver)
    stamps = tuple(_stamps(message.header, way, probe.nonce))
    auth = _with_results(way.auth, signatures, stamps)
    return Reading(
        copy=copy,
        look=look,
        way=way,
        auth=auth,
        carried={address: one for address, one in carried.items() if one},
        bare=any(one.target.address == str(probe.address) for one in look.screened.route.targets),
        authentication=authenticate(submission, auth, resolver) if message.author else None,
        signatures=signatures,
        stamps=stamps,
    )


def mail_servers(domain: str, resolver: Resolver) -> tuple[str, ...]:
    """The names in the domain's MX records; () also where nobody can tell now."""
    try:
        records = resolver.lookup(domain, RecordType.MX)
    except TemporaryFailure:
        return ()
    return tuple(record.split()[-1].lower() for record in records)


def _carried(address: str, header: Header, look: FirstLook, way: Way, routing: RoutingSettings) -> Carried | None:
    now = _provenance(address, look.screened.route)
    known = {*routing.recipient_headers, *_AUTHORED}
    holding = [field for field in header.fields if address.encode() in field.value.lower() and field.name not in known]
    others = tuple(dict.fromkeys(field.label.decode("latin-1") for field in holding if field.name != "received"))
    proposed = _provenance(address, find_route(header, way.trace, routing))
    return Carried(now=now, proposed=proposed, fields=others) if now or proposed or others else None


def _provenance(address: str, route: Route) -> Provenance | None:
    return next((one.provenance for one in route.targets if one.target.address == address), None)


def _signatures(submission: Submission, auth: AuthSettings, resolver: Resolver) -> tuple[DkimFinding, ...]:
    """All of them, whoever signed: filing looks only at those that can speak for the author."""
    return verify_signatures(
        submission.message.header,
        submission.source,
        rank=lambda _domain: 0,
        resolver=resolver,
        at=submission.arrived,
        most=auth.dkim_max_signatures,
    )


def _stamps(header: Header, way: Way, nonce: str) -> Iterator[Stamp]:
    border = way.nearest.border_position
    received = [at for at, field in enumerate(header.fields) if field.name == "received"]
    end = next((at for at in received if border is not None and at > border), len(header.fields))
    for position, field in enumerate(header.fields):
        if field.name != "authentication-results":
            continue
        name = authserv_id_of(field.value) or WITHOUT_ID
        results = trusted_results(header, way.nearest, replace(way.auth, authserv_ids=(name,)))
        yield Stamp(
            authserv_id=name,
            position=position,
            forged=nonce in field.value.decode("latin-1"),
            within=border is not None and position < end,
            passed=bool(results.dkim or results.mail_from or results.header_from),
            said=results.why,
        )


def _with_results(auth: AuthSettings, signatures: Sequence[DkimFinding], stamps: Sequence[Stamp]) -> AuthSettings:
    """Where signatures break on the way, what our server saw before that is the only proof."""
    broken = signatures and not any(one.result in {Result.PASS, Result.TEMPERROR} for one in signatures)
    stamp = next((one for one in stamps if one.within and one.passed and not one.forged), None)
    if not broken or stamp is None or auth.source is not AuthSource.COMPUTE:
        return auth
    return replace(auth, source=AuthSource.BOTH, authserv_ids=(stamp.authserv_id,))
