"""The tables, without the drivers of databases that are not used."""

from __future__ import annotations

import sys


def leave_out_postgresql() -> None:
    """Before anything else imports peewee, which imports every driver there is: psycopg takes 0.2 s and 11 MiB.

    Nothing is there to tell it so: its import is made to fail for that moment, as if it were not installed.
    """
    if "psycopg" in sys.modules:
        return
    sys.modules["psycopg"] = None  # type: ignore[assignment]  # which the language defines as "it cannot be imported"
    try:
        import models.schema  # noqa: F401, PLC0415 - with it all of peewee and playhouse that is needed
    finally:
        del sys.modules["psycopg"]
