"""Which table is judged under which settings: one entry is one mailbox and one run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.acceptance.cases import addresses, content, copies, files, matching, organizations, people, refusals
from tests.acceptance.cases import settings as changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.acceptance.case import Case

FOLDERS = {
    "filed": "Filed",
    "duplicate": "Filed",
    "rejected": "Rejected",
    "quarantined": "Quarantine",
    "review": "Review",
    "ignored": "Ignored",
}
RETIRED = {"RETIRED_ADDRESSES": "oldcompany@in.example.com mail@old.example.com"}


@dataclass(frozen=True, slots=True)
class Variant:
    """Settings beside the essential ones, and what is judged under them."""

    name: str
    cases: Sequence[Case]
    settings: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=lambda: FOLDERS)
    organizations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    twice: bool = False
    """Whether a second `once` is run, which must change nothing."""


def organization(prefix: str, type_: str, status: str, **more: str) -> dict[str, str]:
    return {"FILING_ADDRESS": f"{prefix}@in.example.com", "ACTIVITY_TYPE": type_, "ACTIVITY_STATUS": status} | more


VARIANTS = [
    Variant("addresses", addresses.CASES, RETIRED, twice=True),
    Variant("copies", copies.CASES, twice=True),
    Variant("people", people.CASES),
    Variant("matching", matching.CASES),
    Variant("content", content.CASES),
    Variant("files", files.CASES),
    Variant("refusals", refusals.CASES, {"REJECT_ACTION": "notify"}, twice=True),
    Variant("UNKNOWN_PROJECT=store", changed.STORE, {"UNKNOWN_PROJECT": "store"}),
    Variant("REQUIRE_USER_AUTHOR=true", changed.USER_AUTHOR, {"REQUIRE_USER_AUTHOR": "true"}),
    Variant(
        "MATCH_AUTHOR_CONTACT=false", changed.NO_AUTHOR_MATCH, {"MATCH_AUTHOR_CONTACT": "no", "REJECT_ACTION": "flag"}
    ),
    Variant(
        "DEDICATED_DOMAIN=false",
        changed.SHARED,
        RETIRED
        | {
            "DEDICATED_DOMAIN": "false",
            "NOTICE_FROM": "notices@in.example.com",
            "FOLDER_FILED": "Done",
            "FOLDER_QUARANTINE": "Karantän",
            "FOLDER_REVIEW": "To review",
        },
        FOLDERS | {"filed": "Done", "duplicate": "Done", "quarantined": "Karant&AOQ-n", "review": "To review"},
    ),
    Variant(
        "OUR_MTA_NAMES",
        changed.OUR_MTA,
        {"OUR_MTA_NAMES": "mx.in.example.com", "RECIPIENT_HEADERS": "X-Our-Rcpt, X-Original-To"},
    ),
    Variant(
        "limits",
        changed.LIMITS,
        {"MAX_MESSAGE_SIZE": "100K", "MAX_ATTACHMENT_SIZE": "20K", "MAX_PARTICIPANTS": "3", "KEEP_SOURCE": "false"},
    ),
    Variant(
        "SETTLE=flag",
        changed.FLAG,
        RETIRED | {"SETTLE": "flag", "REJECT_ACTION": "flag"},
        dict.fromkeys(FOLDERS, "INBOX"),
        twice=True,
    ),
    Variant("NOTIFY_NO_USER=true", changed.NOTIFY, {"NOTIFY_NO_USER": "true"}),
    Variant(
        "organizations",
        organizations.CASES,
        organizations={
            "globex": organization("globex", "Mail (Globex)", "New", RETIRED_ADDRESSES="oldglobex@in.example.com"),
            "dotted": organization("my.company", "Dotted", "Open"),
            "plain": organization("company", "Plain", "Open"),
        },
        twice=True,
    ),
]
