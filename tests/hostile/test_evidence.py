"""What the DNS of a stranger says in its records is told in clean text, or not at all."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from poller.authentication.authenticate import authenticate
from poller.authentication.gather import Submission
from poller.authentication.trace import read_trace
from poller.mail.reader import read_message
from tests.authentication.making import Zone, auth, delivered, written
from tests.authentication.signing import Key, sign
from tests.hostile.test_clean import harm_in

HARM = "\x00\x1b[2J\x9b\xe2\x80\xae\xff\u202e"
SPF = (
    *(f"v=spf1 {HARM}", f"v=spf1 include:{HARM}.fi -all", f"v=spf1 exists:%{{{HARM}}}", f"v=spf1 redirect={HARM}"),
    *(f"v=spf1 ip4:{HARM} -all", f"v=spf1 a:{HARM}/24 exp={HARM}", "v=spf1 -all exp=e.acme.fi"),
)
KEYS = (
    *(f"v=DKIM1; k={HARM}; p=AAAA", f"v={HARM}; p=A", f"k=rsa; h={HARM}; p=A", f"k=rsa; s={HARM}; p=AA"),
    *(f"k=rsa; p={HARM}", HARM),
)
POLICIES = (f"v=DMARC1; p={HARM}", f"v=DMARC1; p=none; adkim={HARM}; rua={HARM}")


def strings(value):
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        yield from (one for field in dataclasses.fields(value) for one in strings(getattr(value, field.name)))
    elif isinstance(value, tuple):
        yield from (one for each in value for one in strings(each))


@pytest.mark.parametrize("policy", POLICIES)
def test_what_records_say_is_clean_text(policy):
    source = delivered(sign(written(), Key.rsa()))
    message = read_message(source)
    for spf in SPF:
        for key in KEYS:
            records = {"acme.fi TXT": [spf], "e.acme.fi TXT": [HARM], "s1._domainkey.acme.fi TXT": [key]}
            submission = Submission(
                message=message,
                source=source,
                trace=read_trace(message.header, auth()),
                arrived=datetime(2026, 3, 2, 12, tzinfo=UTC),
            )
            found = authenticate(submission, auth(), Zone(records | {"_dmarc.acme.fi TXT": [policy]}))
            assert [said for said in strings(found) if harm_in(said, line=True)] == []
