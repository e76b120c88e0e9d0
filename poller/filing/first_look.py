"""The octets of a message -> what they tell without asking anybody, neither the DNS nor the directory.

That is most of the work on a message, and it may be done in any process: a look is all values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from poller.authentication.body_hashes import body_hashes
from poller.authentication.content import BodyHashes
from poller.authentication.trace import read_trace
from poller.filing.decide import Decision, screen
from poller.filing.match import correspondents_of
from poller.filing.route import find_route
from poller.filing.rules import Screened
from poller.mail.message import Mailbox, Octets, Role
from poller.mail.reader import read_message
from poller.mail.unpacked import Expander
from poller.settings.model import AuthSettings, RoutingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A message as it was fetched; `size` is that of the whole, of which an `oversized` one has the header alone."""

    source: Octets
    size: int
    oversized: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """`decision` is there where that was enough for one; else whom the message names, and the digests of its body.

    `body` is None where it was not fetched.
    """

    screened: Screened
    decision: Decision | None
    named: Sequence[tuple[Role, Mailbox]] = ()
    body: BodyHashes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What one has to know for it; without an `expander` winmail.dat and calendars are files, and no more."""

    auth: AuthSettings
    routing: RoutingSettings
    expander: Expander | None = None

    def look(self, unread: Unread) -> FirstLook:
        """The attachments read from the source when asked for their chunks: a mapped one has to stay open."""
        message = read_message(unread.source, oversized=unread.oversized, size=unread.size, expander=self.expander)
        trace = read_trace(message.header, self.auth)
        route = find_route(message.header, trace, self.routing)
        screened = Screened(message=message, trace=trace, route=route, oversized=unread.oversized)
        if decision := screen(screened):
            return FirstLook(screened=screened, decision=decision)
        return FirstLook(
            screened=screened,
            decision=None,
            named=correspondents_of(message, route, self.routing),
            body=None if unread.oversized else body_hashes(message.header, unread.source, self.auth),
        )
