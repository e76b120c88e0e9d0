"""A mailbox at a real Dovecot that the worker reaches through a proxy alone, and what must be true of it in the end."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from poller.errors import ConfigurationError, Transient
from poller.filing.reasons import Outcome
from poller.settings import Settings
from poller.worker import Worker, open_worker
from tests.servers.proxy import Fault, Proxy
from tests.workplace import Workplace, mail

BODIES = rb"UID FETCH .*BODY\.PEEK"


@dataclass(kw_only=True)
class Site:
    """`now` is the worker's clock."""

    workplace: Workplace
    proxy: Proxy
    keys: dict[str, str] = field(default_factory=dict)
    ahead: timedelta = timedelta()
    told: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def deliver(self, *numbers: int) -> None:
        assert self.workplace.user
        for number in numbers:
            self.workplace.user.deliver(mail(number))

    def settings(self) -> Settings:
        return self.workplace.settings(IMAP_PORT=str(self.proxy.port), **self.keys)

    @contextmanager
    def worker(self, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Iterator[Worker]:
        with open_worker(self.settings(), threading.Event(), progress, self.now) as worker:
            yield worker

    def cycle(self, worker: Worker | None = None, *faults: Fault) -> Counter[Outcome]:
        """One job of the service, with these faults -> what had which outcome. What it raised is `told`."""
        if worker is None:
            with self.worker() as opened:
                return self.cycle(opened, *faults)
        self.proxy.set(*faults)
        try:
            return worker.poll_until_empty()
        except (Transient, ConfigurationError) as error:
            self.told.append(str(error))
            return Counter()
        finally:
            self.proxy.set()

    def subjects(self) -> list[str]:
        return sorted(one["subject"] for one in self.workplace.listing("activities"))

    def outcomes(self) -> dict[int, str]:
        """Of the mailbox as it is now, by UID."""
        return {one["uid"]: one["outcome"] for one in self.workplace.listing("messages")}

    def count(self, folder: str = "") -> int:
        assert self.workplace.user
        return self.workplace.user.count(folder)

    def all_filed(self, *numbers: int) -> None:
        """Each once, and moved once."""
        assert self.subjects() == sorted(f"Message {number}" for number in numbers)
        assert (self.count(), self.count(".Filed")) == (0, len(numbers))
        assert Counter(self.outcomes().values()) == {"filed": len(numbers)}
