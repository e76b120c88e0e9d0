"""Messages, and how they are handed to the border server: from which address, by whom, to whom."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count
from typing import TYPE_CHECKING

from tests.acceptance.authentication.keys import public
from tests.acceptance.authentication.signing import Sig, signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers.site import Site

OFFICE, STRANGER, FORWARDER = "127.0.0.2", "127.0.0.3", "127.0.0.4"
"""Where mail of acme.fi comes from; anybody; whoever has mail sent on."""


_numbers = count(1)


def zone() -> dict[str, list[str]]:
    """What the DNS says of the senders."""
    return {
        "acme.fi TXT": [f"v=spf1 ip4:{OFFICE} -all"],
        "s1._domainkey.acme.fi TXT": [f"v=DKIM1; k=rsa; p={public('rsa')}"],
        "forwarder.example TXT": [f"v=spf1 ip4:{FORWARDER} -all"],
        "in.example.com TXT": [f"v=spf1 ip4:{OFFICE} -all"],
        "in.globex.example TXT": [f"v=spf1 ip4:{OFFICE} -all"],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Somebody writes to a customer, with the filing addresses in BCC. `fields` replaces or (None) removes fields."""

    author: str
    to: tuple[str, ...]
    client: str = OFFICE
    mail_from: str | None = None
    """None: as the author."""
    fields: Mapping[str, str | None] = field(default_factory=dict)
    body: str = "The piles are driven.\r\n"
    signed: bool = False

    @property
    def return_path(self) -> str:
        return self.author if self.mail_from is None else self.mail_from

    def source(self) -> bytes:
        usual = {
            "From": self.author,
            "To": "kaisa@harbour.example",
            "Subject": "Piling",
            "Date": format_datetime(now()),
            "Message-ID": f"<{next(_numbers)}.{self.author}>",
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=us-ascii",
        }
        fields = [(name, value) for name, value in (usual | dict(self.fields)).items() if value is not None]
        header = "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
        body = self.body.encode()
        if self.signed:
            raw = [(name.encode(), f" {value}\r\n".encode()) for name, value in fields]
            header = signature(Sig(), raw, body) + header
        return header + b"\r\n" + body


def now() -> datetime:
    return datetime.now(UTC)


def send(site: Site, letter: Letter) -> None:
    """To the border server, as the letter's client."""
    hand_over(site, letter.client, letter.return_path, letter.to, letter.source())


def hand_over(site: Site, client: str, mail_from: str, to: tuple[str, ...], source: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", site.smtp_port, "client.example", 30, (client, 0)) as server:
        assert server.sendmail(mail_from, list(to), source) == {}
