from __future__ import annotations

import dkim
import pytest

from tests.authentication.signing import Key
from tests.bench.signing import sign
from tests.bench.workload import WORKLOADS, zone

HEADER = b"From: a@acme.fi\r\nSubject:  folded\r\n\tand  spaced \r\nX-Other: 1\r\n\r\n"


def verifies(source):
    records = {name.removesuffix(" TXT"): texts[0].encode() for name, texts in zone().items()}
    records |= {"s1._domainkey.acme.fi": Key.rsa().record().encode()}
    return dkim.verify(source, dnsfunc=lambda name, timeout=5: records.get(name.decode().rstrip(".")))


@pytest.mark.parametrize("body", [b"one\r\n", b"a \t b  \r\n\r\n\r\n", b"no end", b"\r\n\r\na\tb"])
def test_dkimpy_accepts_a_signature(body):
    assert verifies(sign(HEADER + body, Key.rsa(), domain="acme.fi"))


@pytest.mark.parametrize("workload", ["mixed", "small"])
def test_dkimpy_accepts_the_signatures_of_a_workload(workload):
    assert all(verifies(letter.source) for letter in WORKLOADS[workload](30))


def test_dkimpy_accepts_no_other_body():
    assert not verifies(sign(HEADER + b"one\r\n", Key.rsa(), domain="acme.fi") + b"two\r\n")
