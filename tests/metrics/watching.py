"""Whoever watches the service, as Prometheus does."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.patience import PATIENCE
from tests.servers.ports import free_port
from tests.workplace import Workplace, eventually

Samples = dict[str, dict[tuple[str, ...], float]]


def asked(port: int, path: str, method: str = "GET", host: str = "127.0.0.1") -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def samples(text: str) -> Samples:
    """Of each metric, its values by those of its labels in the order of the labels' names."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A `mailfiler run` that is watched."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def metrics(self) -> Samples:
        status, text = asked(self.port, "/metrics")
        assert status == 200, text
        return samples(text)

    def value(self, name: str, *labels: str) -> float:
        return self.metrics().get(name, {}).get(labels, 0.0)

    def healthz(self) -> tuple[int, dict[str, Any]]:
        status, text = asked(self.port, "/healthz")
        return status, json.loads(text)

    def events(self) -> list[dict[str, Any]]:
        """What the log says, which is one of JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def service(workplace: Workplace, at: int = 0, **settings: str) -> Iterator[Service]:
    """Killed at the end, if it still runs. Its log is of JSON."""
    port = at or free_port()
    log = workplace.folder / f"log{len(list(workplace.folder.glob('log*')))}"
    path = workplace.write_settings(**{"METRICS_LISTEN": f"127.0.0.1:{port}", "LOG_FORMAT": "json"} | settings)
    with log.open("wb") as stderr:
        process = subprocess.Popen([sys.executable, "-m", "poller", "--settings", str(path), "run"], stderr=stderr)
    try:
        eventually(lambda: is_open(port))
        yield Service(port=port, process=process, log=log)
    finally:
        process.kill()
        process.wait()


def ledger(workplace: Workplace) -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]]:
    """What `messages --json` lists: how many by outcome and reason, and how many by notice and rule."""
    listed = workplace.listing("messages")
    return (
        Counter((one["outcome"], one["reason"] or "none") for one in listed),
        Counter(tuple(one["notice"].partition(":")[::2]) for one in listed),
    )
