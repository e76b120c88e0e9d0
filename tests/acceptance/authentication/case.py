"""One message, the DNS and the settings it meets, and what must become of it.

An entry says only what is special about it: all else is that of acme.fi, which does everything right, and of
evil.example, which does everything right too, but for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.acceptance.authentication.keys import filled
from tests.acceptance.authentication.message import Mail
from tests.acceptance.authentication.shapes import MX
from tests.servers.dns import Trouble

Zone = Mapping[str, Sequence[str]]
SERVFAIL, DROP = Trouble.SERVFAIL, Trouble.DROP


def domain(name: str, key: str, ip: str) -> Zone:
    """A domain that publishes everything, and whose mail server has a name and an SPF record of its own."""
    return {
        f"{name} TXT": [f"v=spf1 ip4:{ip} -all"],
        f"mail.{name} A": [ip],
        f"mail.{name} TXT": [f"v=spf1 ip4:{ip} -all"],
        f"s1._domainkey.{name} TXT": [f"v=DKIM1; k=rsa; p={{{key}}}"],
        f"_dmarc.{name} TXT": ["v=DMARC1; p=reject"],
    }


WORLD: Zone = {
    **domain("acme.fi", "rsa", "192.0.2.10"),
    **domain("evil.example", "evil", "203.0.113.66"),
    **domain("globex.example", "other", "192.0.2.20"),
    **domain("list.example", "sealer", "198.51.100.7"),
}


@dataclass(frozen=True, slots=True)
class Expected:
    """`evidence`: any one of these; empty where nothing is filed. `domain`: the one that aligned."""

    outcome: str
    reasons: tuple[str | None, ...] = ()
    evidence: tuple[str, ...] = ()
    domain: str | None = None


def accepted(evidence: str = "", domain: str = "acme.fi") -> Expected:
    """Filed on this evidence; `dkim spf` is either of the two."""
    return Expected("filed", (None,), tuple(evidence.split()), domain)


FAILED = Expected("quarantined", ("authentication-failed",))
MALFORMED = Expected("quarantined", ("malformed",))
REFUSED = Expected("quarantined", ("authentication-failed", "malformed"))
"""Where the documents leave open which of the two it is."""
DEFERRED = Expected("deferred")
UNAVAILABLE = Expected("quarantined", ("authentication-unavailable",))


@dataclass(frozen=True, slots=True)
class Case:
    """`zone` adds to WORLD or replaces a record of it (an empty list removes it)."""

    name: str
    expected: Expected
    mail: Mail
    zone: Zone = field(default_factory=dict)
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    delays: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    quick: bool = False
    """An answer may take 0.3 s, and all of them together 0.6 s."""
    seconds: float = 1.0
    """It may take no longer."""
    may_wait: bool = True
    """False: it was deferred for AUTH_DEFER_MAX_AGE already."""
    plain: str = ""
    """What plain dkimpy says of the first signature (`pass`, `fail`), where the case depends on it."""
    plain_spf: str = ""
    """The same of plain pyspf for MAIL FROM."""

    @property
    def records(self) -> dict[str, list[str]]:
        """The whole DNS of this case."""
        merged = {**WORLD, **self.zone}
        return {name: [filled(text) for text in texts] for name, texts in merged.items() if texts}

    @property
    def all_settings(self) -> dict[str, str]:
        base = {"AUTH_POLICY": "aligned", "MAIL_PROVIDER": "postfix", "OUR_MTA_NAMES": MX, "DNS_TIMEOUT": "1s"}
        return {name: text for name, text in (base | dict(self.settings)).items() if text}
