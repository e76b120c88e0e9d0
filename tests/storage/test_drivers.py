from __future__ import annotations

import subprocess
import sys

import pytest

LEFT_OUT = "from poller.storage.drivers import leave_out_postgresql; leave_out_postgresql()"


@pytest.mark.parametrize(
    ("before", "has_driver"), [("pass", False), ("import psycopg", True), ("import peewee", True)], ids=str
)
def test_the_driver_is_left_out_where_it_is_not_there_yet(before, has_driver):
    assert _told(before, LEFT_OUT, "import peewee; print(peewee.psycopg is not None)") == str(has_driver)


def test_nothing_of_storage_brings_it_back():
    modules = "poller.storage.database, poller.storage.ledger, poller.storage.importing, poller.storage.listing"
    assert _told(LEFT_OUT, f"import sys, {modules}; print('psycopg' in sys.modules)") == "False"


def test_what_was_left_out_can_be_imported_all_the_same():
    assert _told(LEFT_OUT, "import psycopg; print(psycopg.__name__)") == "psycopg"


def _told(*statements):
    """By a Python of its own: this one has imported everything."""
    done = subprocess.run([sys.executable, "-c", "\n".join(statements)], check=True, capture_output=True, text=True)
    return done.stdout.strip()
