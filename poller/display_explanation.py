"""An explanation -> what a person reads: the decision first, then every fact with the place it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich.text import Text

from poller.display import console
from poller.logs import printable

Document = dict[str, Any]
_NEITHER = "unknown"


def show_explanation(document: Document) -> None:
    out = console()
    reason = f" ({document['reason']})" if document["reason"] else ""
    out.print(Text(f"{document['outcome']}{reason}", style="bold"))
    for section, lines in _sections(document):
        told = [Text(f"  {printable(line)}") for line in lines]
        if section and told:
            out.print(Text(f"\n{section}", style="bold"))
        for line in told:
            out.print(line)


def _sections(document: Document) -> Iterator[tuple[str, Iterable[str]]]:
    yield "", _decision(document)
    if "message" not in document:
        return
    yield "Message", _message(document["message"])
    yield "Which address it was sent to", map(_recipient, document["recipients"])
    yield "How it came here", _trace(document["trace"])
    if "authentication" in document:
        yield "Whether the author may use the address", _authentication(document["authentication"])
        yield "Where it goes", _destination(document)
        yield "Who takes part", _people(document["people"])
    yield "Rules, in the order of deciding", (_rule(rule) for rule in document["rules"])


def _decision(document: Document) -> Iterator[str]:
    if document["detail"]:
        yield document["detail"]
    if document["activity"]:
        yield f"The same content was filed before: `mailfiler activity {document['activity']}`"
    yield f"It is moved to {document['folder']}" if document["folder"] else "It stays in the inbox"


def _message(message: Document) -> Iterator[str]:
    yield f"From: {_person(message['author']) if message['author'] else 'no author beyond doubt'}"
    yield f"Subject: {message['subject']}"
    yield f"Message-ID: {message['message_id'] or 'none'}"
    yield f"Received: {message['received']}, {message['size']:,} octets"
    for defect in message["defects"]:
        yield f"Defect: {defect}"
    for file in message["files"]:
        yield f"File: {file['name']}, {file['size']:,} octets"


def _recipient(found: Document) -> str:
    meant = found["problem"] or (f"project {found['number']}" if found["number"] else "no project")
    trust = "trusted" if found["trusted"] else "not trusted: below what our own servers wrote"
    return f"{found['address']}: {meant}; from {found['header']}, field {found['position'] + 1} of the header, {trust}"


def _trace(trace: Document) -> Iterator[str]:
    yield f"Our servers wrote the first {trace['trusted_fields']} fields; all below are the sender's claims"
    border = trace["border"]
    if border:
        yield (
            f"Border: field {border['position'] + 1}, Received by {border['by']} from {border['client']}"
            f" which called itself {border['helo'] or _NEITHER}"
        )
    else:
        yield "Border: none found, so the client is not known; OUR_MTA_NAMES names our servers"
    sender = trace["mail_from"]
    yield f"MAIL FROM: {_NEITHER if sender is None else sender or '<> (null sender)'}"


def _authentication(found: Document) -> Iterator[str]:
    proven = f"yes, by {found['evidence']} of {found['domain']}" if found["evidence"] != "none" else "not proven"
    yield f"{found['author_domain']}: {proven}; {found['why']}"
    if found["spf"]:
        yield f"SPF: {found['spf']['result']}; {found['spf']['why']}"
    for one in found["dkim"]:
        where = f"d={one['domain'] or '?'} s={one['selector'] or '?'} (field {one['position'] + 1})"
        yield f"DKIM: {one['result']}, {where}; {one['why']}"
    if not found["dkim"]:
        yield "DKIM: none; the message carries no signature that was looked at"
    yield f"DMARC: {found['dmarc']['result']}; {found['dmarc']['why']}"
    for name, key in (("Authentication-Results", "authentication_results"), ("ARC", "arc")):
        if found[key]:
            yield f"{name}: {found[key]['why']}"
    for one in found["identifiers"]:
        aligned = {True: "aligned", False: "not aligned", None: "open"}[one["aligned"]]
        yield f"Alignment of {one['domain']} ({one['mechanism']}, {one['method']}): {aligned}; {one['why']}"


def _destination(document: Document) -> Iterator[str]:
    for project in document["projects"]:
        yield f"Project {project['number']} {project['name']} ({project['state']})"
    for refused in document["refused"]:
        yield f"{refused['address']}: {refused['reason']}; {refused['why']}"
    for number in document["unknown_projects"]:
        yield f"There is no project {number}; it is stored without (UNKNOWN_PROJECT=store)"


def _people(people: Document) -> Iterator[str]:
    if people["owner"]:
        let_in = "the author is a user" if people["gate"] == "author" else "a recipient is a user"
        yield f"Owner: {_person(people['owner'])}; {let_in}"
    else:
        yield "Owner: nobody; neither the author nor a recipient is a user who may file"
    if people["customer"]:
        yield f"Customer: {people['customer']}"
    for one in people["participants"]:
        yield f"{one['role']}: {_person(one)} ({one['kind']})"
    for one in people["candidates"]:
        yield f"Contact in doubt: {_person(one)} of {one['customer']}"


def _rule(rule: Document) -> str:
    return f"{'holds' if rule['holds'] else '-    '}  {rule['rule']}"


def _person(person: Document) -> str:
    return f"{person['name']} <{person['address']}>" if person["name"] else str(person["address"])
