"""What a large message took is given back: the C library would keep it, in as many arenas as there were threads."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Final

_MIB: Final = 1 << 20

# From <malloc.h> of glibc, as mallopt(3) has them; with a threshold set, it no longer grows with what was asked for.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8


def give_back_early() -> None:
    """Once, at the start of a process that lives long. Elsewhere than with glibc nothing happens."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in ((_M_ARENA_MAX, 2), (_M_MMAP_THRESHOLD, _MIB), (_M_TRIM_THRESHOLD, _MIB)):
            mallopt(option, value)
