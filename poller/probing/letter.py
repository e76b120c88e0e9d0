"""A filing address and a sender -> a message for it by BCC that is known again by its nonce. Pure.

It bears the mark of our own notices, so that a worker which finds it files nothing and answers nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from poller.mail.fields.address import key_of
from poller.settings.model import FilingAddress

_TEXT = """\
This is a probe of mailfiler's. An administrator sent it with `mailfiler check
--probe`, to see by which way mail reaches the mailbox that mailfiler reads,
and what the servers on that way write into it.

Nobody needs to answer, and it is not filed. It may be deleted.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """`dot` and `plus` are the two forms of the filing address, with the nonce in the place of a project number.

    `sender` is who sends it, "" where a person does. `forged_id` is the server in whose name the letter claims to have
    been checked.
    """

    nonce: str
    address: FilingAddress
    sender: str
    forged_id: str

    @property
    def dot(self) -> str:
        return f"probe-{self.nonce}.{self.address}"

    @property
    def plus(self) -> str:
        return f"{self.address.prefix}+probe-{self.nonce}@{self.address.domain}"

    @property
    def forms(self) -> dict[str, str]:
        """The envelope recipients, and what a person calls each."""
        return {self.dot: "dot", self.plus: "plus"}


def letter(probe: Probe, written: datetime) -> bytes:
    """The octets to send. None of its own fields names a recipient: what does was written on the way."""
    domain = probe.sender.rpartition("@")[2]
    to_itself = key_of(probe.sender) != key_of(str(probe.address))
    fields = (
        f"Authentication-Results: {probe.forged_id};\r\n none (claimed by probe {probe.nonce} alone)",
        f"From: {probe.sender}",
        f"To: {probe.sender if to_itself else 'undisclosed-recipients:;'}",
        f"Subject: mailfiler probe {probe.nonce}",
        f"Date: {format_datetime(written)}",
        f"Message-ID: <probe-{probe.nonce}@{domain}>",
        "Auto-Submitted: auto-replied",
        "X-Mailfiler-Notice: probe",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii",
    )
    return "\r\n".join((*fields, "", *_TEXT.splitlines(), "")).encode()
