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


CLIENT = "203.0.113.7"


def delivered(message: bytes, *, mail_from: str | None = "anna@acme.fi", helo: str = "out.acme.fi") -> bytes:
    """The message as Postfix and Dovecot leave it in the mailbox, from the client at CLIENT."""
    sender = "" if mail_from is None else f"Return-Path: <{mail_from}>\r\n"
    return (
        f"{sender}Delivered-To: catchall@in.example.com\r\n"
        "Received: from mx.example.com ([127.0.0.1])\r\n\tby mx.example.com with LMTP id abc\r\n"
        "\tfor <1001.mycompany@in.example.com>; Mon, 2 Mar 2026 12:00:01 +0000\r\n"
        f"Received: from {helo} (unknown [{CLIENT}])\r\n\tby mx.example.com (Postfix) with ESMTPS id 4Zxy\r\n"
        "\tfor <1001.mycompany@in.example.com>; Mon, 2 Mar 2026 12:00:00 +0000 (UTC)\r\n"
    ).encode() + message


def written(author: str = "Anna Aalto <anna@acme.fi>", *lines: str) -> bytes:
    """A message as its author sent it."""
    fields = (
        f"From: {author}",
        "To: Carl <carl@globex.example>",
        "Subject: Offer",
        "Date: Mon, 02 Mar 2026 12:00:00 +0000",
        "Message-ID: <1@acme.fi>",
        *lines,
    )
    return "".join(f"{field}\r\n" for field in (*fields, "", "The offer.")).encode()
