"""An explanation -> what a person reads: the decision and its remedy first, then each fact with where it comes from."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import click

from poller.logs import printable
from poller.wording import many

Document = dict[str, Any]

_MOST = 25  # lines of a section: nobody reads more, and --json has them all
_PLACES = {
    "file": "the file {name}",
    "kept": "{name}, from the source that is kept of it",
    "mailbox": "{name}, from the mailbox",
}
_DATES = {
    "internaldate": "as the mailbox says (INTERNALDATE)",
    "received": "as its topmost Received says",
    "file": "as the date of the file says: it has no Received with a date",
}
_ROLES = {"author": "From", "to": "To", "cc": "Cc", "bcc": "Bcc", "delivered": "Delivery field"}


def show_explanation(document: Document) -> None:
    """One line each fact, as long as it needs to be; on a terminal, folded at its width."""
    for number, (title, lines) in enumerate(_sections(document)):
        told = [printable(line) for line in lines]
        if number:
            click.echo()
        click.secho(printable(title), bold=True)
        for line in told[:_MOST]:
            click.echo(_folded(f"  {line}"))
        if len(told) > _MOST:
            click.echo(f"  … and {len(told) - _MOST:,} more; --json shows them all")


def _folded(line: str) -> str:
    if not (sys.stdout and sys.stdout.isatty()):
        return line
    width = max(shutil.get_terminal_size().columns, 20)
    return textwrap.fill(line, width, subsequent_indent="    ", break_on_hyphens=False)


def _sections(document: Document) -> Iterator[tuple[str, Iterable[str]]]:
    reason = document["reason"] if document["reason"] != document["outcome"] else None
    yield f"{document['outcome']}{f' ({reason})' if reason else ''}", _decision(document)
    yield "What is judged", _message(document)
    yield "Where it goes, and which field says so", _destination(document)
    yield "How it came here", _trace(document["trace"])
    if document["authentication"]:
        author = document["authentication"]["author_domain"]
        yield f"Whether the author may use {author}", _authentication(document["authentication"])
    if document["people"]:
        yield "Who takes part, and by which address", _people(document["people"])
    if document["notices"]:
        yield "What its sender is told", map(_notice, document["notices"])
    yield "Rules, in the order of deciding", _rules(document["rules"])


def _decision(document: Document) -> Iterator[str]:
    """What would become of it, why, and what can be done."""
    if document["outcome"] in {"filed", "duplicate"}:
        yield _filed(document)
        if document["authentication"]["evidence"] == "none":
            yield f"unverified: {document['authentication']['why']}"
    for number, one in enumerate(document["reasons"]):
        yield f"also {one['reason']}: {one['why']}" if number else one["why"]
    if document["ignored_by"]:
        yield "{header}, field {field}, says so: {value}".format_map(document["ignored_by"])
    if document["copy"]:
        yield f"{document['copy']}: `mailfiler activity {document['activity']}`"
    elif document["activity"]:
        yield f"this content was filed as activity {document['activity']}: `mailfiler activity {document['activity']}`"
    yield from document["warnings"]
    yield f"In the mailbox: {_settled(document)}"
    if document["before"]:
        yield f"Before: {_before(document['before'])}"
    yield from (f"Note: {note}" for note in document["notes"])


def _filed(document: Document) -> str:
    """The activity that it would be."""
    kind = f"{document['type']} ({document['status']})"
    inheritance = document["inheritance"] or {"projects": []}
    projects = ", ".join([*(one["number"] for one in document["projects"]), *inheritance["projects"]])
    customer = document["people"]["customer"]
    on = f"on project {projects}" if projects else "on no project"
    return (
        f"{kind} of {_person(document['people']['owner'])} {on}, {f'for {customer}' if customer else 'for no customer'}"
    )


def _settled(document: Document) -> str:
    flagged = r", marked \Flagged" if document["flagged"] else ""
    if document["folder"]:
        return f"it is moved to {document['folder']}{flagged}"
    if document["keyword"]:
        return f"it stays where it is (SETTLE=flag), marked {document['keyword']}{flagged}"
    return "it stays in the inbox, and is tried again until AUTH_DEFER_MAX_AGE is over; then it is quarantined"


def _before(before: Document) -> str:
    if before["outcome"] is None:
        return "a worker began with it, and has not decided yet"
    reason = f" ({before['reason']})" if before["reason"] else ""
    activity = f" as activity {before['activity']}" if before["activity"] else ""
    folder = f", moved to {before['folder']}" if before["folder"] else ""
    detail = f": {before['detail']}" if before["detail"] else ""
    return f"{before['outcome']}{reason}{activity} at {before['decided_at']}{folder}{detail}"


def _message(document: Document) -> Iterator[str]:
    message, source = document["message"], document["source"]
    yield _PLACES[source["kind"]].format(name=source["name"])
    only = "; it is too large: its header alone was read" if source["header_only"] else ""
    yield f"{many(source['size'], 'octet')}, arrived {source['internal_date']} {_DATES[source['dated_by']]}{only}"
    if message["author"]:
        yield f"From: {_person(message['author'])}"
    else:
        yield from (f"From, which names no author beyond doubt: {raw}" for raw in message["from"] or ["(missing)"])
    yield f"Subject: {message['subject'] or 'none'}"
    yield f"Message-ID: {message['message_id'] or 'none'}"
    yield from (f"Defect: {defect}" for defect in message["defects"])
    yield from (f"File: {one['name']}, {many(one['size'], 'octet')}" for one in message["files"])
    yield from (
        f"Left out: {one['name']}, {many(one['size'], 'octet')} (MAX_ATTACHMENT_SIZE)" for one in document["left_out"]
    )


def _destination(document: Document) -> Iterator[str]:
    if document["organization"]:
        yield f"Organization: {document['organization']}"
    for one in document["recipients"]:
        yield _recipient(one)
    if not document["recipients"]:
        yield "no filing address in RECIPIENT_HEADERS, nor in our own Received fields, nor in To, Cc and the like"
        if document["delivered"]:
            yield f"RECIPIENT_HEADERS name only {', '.join(document['delivered'])}"
    for one in document["projects"]:
        customer = f", of {one['customer']}" if one["customer"] else ""
        yield f"Project {one['number']} {one['name']} ({one['state']}{customer})"
    if document["inheritance"] and not document["projects"]:
        yield _inherited(document["inheritance"])


def _inherited(inheritance: Document) -> str:
    numbers = ", ".join(inheritance["projects"])
    taken = (
        f"Inherited project {numbers}, of Message-ID {inheritance['message_id']}" if numbers else "Nothing inherited"
    )
    return f"{taken}: {inheritance['why']}"


def _recipient(found: Document) -> str:
    project = f"project {found['number']}" if found["number"] else "no project"
    meant = f"{found['address']}: {project}"
    if found["refused"]:
        meant = f"{found['refused']['why']} ({found['refused']['reason']})"
    return f"{meant}; from {found['header']}, field {found['field']}: {found['trusted_why']}"


def _trace(trace: Document) -> Iterator[str]:
    for hop in trace["hops"]:
        client = f" from {hop['client']}" if hop["client"] else ""
        named = f", which called itself {hop['helo']}," if hop["helo"] else ""
        protocol = f" by {hop['protocol']}" if hop["protocol"] else ""
        yield f"Received, field {hop['field']}: {hop['by']} took it{client}{named}{protocol}: {hop['why']}"
    if trace["border"] is None:
        yield f"The border is not known: {trace['border_why']}"
    if trace["trusted_fields"] < trace["fields"]:
        yield f"Whatever stands below field {trace['trusted_fields']} is the sender's claim"
    sender = "not known" if trace["mail_from"] is None else trace["mail_from"] or "<> (the null sender)"
    yield f"MAIL FROM: {sender}; {trace['mail_from_why']}"


def _authentication(found: Document) -> Iterator[str]:
    yield _verdict(found)
    if found["require_dkim"] or found["policy"] == "dkim":
        yield f"{'REQUIRE_DKIM_DOMAINS' if found['require_dkim'] else 'AUTH_POLICY=dkim'}: SPF alone is not enough"
    spf = found["spf"]
    if spf:
        identity = {"mailfrom": " of MAIL FROM", "helo": " of HELO"}.get(spf["identity"], "")
        yield f"SPF{identity}: {spf['result']}; {spf['why']}"
    else:
        yield "SPF: not evaluated here (AUTH_SOURCE=authres)"
    yield from _dkim(found)
    for name, key in (("Authentication-Results", "authentication_results"), ("ARC", "arc"), ("DMARC", "dmarc")):
        if found[key]:
            result = f"{found[key]['result']}; " if "result" in found[key] else ""
            yield f"{name}: {result}{found[key]['why']}"
    for one in found["identifiers"]:
        aligned = {True: "aligned", False: "not aligned", None: "not known now"}[one["aligned"]]
        yield f"Alignment of {one['domain']}, by {_mechanism(one)}: {aligned}; {one['why']}"


def _verdict(found: Document) -> str:
    if found["evidence"] != "none":
        return f"Yes: {found['why']}"
    if found["unavailable"]:
        return "Not known now, as is said above"
    if found["accepted"]:
        return "Not proven, and let in all the same (AUTH_POLICY=monitor)"
    return "Not proven, as is said above"


def _dkim(found: Document) -> Iterator[str]:
    if found["spf"] and not found["dkim"]:
        yield "DKIM: none; the message carries no signature, or its body was too large to verify one"
    for one in sorted(found["dkim"], key=lambda one: one["result"] != "pass"):
        yield f"DKIM, field {one['field']}, d={one['domain'] or '?'} s={one['selector'] or '?'}: {_said(one)}"


def _said(one: Document) -> str:
    return f"{one['result']}; {one['why']}"


def _mechanism(one: Document) -> str:
    stamped = {"authres": " in Authentication-Results", "arc": " in ARC", "exception": " (UNAUTHENTICATED_OK)"}
    return f"{one['method'].upper()}{stamped.get(one['mechanism'], '')}"


def _people(people: Document) -> Iterator[str]:
    yield f"Owner: {_person(people['owner']) if people['owner'] else 'nobody'}; {people['owner_why']}"
    yield f"Customer: {people['customer'] or 'none'}; {people['customer_why']}"
    for one in people["named"]:
        yield f"{_ROLES[one['role']]}: {_person(one)}; {_recognised(one)}"


def _recognised(one: Document) -> str:
    if one["is"] is None:
        return "nobody whom the directory knows"
    of = f" of {', '.join(one['customers'])}" if one["customers"] else ""
    return f"the {one['is']} {_person(one['known_as'])}{of}"


def _notice(notice: Document) -> str:
    about = "about {address} ({reason})".format_map(notice)
    if notice["suppressed_by"]:
        return f"No notice {about}, by rule {notice['suppressed_by']}: {notice['why']}"
    return f"A notice {about} to {notice['recipient']}, unless too many were sent lately"


def _rules(rules: Iterable[Document]) -> Iterator[str]:
    """Those that hold decide in their order."""
    known = list(rules)
    for title, value in (("Hold", True), ("Do not hold", False), ("Were not asked", None)):
        names = [one["rule"] for one in known if one["holds"] is value]
        if names:
            yield f"{title}: {', '.join(names)}"


def _person(person: Document) -> str:
    return f"{person['name']} <{person['address']}>" if person["name"] else str(person["address"])
