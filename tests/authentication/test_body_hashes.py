"""The body's digests in place of the body: which are asked for, and that the same comes of them."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poller.authentication.authenticate import authenticate
from poller.authentication.body_hashes import body_hashes, hashes_wanted
from poller.authentication.gather import Submission
from poller.authentication.trace import read_trace
from poller.mail.header import split_header
from poller.mail.reader import read_message
from poller.settings import AuthSource
from tests.authentication.arc_signing import add_set
from tests.authentication.making import Zone, auth, delivered, written
from tests.authentication.signing import Key, sign

KEY = Key.ed25519()
SEALED = {"arc_sealers": ("fwd.fi",)}
BODY = b"Hi  ho \r\n\r\n"
DIGESTS = {"simple": sha256(b"Hi  ho \r\n").digest(), "relaxed": sha256(b"Hi ho\r\n").digest()}


def message(*fields: bytes) -> bytes:
    return b"".join(field + b"\r\n" for field in (*fields, b"From: a@acme.fi", b"")) + BODY


@pytest.mark.parametrize(
    ("fields", "chosen", "forms"),
    [
        ([], {}, ""),
        ([b"DKIM-Signature: c=relaxed/relaxed"], {}, "relaxed"),
        ([b"dkim-signature: c=simple / relaxed"], {}, ""),
        ([b"DKIM-Signature: c=relaxed"], {}, "simple"),
        ([b"DKIM-Signature: v=1"], {}, "simple"),
        ([b"DKIM-Signature: c=simple/\r\n relaxed", b"DKIM-Signature: a=b"], {}, "simple"),
        ([b"DKIM-Signature: c=simple/relaxed", b"DKIM-Signature: v=1"], {}, "relaxed simple"),
        ([b"DKIM-Signature: c=x/relaxed", b"DKIM-Signature: c=a;c=b", b"DKIM-Signature: ;;"], {}, ""),
        ([b"DKIM-Signature: c=relaxed/relaxed;" + b" " * 9_000], {}, ""),
        ([b"DKIM-Signature: c=relaxed/relaxed"], {"source": AuthSource.AUTHRES}, ""),
        ([b"ARC-Message-Signature: c=relaxed/relaxed"], {}, ""),
        ([b"ARC-Message-Signature: c=relaxed/relaxed"], SEALED, "relaxed"),
        ([b"ARC-Seal: c=relaxed/relaxed"], SEALED, ""),
        ([b"ARC-Message-Signature: a=b"], {"source": AuthSource.AUTHRES, **SEALED}, "simple"),
    ],
)
def test_a_body_is_hashed_as_a_signature_that_counts_asks_for(fields, chosen, forms):
    source = message(*fields)
    assert hashes_wanted(split_header(source), auth(**chosen)) == set(forms.split())
    assert body_hashes(split_header(source), source, auth(**chosen)) == {form: DIGESTS[form] for form in forms.split()}


@given(
    canons=st.lists(
        st.sampled_from(["relaxed/relaxed", "relaxed", "simple/relaxed", "simple", "relaxed/simple", "odd", "x/y"]),
        max_size=4,
    ),
    spoiled=st.sampled_from([b"", b"c=simple/simple; ", b"l=1; ", b";", b"v=2; "]),
    changed=st.booleans(),
    source=st.sampled_from(AuthSource),
    sealers=st.sampled_from([(), ("fwd.fi",)]),
)
@settings(max_examples=150, deadline=None)
def test_the_same_comes_of_the_digests_as_of_the_octets(canons, spoiled, changed, source, sealers):
    octets = written()
    for canon in canons:
        known = canon if canon.partition("/")[0] in {"relaxed", "simple"} else "relaxed/relaxed"
        octets = sign(octets, KEY, canon=known).replace(f"c={known};".encode(), f"c={canon};".encode(), 1)
    if sealers:
        octets = add_set(octets, Key.rsa(), 1)
    octets = delivered(octets.replace(b"DKIM-Signature: ", b"DKIM-Signature: " + spoiled, 1)) + b" x" * changed
    read, chosen = read_message(octets), auth(source=source, arc_sealers=sealers)
    whole = Submission(
        message=read,
        source=octets,
        trace=read_trace(read.header, chosen),
        arrived=datetime(2026, 3, 2, 12, tzinfo=UTC),
    )
    digests = pickle.loads(pickle.dumps(body_hashes(read.header, octets, chosen)))
    found = authenticate(whole, chosen, zone := Zone(KEY.zone() | Key.rsa().zone("fwd.fi", "arc")))
    again = Zone(zone.records)
    assert authenticate(replace(whole, source=digests), chosen, again) == found
    assert again.asked == zone.asked
