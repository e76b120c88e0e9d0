"""Servers that have to be installed: where one is not, the tests that need it are left out, and the run says so."""

from __future__ import annotations

import os
from collections import Counter

import pytest

_LEFT_OUT = "left out: needs "


def need(installed: object, server: str, package: str) -> None:
    """Leaves the test out, or fails it where MAILFILER_TESTS_REQUIRE_SERVERS=1 (as in CI), if the server is missing."""
    if installed:
        return
    reason = f"{server} (apt-get install {package})"
    if os.environ.get("MAILFILER_TESTS_REQUIRE_SERVERS") == "1":
        pytest.fail(f"MAILFILER_TESTS_REQUIRE_SERVERS=1, and this test needs {reason}")
    pytest.skip(_LEFT_OUT + reason)


def summary(skipped: list[pytest.TestReport]) -> list[str]:
    """Reports of skipped tests -> one line for each server that was missing."""
    reasons = Counter(
        report.longrepr[2].partition(_LEFT_OUT)[2] for report in skipped if isinstance(report.longrepr, tuple)
    )
    return [f"left out: {count} tests that need {reason}" for reason, count in reasons.items() if reason]
