"""What answers itself answers for ever: after one notice it is quiet, whatever comes back."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tests.circle.conftest import ACME, GLOBEX
from tests.circle.letters import OFFICE, Letter, hand_over, now, send
from tests.circle.notices import Notice, notices

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.program import Program
    from tests.servers.site import Site

ANNA = "anna@acme.fi"
UNKNOWN = f"9999.mycompany@{ACME}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What comes back for a notice, and to whom; `fields` is all of its header but From, Date and Message-ID."""

    name: str
    fields: str = ""
    mail_from: str = ANNA
    to: str = ""
    """Empty: to whom the notice says it is from."""
    whole: bool = False
    """The notice itself is sent on, as it came."""

    def send(self, site: Site, notice: Notice) -> None:
        to = self.to or notice.message["From"].addresses[0].addr_spec
        fields = self.fields.replace("{id}", notice.message["Message-ID"])
        header = f"From: {ANNA}\r\nDate: {format_datetime(now())}\r\nMessage-ID: <{self.name}>\r\n{fields}\r\n"
        source = notice.source if self.whole else f"{header}I am away.\r\n".replace("{to}", to).encode()
        hand_over(site, OFFICE, self.mail_from, (to,), source)


ANSWERS = (
    Answer(
        name="a-polite-vacation",
        fields="To: {to}\r\nSubject: Away\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: {id}\r\n",
        mail_from="",
    ),
    Answer(name="a-vacation-with-a-sender", fields="To: {to}\r\nSubject: Away\r\nAuto-Submitted: auto-replied\r\n"),
    Answer(name="a-vacation-that-names-the-notice", fields="To: {to}\r\nSubject: Piling\r\nIn-Reply-To: {id}\r\n"),
    Answer(name="a-vacation-without-any-mark", fields="To: {to}\r\nSubject: Hello\r\n"),
    Answer(
        name="a-vacation-at-the-refused-address",
        fields="To: {to}\r\nSubject: Out of office: Piling\r\n",
        to=f"9998.mycompany@{ACME}",
    ),
    Answer(
        name="a-person-at-the-refused-address",
        fields="To: {to}\r\nSubject: Piling\r\nReferences: {id}\r\n",
        to=f"9998.mycompany@{ACME}",
    ),
    Answer(
        name="a-bounce-of-the-notice",
        fields="To: {to}\r\nSubject: Undelivered\r\nContent-Type: multipart/report; boundary=x\r\n",
        mail_from="",
    ),
    Answer(name="the-notice-on-a-project", to=f"1001.mycompany@{ACME}", whole=True),
    Answer(name="the-notice-at-the-refused-address", to=UNKNOWN, whole=True),
)


def test_nothing_that_comes_back_is_answered(site: Site, install: Callable[..., Program]) -> None:
    program = install()
    send(site, Letter(author=ANNA, to=(UNKNOWN,)))
    taken_and_answered(site, program)
    (notice,) = notices(site, ANNA)
    for answer in ANSWERS:
        answer.send(site, notice)
    taken_and_answered(site, program)
    rows = program.do("messages", "--json").rows
    assert len(rows) == 1 + len(ANSWERS)
    assert {row["outcome"] for row in rows} == {"rejected", "ignored", "review"}
    assert [one.source for one in notices(site, ANNA)] == [notice.source]
    assert site.mailboxes() == [ANNA, f"catchall@{ACME}"]


def test_two_installations_that_write_to_each_other_stop_after_one_notice_each(
    site: Site, install: Callable[..., Program]
) -> None:
    acme, globex = install(ACME), install(GLOBEX, NOTICE_ENVELOPE_FROM=f"mycompany@{GLOBEX}")
    for domain, other in ((ACME, GLOBEX), (GLOBEX, ACME)):
        send(site, Letter(author=f"9999.mycompany@{domain}", to=(f"9999.mycompany@{other}",)))
    for program in (acme, globex, acme, globex):
        taken_and_answered(site, program)
    for program in (acme, globex):
        rows = program.do("messages", "--json").rows
        assert [(row["outcome"], row["notice"]) for row in rows] == [("rejected", "sent"), ("ignored", "none")]


def taken_and_answered(site: Site, program: Program) -> None:
    """Everything that was sent is judged, and what is to be told has arrived."""
    site.postfix.delivered()
    program.do("once")
    site.postfix.delivered()
