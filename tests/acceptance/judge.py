"""What one run made of the cases, compared field by field; every disagreement is one line."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tests.acceptance.case import ANNA, KAISA, whole
from tests.acceptance.checks import NOTHING, SOME, TRUE, Check, agrees, either, has
from tests.acceptance.writing import Stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.acceptance.case import Case
    from tests.acceptance.mailboxes import Lying

ACTIVITY_KEYS = frozenset(
    """
    id organization type status subject date message_id owner customer projects participants files text gate
    authentication source_sha256
    date_source html in_reply_to references candidates warnings left_out unverified replayed
    """.split()  # noqa: SIM905 - as documented
)
MESSAGE_KEYS = frozenset(
    """
    id mailbox uidvalidity uid message_id author subject recipients outcome reason detail notice activity
    """.split()  # noqa: SIM905 - as above
)
FLAGGED = {"rejected", "quarantined", "review"}
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@dataclass(frozen=True, slots=True)
class Judged:
    """A case beside what became of it."""

    case: Case
    source: bytes
    row: Mapping[str, Any]
    activity: Mapping[str, Any] | None


def disagreements(judged: Judged) -> Iterator[str]:
    """One line for each field that is not as the rule says."""
    for where, expected, got in (*message(judged), *activity(judged)):
        if not agrees(expected, got):
            yield f"{judged.case.name}: {where}: expected {expected!r}, got {got!r}"


def message(judged: Judged) -> Iterator[tuple[str, Any, Any]]:
    """Fields of the ledger's row: where, expected, got."""
    case, row = judged.case, judged.row
    yield "keys of the message", frozenset(), MESSAGE_KEYS - set(row)
    yield "outcome", case.expected.outcome, row["outcome"]
    yield "reason", case.expected.reason, row["reason"]
    yield "notice", notice(case.expected.notice), row["notice"]
    if case.recipients != "any":
        yield "recipients", sorted(recipients(case)), sorted(address.lower() for address in row["recipients"])
    yield "stored", case.expected.activity is not None, row["activity"] is not None
    yield "other reasons in detail", True, all(reason in str(row["detail"]) for reason in case.expected.also)
    if case.expected.reason not in {"malformed", "ignored"}:
        yield (
            "author",
            has(re.findall(r"[^\s<>]+@[^\s<>]+", case.fields["From"])[-1].lower()),
            str(row["author"]).lower(),
        )
        yield "message_id", case.fields.get("Message-ID", "").strip("<>"), row["message_id"] or ""


def recipients(case: Case) -> set[str]:
    words = case.to if case.recipients is None else case.recipients
    return {whole(word).lower() for word in words.split()}


def notice(expected: str) -> Any:
    if expected == "none":
        return "none"
    suppressed = Check("suppressed:RULE", lambda got: str(got).startswith("suppressed:"))
    return suppressed if expected == "suppressed" else either("none", suppressed)


def activity(judged: Judged) -> Iterator[tuple[str, Any, Any]]:
    """Fields of the activity, shaped for reading: where, expected, got."""
    got = judged.activity
    if judged.case.expected.activity is None or got is None:
        return
    yield "keys of the activity", frozenset(), ACTIVITY_KEYS - set(got)
    expected = plain(judged.case) | dict(judged.case.expected.activity)
    if "candidates" not in expected and expected["customer"] is None:
        expected["candidates"] = either(SOME, NOTHING)
    if "source_sha256" not in expected and not judged.case.one:
        expected["source_sha256"] = sha256(judged.source).hexdigest()
    for key, value in expected.items():
        yield from field(key, value, got[key])
    yield "evidence", "none", got["authentication"]["evidence"]
    yield "keys of authentication", {"evidence", "spf", "dkim", "dmarc", "domain"}, set(got["authentication"])
    yield "date in UTC", True, bool(re.fullmatch(r"[-\d]+T[:\d.]+(Z|\+00:00)", got["date"]))
    yield "no NUL", False, "\0" in str(got)
    names = [file["name"] for file in got["files"]]
    yield "safe names", [], [name for name in names if not safe(name)]
    yield "unique names", [], [name for name, number in Counter(names).items() if number > 1]


