"""What is put into the one mailbox: mail for each company, and what its senders try to get out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tests.acceptance.notices.mail import Mail
from tests.isolation.companies import ACME, DOTTED, GLOBEX, Company

NOW: Final = datetime.now(UTC).replace(microsecond=0)
ANNA, BERT, SAM = "anna@acme.example", "bert@acme.example", "sam@shared.example"
HANK, GINA, IRMA = "hank@globex.example", "gina@globex.example", "irma@dotted.example"
KAISA = "kaisa@harbour.example"
SAME_FILE: Final = b"""\
Content-Type: multipart/mixed; boundary=b

--b

See the plan.
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename=NAME

%PDF, the same octets
--b--
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Mail):
    """`company` is the one whose mail it is; of one that is filed, `projects` are the numbers it comes to."""

    company: Company
    outcome: str = "filed"
    reason: str | None = None
    notice: str = "none"
    projects: tuple[str, ...] = ()
    twin: str = ""
    """Letters with the same word here are copies of one message."""

    @property
    def key(self) -> str:
        return "".join(char if char.isalnum() else "-" for char in (self.twin or self.name).lower())

    @property
    def arrived(self) -> datetime:
        """The same moment in whatever mailbox."""
        return NOW - self.age


def letter(company: Company, name: str, sender: str, to: str, *projects: str, **values: Any) -> Letter:
    fields = {"To": "Olaf <olaf@outside.example>"} | values.pop("fields", {})
    author = f"{sender.partition('@')[0].title()} <{sender}>"
    plain = {"name": name, "sender": sender, "author": author, "to": to, "projects": projects, "fields": fields}
    return Letter(company=company, **plain | values)


def refused(company: Company, name: str, sender: str, to: str, reason: str = "recipient-invalid") -> Letter:
    outcome, notice = ("quarantined", "none") if reason == "no-user" else ("rejected", "sent")
    return letter(company, name, sender, to, outcome=outcome, notice=notice, reason=reason)


def answering(one: Letter) -> dict[str, str]:
    return {"In-Reply-To": one.message_id, "References": one.message_id}


TO_ANNA = {"To": f"Anna <{ANNA}>"}
TO_HANK = {"To": f"Hank <{HANK}>"}
TO_BOTH = {"To": f"Anna <{ANNA}>, Hank <{HANK}>"}
OURS = letter(ACME, "ours", ANNA, "1001.acme", "1001")
THEIRS = letter(GLOBEX, "theirs", HANK, "1001.globex", "1001")

ALIKE: Final = (
    OURS,
    THEIRS,
    letter(ACME, "a user of both", SAM, "1001.acme", "1001"),
    letter(GLOBEX, "a user of both, there", SAM, "1001.globex", "1001"),
    letter(ACME, "the same customer's key", KAISA, "1001.acme", "1001", fields=TO_ANNA),
    letter(GLOBEX, "the same customer's key, there", KAISA, "1001.globex", "1001", fields=TO_HANK),
    letter(ACME, "their user is our contact", HANK, "1002.acme", "1002", fields=TO_ANNA),
    letter(GLOBEX, "our user is their contact", ANNA, "3001.globex", "3001", fields=TO_HANK),
    letter(ACME, "to a user of theirs", ANNA, "1001.acme", "1001", fields={"To": f"Gina <{GINA}>"}),
    letter(ACME, "a plan", ANNA, "1001.acme", "1001", content=SAME_FILE.replace(b"NAME", b"ours.pdf")),
    letter(GLOBEX, "a plan, there", HANK, "1001.globex", "1001", content=SAME_FILE.replace(b"NAME", b"theirs.pdf")),
    letter(GLOBEX, "archived in the other one", GINA, "1004.globex", "1004"),
    letter(ACME, "a plus", ANNA, "acme+1001", "1001"),
    letter(GLOBEX, "a plus, there", HANK, "globex+3001", "3001"),
    letter(GLOBEX, "a dot before a plus", HANK, "3001.globex+acme", "3001"),
    letter(DOTTED, "the longest prefix", IRMA, "1001.my.acme", "1001"),
    letter(DOTTED, "the longest prefix, bare", IRMA, "my.acme"),
    letter(DOTTED, "the longest prefix, with a plus", IRMA, "my.acme+77", "77"),
)
COPIES: Final = (
    letter(ACME, "copies", KAISA, "1001.acme", "1001", fields=TO_BOTH, twin="copies"),
    letter(GLOBEX, "copies, there", KAISA, "1001.globex", "1001", fields=TO_BOTH, twin="copies"),
    letter(GLOBEX, "copies, there again", KAISA, "3001.globex", "1001", "3001", fields=TO_BOTH, twin="copies"),
    letter(ACME, "one copy", KAISA, "1001.acme 3001.globex", "1001", fields=TO_BOTH),
    letter(GLOBEX, "one copy, there", KAISA, "3001.globex 1001.acme", "3001", fields=TO_BOTH),
    letter(ACME, "their addresses in it", ANNA, "1002.acme", "1002",
           fields={"Cc": "1001.globex@in.example.com, globex+3001@in.example.com, oldglobex@in.example.com"}),
    letter(GLOBEX, "our addresses in it", HANK, "3001.globex", "3001", fields={"Cc": "9999.acme@in.example.com"}),
)  # fmt: skip
THREADS: Final = (
    letter(ACME, "an answer", BERT, "acme", "1001", fields=answering(OURS)),
    letter(ACME, "an answer to theirs", ANNA, "acme", fields=answering(THEIRS)),
    letter(GLOBEX, "an answer to ours", HANK, "globex", fields=answering(OURS)),
    letter(GLOBEX, "an answer to their own", HANK, "globex", "1001", fields=answering(THEIRS)),
    letter(ACME, "the same Message-ID", ANNA, "1002.acme", "1002", fields={"Message-ID": "<guessed@x.example>"}),
    letter(GLOBEX, "the same Message-ID, there", HANK, "3001.globex", "3001",
           fields={"Message-ID": "<guessed@x.example>"}),
)  # fmt: skip
ATTACKS: Final = (
    refused(ACME, "their user at a project of ours", HANK, "1001.acme", "no-user"),
    refused(GLOBEX, "our user at a project of theirs", ANNA, "3001.globex", "no-user"),
    refused(ACME, "their user at nothing of ours", HANK, "7301.acme"),
    refused(GLOBEX, "our user at nothing of theirs", ANNA, "8401.globex"),
    refused(ACME, "their user at an archived project of ours", HANK, "1004.acme"),
    refused(ACME, "our user near a project", BERT, "7301.acme"),
    refused(GLOBEX, "their user near a project", GINA, "8401.globex"),
    refused(ACME, "our user near a project of theirs", BERT, "8401.acme"),
    refused(ACME, "their retired address", HANK, "1001.oldacme", "retired-address"),
    refused(GLOBEX, "our user at their retired address", ANNA, "oldglobex", "retired-address"),
    refused(ACME, "their number with our plus", BERT, "acme+3001.globex"),
    refused(DOTTED, "our user at the longer prefix", ANNA, "77.my.acme", "no-user"),
)
LETTERS: Final = (*ALIKE, *COPIES, *THREADS, *ATTACKS)
