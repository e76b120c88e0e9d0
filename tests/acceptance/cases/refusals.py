"""R, N5: what is refused or ignored, and which of several reasons decides."""

from tests.acceptance.case import BERT, IGNORED, INVALID, MALFORMED, OLAF, REVIEW, Case, filed, quarantined, rejected
from tests.acceptance.writing import multipart, text

AUTOMATIC = ["X-Autoreply", "X-Auto-Reply", "X-Autorespond", "X-Autoresponse", "X-AutoReply-From", "X-Mail-Autoreply"]
KIN = {"X-AutoReply-From": "anna@mycompany.example", "X-Autoresponse": "vacation"}
BOUNCE = multipart(
    "report; report-type=delivery-status",
    text("It failed."),
    b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\nAction: failed\n",
)
RECEIPT = multipart(
    "report; report-type=disposition-notification",
    text("It was read."),
    b"Content-Type: message/disposition-notification\n\nReporting-UA: x\n",
)


def automatic(line: str) -> Case:
    return Case(f"N5 {line} is filed", filed(), extra=f"{line}\n")


CASES = [
    Case("R our own notice mark is ignored", IGNORED, headers={"X-Mailfiler-Notice": "0123456789abcdef"}),
    Case("R multipart report is ignored", IGNORED, content=BOUNCE),
    Case(
        "R a bounce with a null return path is ignored",
        IGNORED,
        content=BOUNCE,
        return_path="<>",
        headers={"From": "MAILER-DAEMON@x.example (Mail Delivery System)"},
    ),
    Case("R a read receipt is ignored", IGNORED, content=RECEIPT),
    Case("R an automatic reply is ignored", IGNORED, headers={"Auto-Submitted": "auto-replied"}),
    Case(
        "R an automatic reply with parameters is ignored",
        IGNORED,
        headers={"Auto-Submitted": "Auto-Replied (vacation); owner=x"},
    ),
    *(Case(f"Q8 {name} is ignored", IGNORED, headers={name: KIN.get(name, "yes")}) for name in AUTOMATIC),
    Case(
        "R an automatic reply without a filing address is ignored",
        IGNORED,
        to="",
        headers={"Auto-Submitted": "auto-replied"},
    ),
    Case(
        "R an automatic reply to an unknown number is ignored",
        IGNORED,
        to="9999.mycompany",
        headers={"Auto-Submitted": "auto-replied"},
    ),
    Case(
        "R an automatic reply with two From fields is ignored",
        IGNORED,
        headers={"Auto-Submitted": "auto-replied"},
        extra=f"From: {BERT}\n",
    ),
    automatic("Auto-Submitted: no"),
    automatic("Auto-Submitted: auto-generated"),
    automatic("Precedence: bulk"),
    automatic("List-Id: <team.mycompany.example>"),
    automatic("List-Unsubscribe: <https://x.example/u>"),
    automatic("X-Auto-Response-Suppress: All"),
    Case("N5 a null return path is filed", filed(), return_path="<>"),
    Case("R an unknown number from a list", INVALID, to="9999.mycompany", extra="List-Id: <team.mycompany.example>\n"),
    Case("R no From", MALFORMED, headers={"From": None}),
    Case("R an empty From", MALFORMED, headers={"From": ""}),
    Case("R two Subject fields", MALFORMED, extra="Subject: Another\n"),
    Case("R two Date fields", MALFORMED, extra="Date: Mon, 03 Mar 2025 12:00:00 +0200\n"),
    Case("R two Message-ID fields", MALFORMED, extra="Message-ID: <another@x.example>\n"),
    Case("R From is a group", MALFORMED, headers={"From": "Team: anna@mycompany.example;"}),
    Case(
        "R From with an address before the address",
        MALFORMED,
        headers={"From": "boss@corp.example <anna@mycompany.example>"},
    ),
    Case("R From with text after the address", MALFORMED, headers={"From": "<anna@mycompany.example> anna"}),
    Case("R a single-label domain in From", MALFORMED, headers={"From": "anna@localhost"}),
    Case("R a line that is no field", MALFORMED, extra="this is no header field\n"),
    Case("R malformed before no filing address", MALFORMED, to="", extra=f"From: {BERT}\n"),
    Case("R malformed before an invalid recipient", MALFORMED, to="9999.mycompany", extra=f"From: {BERT}\n"),
    Case(
        "R an invalid recipient before no user",
        rejected("recipient-invalid", "no-user"),
        to="9999.mycompany",
        headers={"From": OLAF},
    ),
    Case(
        "R an invalid recipient before no subject",
        rejected("recipient-invalid", "no-subject"),
        to="9999.mycompany",
        headers={"Subject": None},
    ),
    Case(
        "R no user before no subject",
        quarantined("no-user", "no-subject"),
        headers={"From": OLAF, "Subject": None},
    ),
    Case("R no filing address before no subject", headers={"Subject": None}, to="", expected=REVIEW),
]
