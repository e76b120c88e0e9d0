"""Judges of authors, one a message, -> what they say: by what is known of the DNS at once, the others all at once.

Most messages ask for what an earlier one of the same sender asked, and need not wait for anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from poller.authentication.dns import Resolver
from poller.authentication.verdict import Authentication
from poller.errors import ConfigurationError, Transient

Judge = Callable[[Resolver], Authentication]


def _ask_for_all(_judge: Judge) -> None:
    """Nothing is known without asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proving:
    """`resolver_for` gives each message its own, so that one that asks for too much spends its own budget alone.

    `without_waiting` is what a judge says by what is known already; None where the DNS would have to be asked.
    """

    resolver_for: Callable[[], Resolver]
    without_waiting: Callable[[Judge], Authentication | None] = _ask_for_all

    def prove_all(self, judges: Sequence[Judge]) -> list[Authentication | Exception]:
        """An answer for each; that our own code failed on one is an answer, too. Raises Transient."""
        answers = [_answer(self.without_waiting, judge) for judge in judges]
        waiting = [at for at, answer in enumerate(answers) if answer is None]
        with ThreadPoolExecutor(max_workers=max(1, len(waiting))) as threads:
            for at, answer in zip(waiting, threads.map(lambda at: self._in_time(judges[at]), waiting), strict=True):
                answers[at] = answer
        return [answer for answer in answers if answer is not None]

    def _in_time(self, judge: Judge) -> Authentication | Exception | None:
        return _answer(lambda judge: judge(self.resolver_for()), judge)


def _answer(ask: Callable[[Judge], Authentication | None], judge: Judge) -> Authentication | Exception | None:
    try:
        return ask(judge)
    except (Transient, ConfigurationError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a bug raises
        return error
