"""What answers itself answers for ever: after one notice it is quiet, whatever comes back."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tests.acceptance.mailboxes import Account, contents
from tests.circle.conftest import ACME, GLOBEX
from tests.circle.letters import OFFICE, Letter, hand_over, now, send
from tests.circle.notices import Notice, notices
from tests.servers.site import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.program import Program
    from tests.servers.site import Site

ANNA = "anna@acme.fi"
UNKNOWN, OTHER = f"9999.mycompany@{ACME}", f"9998.mycompany@{ACME}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What comes back for a notice, to whom, and its row in the ledger as "outcome notice"."""

    name: str
    row: str
    fields: str = ""
    """All of its header but From, To, Date and Message-ID."""
    mail_from: str = ANNA
    to: str = ""
    """Empty: to whom the notice says it is from."""
    whole: bool = False
    """The notice itself is sent on, as it came."""

    def send(self, site: Site, notice: Notice) -> None:
        to = self.to or notice.message["From"].addresses[0].addr_spec
        fields = self.fields.replace("{id}", notice.message["Message-ID"])
        message_id = self.name.replace(" ", "-")
        usual = f"From: {ANNA}\r\nTo: {to}\r\nDate: {format_datetime(now())}\r\nMessage-ID: <{message_id}>\r\n"
        source = notice.source if self.whole else f"{usual}{fields}\r\nI am away.\r\n".encode()
        hand_over(site, OFFICE, self.mail_from, (to,), source)


ANSWERS = (
    Answer(
        name="a polite vacation",
        fields="Subject: Away\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: {id}\r\n",
        mail_from="",
        row="ignored none",
    ),
    Answer(
        name="a vacation with a sender",
        fields="Subject: Away\r\nAuto-Submitted: auto-replied\r\n",
        row="ignored none",
    ),
    Answer(name="a vacation that names the notice", fields="Subject: Hi\r\nIn-Reply-To: {id}\r\n", row="review none"),
    Answer(name="a vacation without any mark", fields="Subject: Hello\r\n", row="review none"),
    Answer(
        name="the same at the refused address", fields="Subject: Hello\r\n", to=UNKNOWN, row="rejected suppressed:Q17"
    ),
    Answer(
        name="a vacation at another address that is refused",
        fields="Subject: Out of office: Piling\r\n",
        to=OTHER,
        row="rejected suppressed:Q20",
    ),
    Answer(
        name="a person who answers at another address that is refused",
        fields="Subject: Re: Piling\r\nReferences: {id}\r\n",
        to=OTHER,
        row="rejected suppressed:Q12",
    ),
    Answer(
        name="a bounce of the notice",
        fields="Subject: Undelivered\r\nContent-Type: multipart/report; boundary=x\r\n",
        mail_from="",
        row="ignored none",
    ),
    Answer(name="the notice on a project", to=f"1001.mycompany@{ACME}", whole=True, row="ignored none"),
    Answer(name="the notice at the refused address", to=UNKNOWN, whole=True, row="ignored none"),
)


def test_nothing_that_comes_back_is_answered(site: Site, install: Callable[..., Program]) -> None:
    program = install()
    send(site, Letter(author=ANNA, to=(UNKNOWN,)))
    taken_and_answered(site, program)
    (notice,) = notices(site, ANNA)
    for answer in ANSWERS:
        answer.send(site, notice)
    taken_and_answered(site, program)
    rows = [f"{row['outcome']} {row['notice']}" for row in program.do("messages", "--json").rows]
    assert sorted(rows) == sorted(["rejected sent", *(answer.row for answer in ANSWERS)])
    assert [one.source for one in notices(site, ANNA)] == [notice.source]
    assert site.mailboxes() == [ANNA, f"catchall@{ACME}"]


def test_two_installations_that_write_to_each_other_stop_after_one_notice_each(
    site: Site, install: Callable[..., Program]
) -> None:
    acme, globex = install(ACME), install(GLOBEX, NOTICE_ENVELOPE_FROM=f"mycompany@{GLOBEX}")
    for domain, other in ((ACME, GLOBEX), (GLOBEX, ACME)):
        send(site, Letter(author=f"9999.mycompany@{domain}", to=(f"9999.mycompany@{other}",)))
    for program in (acme, globex, acme):
        taken_and_answered(site, program)
    for domain, program in ((ACME, acme), (GLOBEX, globex)):
        rows = program.do("messages", "--json").rows
        assert [(row["outcome"], row["notice"]) for row in rows] == [("rejected", "sent"), ("ignored", "none")]
        lying = contents(Account(site.imap_port, f"catchall@{domain}", PASSWORD))
        assert [one.folder for one in lying] == ["Ignored", "Rejected"]


def taken_and_answered(site: Site, program: Program) -> None:
    """Everything that was sent is judged, and what is to be told has arrived."""
    site.postfix.delivered()
    program.do("once")
    site.postfix.delivered()
