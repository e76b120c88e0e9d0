"""Sample messages -> deliveries over SMTP. `sample/messages` holds the messages; here is who sent them where."""

from __future__ import annotations

import re
import smtplib
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

FOLDER = Path(__file__).parent / "sample"
DIRECTORY = ("users", "customers", "contacts", "projects")
MINUTES_BETWEEN = 7

ANNA = "anna.virtanen@example.com"
MIKAEL = "mikael.lindstrom@example.com"
SOFIE = "sofie.dahl@example.com"
JAMES = "james.whitfield@example.com"


@dataclass(frozen=True, slots=True)
class Sample:
    """One delivery of a file's message. `recipients` are local parts of envelope recipients at the filing domain."""

    file: str
    shows: str
    return_address: str
    recipients: tuple[str, ...]


SAMPLES = (
    Sample("bcc", "BCC to project 1001", ANNA, ("1001.mycompany",)),
    Sample("plus", "BCC to project 1002 by the plus form", MIKAEL, ("mycompany+1002",)),
    Sample("two-projects", "one message with two projects in copy", SOFIE, ("1001.mycompany", "mycompany+1002")),
    Sample("two-deliveries", "BCC to project 1001 ...", JAMES, ("1001.mycompany",)),
    Sample("two-deliveries", "... and the same message to sales case 2026.014", JAMES, ("2026.014.mycompany",)),
    Sample(
        "customer", "a customer writes to an employee", "erik.sundqvist@saltvik-harbour.example", ("1001.mycompany",)
    ),
    Sample("reply", "a customer's reply with quoted history", "maija@kivikko.example", ("mycompany+1002",)),
    Sample("attachments", "two attachments and a picture in the text", ANNA, ("1001.mycompany",)),
    Sample("html-only", "HTML without a text part", SOFIE, ("2026.014.mycompany",)),
    Sample("consultant", "a contact person of two customers", "ingrid@aalto-consulting.example", ("mycompany",)),
    Sample("no-project", "BCC to the bare address: no project", JAMES, ("mycompany",)),
    Sample("closed-project", "a closed project still takes mail", MIKAEL, ("1003.mycompany",)),
    Sample("no-subject", "no subject", JAMES, ("1004.mycompany",)),
    Sample("unknown-project", "a project number that does not exist", SOFIE, ("2026.041.mycompany",)),
    Sample("archived-project", "an archived project", ANNA, ("990.mycompany",)),
    Sample("retired-address", "the company's former address", MIKAEL, ("1002.oldcompany",)),
    Sample("no-user", "a stranger has found the address", "bounce-9917@quickconcrete.example", ("1001.mycompany",)),
    Sample("spoofed", "somebody else writes in Anna's name", "x4471@cheap-hosting.example", ("1001.mycompany",)),
    Sample("former-employee", "somebody who has left the company", "paivi.makela@example.com", ("1002.mycompany",)),
    Sample("automatic-reply", "an automatic reply", "", ("2026.014.mycompany",)),
    Sample("two-authors", "two authors in From", "no-reply@mailer.example", ("1001.mycompany",)),
)


def domains() -> set[str]:
    """Whose mail the samples are; each of them says in the DNS that it is sent from here."""
    return {sample.return_address.rpartition("@")[2] for sample in SAMPLES if sample.return_address}


def deliver(host: str, port: int, domain: str, now: float) -> None:
    """Sends every sample over SMTP, dated a few minutes apart; the last is from `now` (seconds since the epoch)."""
    files = list(dict.fromkeys(sample.file for sample in SAMPLES))
    for sample in SAMPLES:
        age = len(files) - 1 - files.index(sample.file)  # a message sent twice has one date
        date = formatdate(now - age * MINUTES_BETWEEN * 60, localtime=True)
        client = sample.return_address.rpartition("@")[2] or "nordfisk.example"
        with smtplib.SMTP(host, port, local_hostname=f"mail.{client}") as smtp:
            recipients = [f"{local}@{domain}" for local in sample.recipients]
            smtp.sendmail(sample.return_address, recipients, source_of(sample, date), ["BODY=8BITMIME"])


def source_of(sample: Sample, date: str) -> bytes:
    """The message as its sender's client would submit it: CRLF, and dated `date`."""
    source = (FOLDER / "messages" / f"{sample.file}.eml").read_bytes()
    return re.sub(rb"(?m)^Date: .*$", b"Date: " + date.encode("ascii"), source, count=1).replace(b"\n", b"\r\n")