def plain(case: Case) -> dict[str, Any]:
    """The activity of the plain message; `candidates` and `source_sha256` are added where they are certain."""
    return {
        "organization": either("mycompany", "mycompany@in.example.com"),
        "type": "E-mail",
        "status": "Done",
        "subject": case.fields.get("Subject"),
        "date": "2025-03-03T09:58:00Z",
        "message_id": case.fields.get("Message-ID", "").strip("<>"),
        "owner": ANNA,
        "customer": "Harbour Oy",
        "projects": ["1001"],
        "participants": [f"contact to {KAISA}"],
        "files": [],
        "gate": "author",
        "unverified": TRUE,
        "replayed": NOTHING,
        **({} if case.content else {"text": f"Hello from {case.key}."}),
    }


def field(key: str, expected: Any, got: Any) -> Iterator[tuple[str, Any, Any]]:
    """One field; lists without an order are compared as such, texts without their outer blanks."""
    if key == "owner":
        yield key, expected, person(got)
    elif key == "projects":
        yield key, sorted(expected), sorted(got)
    elif key == "date":
        yield key, moment(expected), moment(got)
    elif key == "text":
        yield key, expected, (got or "").replace("\r\n", "\n").strip()
    elif key in {"in_reply_to", "references"}:
        yield key, expected, got if not got else ids(got)
    elif key == "participants" and not isinstance(expected, Check):
        yield key, *paired(expected, [f"{p['kind']} {p['role']} {person(p)}" for p in got])
    elif key == "files" and not isinstance(expected, Check):
        yield key, *paired([Like(file) for file in expected], got)
    else:
        yield key, expected, got


def paired(expected: list[Any], got: list[Any]) -> tuple[list[Any], list[Any]]:
    """What remains of both when everything that agrees is taken away."""
    missing = []
    rest = list(got)
    for one in sorted(expected, key=lambda value: isinstance(value, Check)):
        found = next((other for other in rest if agrees(one, other) or one == other), None)
        rest.remove(found) if found is not None else missing.append(one)
    return missing, rest


@dataclass(frozen=True, slots=True, eq=False)
class Like:
    """A stored file to compare with one object of `files`."""

    file: Stored

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, dict)
        if (self.file.size, self.file.sha256) != (other["size"], other["sha256"]):
            return False
        known = self.file.name in {None, other["name"]} and self.file.inline in {None, other["inline"]}
        return known and str(other["name"]).endswith(self.file.ending)

    def __hash__(self) -> int:
        return hash(self.file)


def person(got: Mapping[str, Any] | None) -> str | None:
    return None if got is None else f"{got['name'] or ''} <{got['address']}>"


def ids(got: Any) -> str:
    words = got if isinstance(got, list) else got.split()
    return " ".join(word.strip("<>") for word in words)


def moment(value: Any) -> Any:
    return value if isinstance(value, Check) else datetime.fromisoformat(value).astimezone(UTC)


def safe(name: str) -> bool:
    """S5: no path, no control or bidi characters, no reserved name, bounded length."""
    if not name.strip(" ."):
        return False
    if any(c in "/\\" or c in BIDI or unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in name):
        return False
    return not RESERVED.fullmatch(name) and len(name.encode()) <= 255


def lying(case: Case, found: Lying | None, folder: str) -> Iterator[str]:
    """Where the message is now: its folder, \\Flagged, and \\Seen as it was."""
    if found is None:
        yield f"{case.name}: the message is in no folder"
        return
    wanted = (folder, case.expected.outcome in FLAGGED, case.seen)
    got = (found.folder, found.flagged, found.seen)
    if got != wanted:
        yield f"{case.name}: (folder, flagged, seen): expected {wanted}, got {got}"
