"""Several things looked at together, and told one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Final, Generic, TypeVar

_T = TypeVar("_T")


class _End:
    """Nothing more comes, or this error."""

    def __init__(self, error: BaseException | None) -> None:
        self.error: Final = error


class Beside(Generic[_T]):
    """An iterator that another thread goes through from now on -> the same values, and the same error at the end.

    Nobody waits for that thread when the process ends: a server that is silent may hold it up for long.
    """

    def __init__(self, work: Iterator[_T]) -> None:
        self._found: SimpleQueue[_T | _End] = SimpleQueue()
        Thread(target=self._run, args=(work,), name="check", daemon=True).start()

    def __iter__(self) -> Iterator[_T]:
        while not isinstance(one := self._found.get(), _End):
            yield one
        if one.error:
            raise one.error

    def _run(self, work: Iterator[_T]) -> None:
        try:
            for one in work:
                self._found.put(one)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the values is told
            self._found.put(_End(error))
        else:
            self._found.put(_End(None))
