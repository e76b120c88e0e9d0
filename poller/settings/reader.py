"""The texts of one settings file, read key by key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TypeVar

from poller.settings.keys import DEFAULTS

T = TypeVar("T")


class Reader:
    """Parses keys one by one and collects what is wrong, so that everything is reported in one go."""

    def __init__(
        self, path: Path, texts: Mapping[str, str | None], problems: list[str], environment: Collection[str] = ()
    ) -> None:
        self.path = path
        self.texts = texts
        self.problems = problems
        self.environment = environment

    def text(self, name: str) -> str:
        text = self.texts.get(name) or ""
        return text if text.strip() else DEFAULTS[name]

    def get(self, name: str, parse: Callable[[str], T]) -> T:
        # The None is never seen by anybody: a problem means that no Settings are made.
        if self.texts.get(name, "") is None:
            return None  # type: ignore[return-value]
        try:
            return parse(self.text(name))
        except ValueError as error:
            self.refuse(name, str(error))
            return None  # type: ignore[return-value]

    def refuse(self, name: str, why: str) -> None:
        self.problems.append(f"{'environment' if name in self.environment else self.path}: {name} {why}")
