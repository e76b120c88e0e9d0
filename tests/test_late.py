from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from poller import late
from poller.errors import ConfigurationError
from poller.late import import_late, importing, refuse_without_late

SCRIPT = """
import sys, poller.worker
from poller.late import _LATE, import_late, refuse_without_late
refuse_without_late()
print(sorted(sys.modules.keys() & _LATE))
import_late()
print(_LATE.keys() <= sys.modules.keys())
"""


@pytest.mark.parametrize("refuse", [refuse_without_late, import_late])
def test_what_is_missing_is_told_before_it_is_needed(monkeypatch, refuse):
    monkeypatch.setitem(late._LATE, "no_such_package", "no_such_package")
    with pytest.raises(ConfigurationError, match="not installed: no_such_package; install"):
        refuse()


def test_nothing_is_imported_until_it_is_needed_and_then_all_of_it():
    done = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[]", "True"]


def test_what_is_imported_is_no_garbage():
    before = gc.get_freeze_count()
    try:
        with importing():
            assert not gc.isenabled()
            kept = [[]]
        assert gc.isenabled()
        assert kept
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()
