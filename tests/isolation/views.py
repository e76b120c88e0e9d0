"""Everything that an administrator sees of one company, made comparable between installations."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from tests.acceptance.notices.notice import Notice

if TYPE_CHECKING:
    from tests.acceptance.notices.place import Place
    from tests.isolation.companies import Company

_NUMBERED: Final = {"id": "activity", "activity": "activity", "uid": "uid"}
_IN_WORDS: Final = re.compile(r"activit(?:y|ies) \d+(?:, \d+)*")


def seen_of(place: Place, company: Company) -> dict[str, Any]:
    """What the commands list of it, with ids replaced by their ranks among its own."""
    whose = ("--organization", company.prefix, "--json")
    listed, messages = place.do("activities", *whose).rows, place.do("messages", *whose).rows
    ranks = {
        "activity": {row["id"]: rank for rank, row in enumerate(listed)},
        "uid": {row["uid"]: rank for rank, row in enumerate(messages)},
    }
    cards = {
        f"{kind} {key}": place.do(kind, key, *whose).rows
        for kind, table in (("project", "projects"), ("customer", "customers"))
        for key in _keys(company, table)
    }
    single = [place.do("activity", str(row["id"]), *whose).rows[0] for row in listed]
    found = {"activities": listed, "single": single, **cards}
    return {
        **{name: [_ranked(row, ranks) for row in rows] for name, rows in found.items()},
        "messages": [_ranked(row | {"id": f"message {rank}"}, ranks) for rank, row in enumerate(messages)],
    }


def told_of(place: Place, company: Company) -> list[tuple[Any, ...]]:
    """The notices to whoever wrote to it, without what is different in every installation."""
    mine = [mail.key for mail in place.mails.values() if mail.company is company]  # type: ignore[attr-defined]
    found = [(one, _key(one)) for one in place.notices()]
    return sorted(
        (key, one.taken.recipient, one.text, str(one.parsed["Subject"]), str(one.status), one.original)
        for one, key in found
        if key in mine
    )


def _key(notice: Notice) -> str:
    found = re.search(r"X-Case: (\S+)", notice.original)
    assert found, notice.original
    return found[1]


def _keys(company: Company, table: str) -> list[str]:
    return [line.partition(",")[0] for line in company.tables.get(table, "").splitlines()[1:]]


def _ranked(value: Any, ranks: dict[str, dict[int, int]], key: str = "") -> Any:
    """An id of another company's has no rank, and stays: it differs, or is not there at all."""
    if isinstance(value, dict):
        return {
            name: _ranked(one, ranks, name) for name, one in value.items() if name not in {"mailbox", "uidvalidity"}
        }
    if isinstance(value, list):
        return [_ranked(one, ranks) for one in value]
    if isinstance(value, str):
        return _IN_WORDS.sub(
            lambda words: re.sub(r"\d+", lambda n: _rank(int(n[0]), "activity", ranks), words[0]), value
        )
    return _rank(value, _NUMBERED[key], ranks) if key in _NUMBERED and value is not None else value


def _rank(number: int, kind: str, ranks: dict[str, dict[int, int]]) -> str:
    return f"#{ranks[kind].get(number, f'foreign {number}')}"


def as_text(view: Any) -> str:
    return json.dumps(view, ensure_ascii=False, indent=1, sort_keys=True)
