"""All kinds of hostile messages: those that are one of a kind, and the grids."""

from __future__ import annotations

from tests.hostile import charsets, files, headers, pages, signed, structures, texts
from tests.hostile.making import Kind

ROOMS = {
    "headers": headers.KINDS,
    "structures": structures.KINDS,
    "texts": texts.KINDS,
    "pages": pages.KINDS,
    "files": files.KINDS,
    "signed": signed.KINDS,
    "charsets": charsets.KINDS,
    "grid": headers.GRID,
}

KINDS: dict[str, Kind] = {kind.name: kind for room in ROOMS.values() for kind in room}
