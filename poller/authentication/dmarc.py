"""The author domain and a domain that passed SPF or DKIM -> whether this one may speak for that one (RFC 9989)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from poller.authentication.dmarc_record import Record, Suffix, parse_record
from poller.authentication.dns import QueryBudgetSpent, RecordType, Resolver, TemporaryFailure
from poller.authentication.findings import DmarcFinding, Result
from poller.authentication.suffixes import registrable

_ECHOED = 100  # characters of a domain that a sentence repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`aligned` is None while a record that decides about it cannot be looked up."""

    aligned: bool | None
    why: str


class Alignment:
    """Which domains may speak for one author, of one message: no name is asked for twice.

    All domains are A-labels in lower case.
    """

    def __init__(self, author: str, resolver: Resolver) -> None:
        self.author = author
        self._registered = registrable(author)
        self._resolver = resolver
        self._answers: dict[str, Record | TemporaryFailure | QueryBudgetSpent | None] = {}

    def could_align(self, domain: str) -> bool:
        """Whether the two have one owner by the public-suffix list. What has not can never align; asks nothing."""
        if not domain or domain == self.author:
            return bool(domain)
        return self._registered is not None and registrable(domain) == self._registered

    def judge(self, domain: str, *, strict_by_spf: bool) -> Judgement:
        """Whether `domain` speaks for the author. What passed SPF is bound by the record's aspf, all else by adkim."""
        if not self.could_align(domain):
            return Judgement(aligned=False, why=self._apart(domain))
        if domain == self.author:
            return Judgement(aligned=True, why=f"{_shown(domain)} is the author's own domain")
        try:
            return self._judge_relative(domain, strict_by_spf=strict_by_spf)
        except (TemporaryFailure, QueryBudgetSpent) as error:
            why = f"whether {_shown(domain)} speaks for {_shown(self.author)} cannot be told: {error}"
            return Judgement(aligned=None if isinstance(error, TemporaryFailure) else False, why=why)

    def policy(self, *, passed: bool | None) -> DmarcFinding:
        """The author domain's record, and the result word. `passed`: something did that speaks for the author.

        None: nothing has, but something still may, so that failure cannot be concluded (RFC 9989, 5.3.2).
        """
        try:
            record = self._policy()
        except TemporaryFailure as error:
            return _finding(Result.TEMPERROR, None, str(error))
        except QueryBudgetSpent as error:
            return _finding(Result.PERMERROR, None, str(error))
        if record is None:
            return _finding(Result.NONE, None, f"there is no DMARC record for {_shown(self.author)}")
        where = f"the DMARC record of {_shown(record.domain)} applies to {_shown(self.author)}"
        if passed:
            return _finding(Result.PASS, record, f"{where}, and what passed is aligned")
        if passed is None:
            return _finding(Result.TEMPERROR, record, f"{where}, and what might have passed failed temporarily")
        return _finding(Result.FAIL, record, f"{where}, and nothing that passed is aligned")

    def _apart(self, domain: str) -> str:
        other, author = _shown(domain), _shown(self.author)
        if self._registered is None:
            return f"{author} is a public suffix, for which no other domain speaks, and so {other} does not"
        if registrable(domain) is None:
            return f"{other} is a public suffix, which speaks for no other domain, and so not for {author}"
        return f"{other} does not belong to {_shown(self._registered)}, and so does not speak for {author}"

    def _judge_relative(self, domain: str, *, strict_by_spf: bool) -> Judgement:
        """Another domain of the same owner: the author's record may refuse it, or either may be apart from the rest."""
        other, author = _shown(domain), _shown(self.author)
        record = self._policy()
        if record and (record.strict_spf if strict_by_spf else record.strict_dkim):
            tag = "aspf" if strict_by_spf else "adkim"
            why = f"the DMARC record of {_shown(record.domain)} ({tag}=s) lets no other domain speak for {author}"
            return Judgement(aligned=False, why=f"{why}, and so not {other}")
        ours, theirs = self._organizational(self.author), self._organizational(domain)
        if ours == theirs:
            return Judgement(aligned=True, why=f"{other} and {author} both belong to {_shown(ours)}")
        why = f"the organizational domain of {other} is {_shown(theirs)}, and that of {author} is {_shown(ours)}"
        return Judgement(aligned=False, why=why)

    def _policy(self) -> Record | None:
        """The author domain's record, else the organizational domain's, else a public suffix's (RFC 9989, 4.10.1)."""
        own = self._record(self.author)
        if own:
            return own
        longest = len(self._organizational(self.author))
        above = (self._record(name) for name in _walk(self.author) if len(name) <= longest)
        return next((record for record in above if record), None)

    def _organizational(self, domain: str) -> str:
        """By the tree walk, never above what was registered, and just that without any record (RFC 9989, 4.10.2).

        What public suffixes publish need not be asked for: it could only lead to where the walk ends anyway.
        """
        registered = registrable(domain) or domain
        highest = None
        for name in _walk(domain):
            if domain == registered or len(name) < len(registered):
                break
            record = self._record(name)
            if record is None:
                continue
            if record.suffix is Suffix.NO or (record.suffix is Suffix.YES and name == domain):
                return name
            if record.suffix is Suffix.YES:
                return ".".join(domain.split(".")[-name.count(".") - 2 :])
            highest = name
        return highest or registered

    def _record(self, domain: str) -> Record | None:
        """The one DMARC record of that very domain; several are as good as none. Failures are remembered too."""
        if domain not in self._answers:
            self._answers[domain] = self._asked(domain)
        answer = self._answers[domain]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _asked(self, domain: str) -> Record | TemporaryFailure | QueryBudgetSpent | None:
        try:
            texts = self._resolver.lookup(f"_dmarc.{domain}", RecordType.TXT)
        except TemporaryFailure:
            return TemporaryFailure(f"the DNS gives no answer about the DMARC record of {_shown(domain)}")
        except QueryBudgetSpent:
            return QueryBudgetSpent(f"it takes too many look-ups to find the DMARC record of {_shown(domain)}")
        records = [record for text in texts if (record := parse_record(domain, text))]
        return records[0] if len(records) == 1 else None


def _walk(domain: str) -> Iterator[str]:
    """The domain and those above it, at most eight: from long ones to their last seven labels (RFC 9989, 4.10)."""
    labels = domain.split(".")
    yield domain
    for first in range(max(1, len(labels) - 7), len(labels)):
        yield ".".join(labels[first:])


def _shown(domain: str) -> str:
    return domain if len(domain) <= _ECHOED else f"{domain[:_ECHOED]}..."


def _finding(result: Result, record: Record | None, why: str) -> DmarcFinding:
    return DmarcFinding(
        result=result,
        domain=record.domain if record else None,
        strict_dkim=record is not None and record.strict_dkim,
        strict_spf=record is not None and record.strict_spf,
        why=why,
    )
