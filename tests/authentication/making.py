"""What tests of this room are made of: settings, and a DNS that is a dict and a set of failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

from poller.authentication.dns import RecordType, TemporaryFailure
from poller.settings import AuthPolicy, AuthSettings, AuthSource, Provider

AUTH = AuthSettings(
    policy=AuthPolicy.ALIGNED,
    provider=Provider.GENERIC,
    our_mta_names=("mx.example.com",),
    trusted_relays=(ip_network("127.0.0.1"), ip_network("::1")),
    envelope_from_header="return-path",
    source=AuthSource.COMPUTE,
    authserv_ids=(),
    arc_sealers=(),
    require_dkim_domains=(),
    unauthenticated_ok=(),
    defer_max_age=timedelta(hours=72),
    dkim_max_signatures=8,
)


def auth(**changes: object) -> AuthSettings:
    return replace(AUTH, **changes)  # type: ignore[arg-type]


class Zone:
    """A resolver. `records` by "name TYPE", as in {"acme.fi TXT": ["v=spf1 -all"]}; what is asked for is remembered.

    A name in `failing`, or "name TYPE", gets no answer.
    """

    def __init__(self, records: Mapping[str, Sequence[str]] | None = None, failing: Sequence[str] = ()) -> None:
        self.records = {key.lower(): tuple(values) for key, values in (records or {}).items()}
        self.failing = {key.lower() for key in failing}
        self.asked: list[str] = []

    def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
        question = f"{name} {kind}".lower()
        self.asked.append(question)
        if question in self.failing or name.lower() in self.failing:
            raise TemporaryFailure(f"no answer for {question}")
        return self.records.get(question, ())
