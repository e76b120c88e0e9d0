"""The table: what is fuzzed, from where, and how it is damaged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import answers, containers, messages, proofs, seeds, texts
from tests.fuzz.mutating import Mutation, mutated

FINDS = Path(__file__).parent / "finds"
"""By target: octets that once broke something."""

SECONDS, SECONDS_OF_OCTET = 0.4, 0.00005
"""Of CPU, for a check, which reads its octets several times: far more than is needed, unless it is not linear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`check` raises where something does not hold. `mutate` knows a grammar; without it octets alone are damaged."""

    name: str
    check: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    mutate: Mutation | None = None
    most: int = 20_000

    def judge(self, octets: bytes) -> None:
        """Raises what `check` raises, and AssertionError where it takes too long twice: once, caches may warm."""
        allowed = SECONDS + len(octets) * SECONDS_OF_OCTET
        spent = 0.0
        for _ in range(2):
            started = time.process_time()
            self.check(octets)
            spent = time.process_time() - started
            if spent <= allowed:
                return
        raise AssertionError(f"{spent:.1f} s of CPU for {len(octets):,} octets")

    def finds(self) -> list[Path]:
        return sorted((FINDS / self.name).glob("*"))


_ALL = (
    Target(name="message", check=messages.check_message, seeds=seeds.messages, mutate=mutated),
    Target(name="header", check=messages.check_header, seeds=seeds.headers, mutate=mutated),
    Target(name="structure", check=messages.check_structure, seeds=seeds.messages, mutate=mutated, most=60_000),
    Target(name="addresses", check=messages.check_addresses, seeds=seeds.addresses, mutate=mutated),
    Target(name="words", check=messages.check_words, seeds=seeds.words, mutate=mutated),
    Target(name="parameters", check=messages.check_parameters, seeds=seeds.parameters, mutate=mutated),
    Target(name="transfer", check=messages.check_transfer, seeds=seeds.transfers),
    Target(name="embedded", check=messages.check_embedded, seeds=seeds.embedded_files, mutate=mutated),
    Target(name="html", check=texts.check_html, seeds=seeds.pages, mutate=mutated),
    Target(name="text", check=texts.check_text, seeds=seeds.texts, mutate=mutated),
    Target(name="line", check=texts.check_line, seeds=seeds.lines, mutate=mutated, most=2_000),
    Target(name="names", check=texts.check_names, seeds=seeds.names),
    Target(name="authentication", check=proofs.check_authentication, seeds=seeds.signed, mutate=mutated),
    Target(name="received", check=proofs.check_received, seeds=seeds.received, mutate=mutated, most=11_000),
    Target(name="results", check=proofs.check_results, seeds=seeds.results),
    Target(name="signature", check=proofs.check_signature, seeds=seeds.signatures, most=9_000),
    Target(name="arc", check=proofs.check_sets, seeds=seeds.arc_sets, mutate=mutated),
    Target(name="records", check=proofs.check_records, seeds=seeds.records, most=5_000),
    Target(name="spf", check=proofs.check_spf_record, seeds=seeds.spf_records, most=5_000),
    Target(name="delivery", check=proofs.check_header_of_delivery, seeds=seeds.traces, mutate=mutated),
    Target(name="notice", check=answers.check_notice, seeds=seeds.notices, mutate=mutated),
    Target(name="dns", check=answers.check_dns, seeds=seeds.dns_answers),
    Target(name="imap", check=answers.check_imap, seeds=seeds.imap_answers),
    Target(name="settings", check=answers.check_settings, seeds=seeds.settings, mutate=mutated),
    Target(name="tnef", check=containers.check_tnef, seeds=seeds.containers),
    Target(name="calendar", check=containers.check_calendar, seeds=seeds.calendars, mutate=mutated),
    Target(name="rtf", check=containers.check_rtf, seeds=seeds.rich_texts),
    Target(name="answer", check=containers.check_answer, seeds=seeds.child_answers),
)
TARGETS = {target.name: target for target in _ALL}
