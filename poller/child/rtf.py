"""Compressed RTF (MS-OXRTFCP) -> its text. Runs in the child."""

from __future__ import annotations

from compressed_rtf import decompress
from striprtf.striprtf import rtf_to_text

MAX_COMPRESSED = 50_000
"""Octets; they may grow tenfold. The text of a longer one is not worth the files beside it: time is limited for all."""


def rtf_text(compressed: bytes) -> str | None:
    """None where it cannot be read, or would take too long: that is no reason to lose the files."""
    if not 16 <= len(compressed) <= MAX_COMPRESSED:  # noqa: PLR2004 - its header
        return None
    try:
        rtf = decompress(compressed).decode("latin-1")
        return str(rtf_to_text(rtf, errors="replace")).strip()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - neither library says what it raises
        return None
