"""dkimpy's own tests, from its archive: whatever they ask dkimpy to verify, we are asked as well."""

from __future__ import annotations

import importlib.util
import re
import unittest
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest

from poller.authentication.dkim import verify_signatures
from poller.authentication.dns import RecordType
from poller.authentication.findings import DkimFinding, Result
from poller.mail.header import split_header
from tests.archives import archive_file

MODULES = ("test_dkim", "test_dkim_ed25519", "test_dkim_rsavariants")
LATE = datetime(2_100, 1, 1, tzinfo=UTC)
STRICTER = (
    "the signature covers only a part of the body (l=)",
    "the signature does not cover the field Subject",
    "cannot be used: it has 512 bits, not 1,024 to 8,192",
)


@dataclass(frozen=True)
class Answer:
    plain: bool
    ours: DkimFinding | None


class TheirDns:
    """Their dnsfunc, seen as a resolver. It asserts that nobody asks for what it does not have."""

    def __init__(self, dnsfunc) -> None:
        self.dnsfunc = dnsfunc

    def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
        try:
            answer = self.dnsfunc(f"{name}.".encode(), timeout=5)
        except AssertionError:
            return ()
        text = answer.decode("latin-1") if isinstance(answer, bytes) else answer
        return (text,) if text else ()


@pytest.fixture
def answers(monkeypatch) -> list[Answer]:
    """Every verification by dkimpy from here on, and what we say to the same message."""
    heard: list[Answer] = []
    set_message, verify = dkim.DKIM.set_message, dkim.DKIM.verify

    def remembering(self, message):
        self.message = message
        set_message(self, message)

    def both(self, idx=0, dnsfunc=None):
        source = re.sub(rb"\r?\n", b"\r\n", self.message)  # a header with both kinds of lines is malformed to us
        findings = verify_signatures(
            split_header(source), source, rank=lambda _: 0, resolver=TheirDns(dnsfunc), at=LATE, most=8
        )
        ours = findings[idx] if len(findings) > idx else None
        heard.append(Answer(plain=False, ours=ours))
        heard[-1] = Answer(plain=verify(self, idx, dnsfunc), ours=ours)
        return heard[-1].plain

    monkeypatch.setattr(dkim.DKIM, "set_message", remembering)
    monkeypatch.setattr(dkim.DKIM, "verify", both)
    return heard


def theirs(name: str, folder: Path) -> unittest.TestSuite:
    """Their module and the files that it reads, laid out as in the archive."""
    source = archive_file("dkimpy", f"dkim/tests/{name}.py")
    (folder / "data").mkdir()
    (folder / f"{name}.py").write_bytes(source)
    for file in set(re.findall(rb"""read_test_data\(["']([\w.-]+)["']\)""", source)):
        (folder / "data" / file.decode()).write_bytes(archive_file("dkimpy", f"dkim/tests/data/{file.decode()}"))
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


@pytest.mark.parametrize("name", MODULES)
def test_both_say_the_same_to_every_message_of_dkimpys_own_tests(name, answers, tmp_path):
    outcome = unittest.TestResult()
    theirs(name, tmp_path).run(outcome)
    assert outcome.wasSuccessful(), outcome.failures + outcome.errors
    assert len(answers) >= 20
    for answer in answers:
        passed = answer.ours is not None and answer.ours.result is Result.PASS
        assert passed == answer.plain or (answer.plain and answer.ours.why.endswith(STRICTER)), answer
