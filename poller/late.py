"""What is imported where it is first needed, because most starts find nothing to do: it must not be missing by then."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

from poller.errors import ConfigurationError

# Package -> the module that has it imported.
_LATE = {
    "dkim": "dkim.crypto",
    "dns": "poller.resolver.client",
    "spf": "poller.authentication.spf_engine",
    "tenacity": "poller.retrying",
}


def import_late() -> None:
    """For what lives long: later, packages may have been upgraded or removed. Raises ConfigurationError."""
    refuse_without_late()
    for module in _LATE.values():
        import_module(module)


def refuse_without_late() -> None:
    """Raises ConfigurationError where a package is missing, without importing it."""
    missing = [package for package in _LATE if find_spec(package) is None]
    if missing:
        raise ConfigurationError(f"not installed: {', '.join(missing)}; install mailfiler again")


@contextmanager
def importing() -> Iterator[None]:
    """What is imported meanwhile stays for good: nobody looks for garbage in it, now or later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
