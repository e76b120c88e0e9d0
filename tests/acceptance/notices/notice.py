"""A notice as its reader's programs see it, and what makes it a correct one."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from flufl.bounce import all_failures

from tests.acceptance.notices.mail import SECRET, Mail
from tests.servers.smtp import Taken

FROM = "notices@mycompany.example"
ONCE = {"from", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress",
        "x-mailfiler-notice", "mime-version", "content-type"}  # fmt: skip
AT_MOST_ONCE = {"in-reply-to", "references"}
SOLID = re.compile(rb" [^ ]+")
"""A line that nothing can break."""
WELL_FORMED = re.compile(r"<[A-Za-z0-9.+_-]{1,200}@[A-Za-z0-9.-]{1,200}>")


@dataclass(frozen=True, slots=True)
class Notice:
    """One that the submission server took."""

    taken: Taken

    @property
    def octets(self) -> bytes:
        return self.taken.message

    @property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.octets, policy=default)  # type: ignore[return-value]

    @property
    def parts(self) -> list[EmailMessage]:
        return list(self.parsed.iter_parts())

    @property
    def text(self) -> str:
        """The explanation, on one line."""
        return " ".join(self.parts[0].get_content().split())

    @property
    def original(self) -> str:
        """What came back of the refused message."""
        part = self.parts[2]
        if part.get_content_type() == "text/rfc822-headers":
            return str(part.get_payload(decode=True).decode())
        # Python takes every message/* for a message, and this one for one without a header.
        return b64decode(part.get_payload()[0].get_payload()).decode()  # type: ignore[union-attr]

    @property
    def status(self) -> dict[str, str]:
        """The fields of the delivery status, those of the message and of its one recipient, in lower case."""
        blocks = self.parts[1].get_payload()
        assert len(blocks) == 2, "one message, one recipient"
        return {name.lower(): str(value) for block in blocks for name, value in block.items()}  # type: ignore[union-attr]


def defects(notice: Notice, mail: Mail) -> Iterator[str]:
    """What is wrong with a notice about a mail of which one address was refused, in words."""
    yield from _on_the_wire(notice, mail)
    yield from _header(notice, mail)
    yield from _status(notice, mail)
    kind, _, failed = notice.status["final-recipient"].partition("; ")
    if kind == "rfc822" and all_failures(message_from_bytes(notice.octets))[1] != {failed.encode()}:
        yield "flufl.bounce does not see who failed"


def _on_the_wire(notice: Notice, mail: Mail) -> Iterator[str]:
    taken, octets = notice.taken, notice.octets
    if (taken.sender, taken.recipient) != ("", mail.address):
        yield f"sent from <{taken.sender}> to <{taken.recipient}>"
    if not octets.isascii() or not octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n"):
        yield "not 7 bit with CRLF throughout"
    if long := [line for line in octets.split(b"\r\n") if len(line) > 78 and not SOLID.fullmatch(line)]:
        yield f"long lines: {long}"
    for part in notice.parsed.walk():
        shown = part.get_payload(decode=True) or b""
        if SECRET.encode() in shown or SECRET.encode() in octets:
            yield "it gives the body back"
        if part.defects or any(value.defects for value in part.values()):
            yield f"defects: {part.defects}, {[(name, value.defects) for name, value in part.items()]}"


def _header(notice: Notice, mail: Mail) -> Iterator[str]:
    parsed = notice.parsed
    names = [name.lower() for name in parsed]
    if set(names) - ONCE - AT_MOST_ONCE or ONCE - set(names) or len(names) != len(set(names)):
        yield f"its fields are {names}"
        return
    if [one.addr_spec for one in parsed["From"].addresses] != [FROM]:
        yield f"From: {parsed['From']}"
    if [one.addr_spec for one in parsed["To"].addresses] != [mail.address]:
        yield f"To: {parsed['To']}"
    original = mail.header.get("Message-ID", "")
    answers = original if WELL_FORMED.fullmatch(original) else None
    named = [parsed[name].strip() if parsed[name] else None for name in ("In-Reply-To", "References")]
    if named != [answers, answers]:
        yield f"In-Reply-To and References: {named}"
    if not WELL_FORMED.fullmatch(parsed["Message-ID"]) or not parsed["X-Mailfiler-Notice"] or not parsed["Subject"]:
        yield "no Message-ID, mark or Subject"
    if (parsed["Auto-Submitted"], parsed["X-Auto-Response-Suppress"]) != ("auto-replied", "All"):
        yield "not automatic"
    if parsed["Date"].datetime is None or parsed["Date"].datetime.tzinfo is None:
        yield f"Date: {parsed['Date']}"


def _status(notice: Notice, mail: Mail) -> Iterator[str]:
    parsed = notice.parsed
    kinds = [part.get_content_type() for part in notice.parts]
    if (parsed.get_content_type(), parsed.get_param("report-type")) != ("multipart/report", "delivery-status"):
        yield f"Content-Type: {parsed['Content-Type']}"
    if kinds not in (
        ["text/plain", "message/delivery-status", "text/rfc822-headers"],
        ["text/plain", "message/delivery-status", "message/global-headers"],
    ):
        yield f"its parts are {kinds}"
        return
    status = notice.status
    if (status["action"], status["status"]) != ("failed", mail.status):
        yield f"Action: {status['action']}, Status: {status['status']}"
    if not status["reporting-mta"].startswith("dns; ") or not status["diagnostic-code"] or not status["arrival-date"]:
        yield f"status: {status}"
    if status["final-recipient"] not in (mail.refused or [f"rfc822; {one}" for one in mail.recipients]):
        yield f"Final-Recipient: {status['final-recipient']}"
    if f"From: {mail.header['From']}" not in " ".join(notice.original.split()) and mail.header["From"].isascii():
        yield "the original's header is not there"
