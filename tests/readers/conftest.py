from __future__ import annotations

import pytest

from poller.readers import Readers, readers
from tests.readers.making import LOOKING
from tests.readers.using import running


@pytest.fixture
def run_of(monkeypatch, tmp_path):
    """Readers that misbehave where a message tells them to, in a spool that is empty when they have ended."""
    monkeypatch.setattr(readers, "_RUN", running("tests.readers.misbehaving"))
    spool = tmp_path / "spool"
    spool.mkdir()
    yield lambda count=2: Readers(LOOKING, spool, count)
    assert list(spool.rglob("*")) == []
