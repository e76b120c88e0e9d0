"""The tables of cases, one family a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.authentication.cases import (
    alignment,
    arc,
    author,
    border,
    budgets,
    dkim,
    flows,
    forms,
    octets,
    policy,
    results,
    spf,
    temporary,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.acceptance.authentication.case import Case

FAMILIES: dict[str, Sequence[Case]] = {
    "A octets": octets.OCTETS,
    "B singletons": octets.SINGLETONS,
    "C ambiguous authors": author.AMBIGUOUS,
    "C look-alikes": author.LOOK_ALIKES,
    "C good authors": author.GOOD,
    "D forged trace": border.FORGED,
    "D HELO": border.HELO,
    "D good borders": border.GOOD,
    "D forms": forms.CASES,
    "E MAIL FROM": border.ENVELOPE,
    "F results of SPF": spf.RESULTS,
    "F too wide": spf.TOO_WIDE,
    "F HELO": spf.HELO,
    "F good SPF": spf.GOOD,
    "G coverage": dkim.COVERAGE,
    "G broken": dkim.BROKEN,
    "G names": dkim.NAMES,
    "G keys": dkim.KEYS,
    "G good DKIM": dkim.GOOD,
    "H relaxed": alignment.RELAXED,
    "H strict": alignment.STRICT,
    "H foreign": alignment.FOREIGN,
    "I believable": results.BELIEVABLE,
    "I unbelievable": results.UNBELIEVABLE,
    "I forged": results.FORGED,
    "J ARC": arc.CASES,
    "K defers": temporary.DEFERS,
    "K passes": temporary.PASSES,
    "K refuses": temporary.REFUSES,
    "policy": policy.POLICY,
    "exceptions": policy.EXCEPTIONS,
    "kinds of mailbox": flows.KIND,
    "ways of mail": flows.WAYS,
    "budgets": budgets.CASES,
}
