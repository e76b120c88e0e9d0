"""The databases of whole programs: SQLite, or as many of PostgreSQL as there are programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postgresql import Postgresql


class Databases:
    """What a program's settings say of its database."""

    def __init__(self, server: Postgresql | None) -> None:
        self._server = server

    def new(self) -> dict[str, str]:
        """One without tables."""
        return {"DATABASE_URL": self._server.create()} if self._server else {}

    def copy(self, folder: Path) -> dict[str, str]:
        """One with what is in that of another program, which is copied with its folder where it is SQLite's."""
        if not self._server:
            return {}
        lines = (folder / "settings.env").read_text().splitlines()
        [url] = [line.partition("=")[2] for line in lines if line.startswith("DATABASE_URL=")]
        return {"DATABASE_URL": self._server.create(url.rpartition("/")[2])}
