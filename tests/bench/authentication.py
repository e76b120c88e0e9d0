"""The authentication stage beside plain dkimpy and pyspf: the same signed messages, the same cached DNS, in one run.

Plain is what both packages' documentation shows: `dkim.verify(message)` and `spf.check2(ip, sender, helo)`, told who
the client was. Ours is the whole stage: find the border hop and MAIL FROM in the trace, SPF, DKIM, DMARC alignment,
verdict. The header was split by the stage before, as it is for every message.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from statistics import median

import dkim
import spf

from poller.authentication.authenticate import authenticate
from poller.authentication.dns import RecordType
from poller.authentication.findings import Mechanism
from poller.authentication.gather import Submission
from poller.authentication.trace import read_trace
from poller.mail.reader import read_message
from poller.resolver import CachingResolver
from poller.resolver.question import Answer, Question
from poller.settings import DnsSettings
from poller.settings.values import positive_duration
from tests.authentication.making import auth
from tests.authentication.signing import Key, sign

CLIENT, SENDER, HELO = "203.0.113.7", "anna@acme.fi", "out.acme.fi"
TRACE = (
    f"Return-Path: <{SENDER}>\r\n"
    "Delivered-To: catchall@in.example.com\r\n"
    f"Received: from {HELO} ({HELO} [{CLIENT}])\r\n"
    "\tby mx.example.com (Postfix) with ESMTPS id 4XyZ\r\n"
    "\tfor <1001.mycompany@in.example.com>; Mon,  2 Mar 2026 12:00:00 +0000 (UTC)\r\n"
).encode()
ARRIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)
SPF_RECORDS = {
    "acme.fi": "v=spf1 include:_spf.acme.fi mx -all",
    "_spf.acme.fi": "v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/28 ip6:2001:db8::/32 ~all",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The DNS of the run, as a dict: asking costs nobody anything but the packages' own work."""

    txt: Mapping[str, str]

    def ask(self, question: Question, seconds: float) -> Answer:
        """For our resolver; its cache is filled by the first round, which is not counted."""
        found = self.txt.get(question.name) if question.kind is RecordType.TXT else None
        return Answer(records=(found,) if found else (), ttl=3600)

    def key(self, name: bytes, timeout: float = 5) -> bytes | None:
        """For dkimpy."""
        found = self.txt.get(name.decode().rstrip("."))
        return found.encode() if found else None

    def lookup(self, name: str, kind: str, strict: bool = True, timeout: float = 20) -> list[object]:
        """For pyspf."""
        found = self.txt.get(name.rstrip(".").lower()) if kind == "TXT" else None
        return [((name, kind), (found.encode(),))] if found else []


def messages(count: int, size: int, key: Key) -> list[bytes]:
    """Signed messages of that many octets and one delivery's trace above each, from a fixed seed."""
    chance = random.Random(3)
    made = []
    for number in range(count):
        words = " ".join(f"{chance.randrange(10**6):x}" for _ in range(size // 6))
        lines = "\r\n".join(words[start : start + 72] for start in range(0, len(words), 72))[:size]
        header = (
            f"From: Anna Aalto <{SENDER}>\r\nTo: Carl <carl@globex.example>\r\nSubject: Offer {number}\r\n"
            f"Date: Mon, 02 Mar 2026 12:00:00 +0000\r\nMessage-ID: <{number}@acme.fi>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        )
        made.append(TRACE + sign((header + lines + "\r\n").encode(), key))
    return made


def plain(sources: Sequence[bytes], records: Records) -> Callable[[], int]:
    spf.DNSLookup = records.lookup

    def run() -> int:
        return sum(
            dkim.verify(source, dnsfunc=records.key) and spf.check2(i=CLIENT, s=SENDER, h=HELO)[0] == "pass"
            for source in sources
        )

    return run


def ours(sources: Sequence[bytes], records: Records) -> Callable[[], int]:
    second = positive_duration("5s")
    settings = auth(trusted_relays=(ip_network("127.0.0.1"),))
    dns = DnsSettings(servers=(), timeout=second, query_budget=60, time_budget=second)
    resolver = CachingResolver(dns, client=records)
    read = [read_message(source) for source in sources]

    def run() -> int:
        passed = 0
        for source, message in zip(sources, read, strict=True):
            trace = read_trace(message.header, settings)
            submission = Submission(message=message, source=source, trace=trace, arrived=ARRIVED)
            found = authenticate(submission, settings, resolver.for_message())
            passed += found.evidence is Mechanism.DKIM and found.spf == "pass"
        return passed

    return run


def seconds_of(run: Callable[[], int], expected: int) -> float:
    start = time.perf_counter()
    passed = run()
    taken = time.perf_counter() - start
    if passed != expected:
        raise SystemExit(f"{passed} of {expected} messages passed; the comparison means nothing")
    return taken


def main() -> None:
    arguments = argparse.ArgumentParser(prog="scripts/bench authentication", description=__doc__)
    arguments.add_argument("--messages", type=int, default=200)
    arguments.add_argument("--size", type=int, default=10_000, help="octets of a body")
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--json", type=Path, metavar="FILE")
    chosen = arguments.parse_args()
    key = Key.rsa(2048)
    sources = messages(chosen.messages, chosen.size, key)
    records = Records(txt=SPF_RECORDS | {"s1._domainkey.acme.fi": key.record(), "_dmarc.acme.fi": "v=DMARC1; p=reject"})
    runs = {"dkimpy and pyspf": plain(sources, records), "mailfiler": ours(sources, records)}
    for run in runs.values():
        seconds_of(run, chosen.messages)  # warm: imports, keys, the cache
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(chosen.rounds):
        for name, run in runs.items():
            taken[name].append(seconds_of(run, chosen.messages) / chosen.messages)
    ratio = median(a / b for a, b in zip(*taken.values(), strict=True))
    print(f"{chosen.messages} signed messages of {chosen.size:,} octets, {chosen.rounds} rounds, medians")
    for name, times in taken.items():
        print(f"{name:18} {median(times) * 1000:8.3f} ms a message {1 / median(times):10,.0f} messages/s")
    print(f"{'ratio':18} {ratio:8.2f}")
    if chosen.json:
        medians = {name: median(times) for name, times in taken.items()}
        chosen.json.write_text(json.dumps({"seconds_per_message": medians, "ratio": ratio}) + "\n")


if __name__ == "__main__":
    main()
