"""What single settings change: each table belongs to one entry of `variants.py`."""

from tests.acceptance.case import (
    ANNA,
    BERT,
    INVALID,
    KAISA,
    LAURI,
    MALFORMED,
    MARIA,
    NO_USER,
    OLAF,
    RECEIVED,
    RETIRED,
    REVIEW,
    TOO_LARGE,
    Case,
    Expected,
    filed,
    partly,
    quarantined,
    rejected,
)
from tests.acceptance.checks import NOTHING, SOME, count, has
from tests.acceptance.writing import attachment, mixed, stored

# With UNKNOWN_PROJECT=store
STORE = [
    Case("A5 an unknown number is stored without a project", filed(projects=[]), to="9999.mycompany"),
    Case("A5 an unknown number after a plus is stored too", filed(projects=[]), to="mycompany+9999"),
    Case("A5 an unknown number beside a known one", filed(projects=["1001"]), to="9999.mycompany 1001.mycompany"),
    Case("A5 an archived project is still invalid", INVALID, to="1004.mycompany"),
    Case("A5 a malformed number is still invalid", INVALID, to="1001..mycompany"),
    Case("A5 another prefix is still invalid", INVALID, to="9999.other"),
]

# With REQUIRE_USER_AUTHOR=true
USER_AUTHOR = [
    Case("P4 an author who is a user", filed()),
    Case("P4 a recipient who is a user is not enough", NO_USER, headers={"From": OLAF, "To": BERT}),
    Case("P4 a contact writing to a user is not enough", NO_USER, headers={"From": KAISA, "To": BERT}),
]

# With MATCH_AUTHOR_CONTACT=false, REJECT_ACTION=flag
NO_AUTHOR_MATCH = [
    Case(
        "P7 the author is left out",
        headers={"From": KAISA, "To": BERT},
        expected=filed(owner=BERT, gate="recipient", customer=None, participants=[f"external author {KAISA}"]),
    ),
    Case(
        "P7 the recipient alone decides",
        headers={"From": KAISA, "To": BERT, "Cc": MARIA},
        expected=filed(
            owner=BERT,
            gate="recipient",
            customer="Island AB",
            warnings=SOME,
            participants=[f"external author {KAISA}", f"contact cc {MARIA}"],
        ),
    ),
    Case("P7 a user's mail is matched as before", filed()),
    Case("N4 a refusal is only flagged", rejected("recipient-invalid", notice="none"), to="9999.mycompany"),
]

# With DEDICATED_DOMAIN=false, with other folders; the mailbox's login is at the filing domain
SHARED = [
    Case("A5 an address without a known prefix is not ours", REVIEW, to="other", recipients=""),
    Case("A5 a number with an unknown prefix is not ours", REVIEW, to="1001.other", recipients=""),
    # 1001mycompany@ is left out: A5 calls it a malformed number, and without a dot it has no known prefix
    Case("A5 a name that merely ends like the prefix is not ours", REVIEW, to="notmycompany", recipients=""),
    Case("A5 an unknown number is ours", INVALID, to="9999.mycompany"),
    Case("A5 an empty number is ours", INVALID, to=".mycompany"),
    Case("A5 a retired prefix is ours", RETIRED, to="1001.oldcompany"),
    Case("A5 a valid address is ours", filed()),
    Case(
        "P8 other addresses at the domain are people",
        headers={"Cc": "Info Desk <info@in.example.com>"},
        expected=filed(participants=[f"contact to {KAISA}", "external cc Info Desk <info@in.example.com>"]),
    ),
    Case(
        "P2 the login and the notice address are nobody",
        filed(),
        headers={"Cc": "{login}, Notices <notices@in.example.com>"},
    ),
    Case("P4 the folder for quarantine is a setting", NO_USER, headers={"From": OLAF}),
]

HOP = (
    "Received: from mx.in.example.com ([127.0.0.1])\n\tby mx.in.example.com with LMTP id a1\n"
    "\tfor <{login}>; Mon, 3 Mar 2025 09:59:01 +0000\n"
)
FOREIGN = (
    "Received: from laptop (laptop.example [198.51.100.7])\n\tby mail.mycompany.example (Postfix) with ESMTPSA id b2"
)


def border(address: str) -> str:
    return RECEIVED.replace("; Mon", f"\n\tfor <{address}>; Mon")


# With OUR_MTA_NAMES=mx.in.example.com
OUR_MTA = [
    Case(
        "A6 for in a Received of ours",
        filed(),
        to="",
        received=border("1001.mycompany@in.example.com"),
        recipients="1001.mycompany",
    ),
    Case(
        "A6 for in a Received of ours behind LMTP",
        filed(),
        to="",
        recipients="1001.mycompany",
        received=HOP + border("1001.mycompany@in.example.com"),
    ),
    Case(
        "A6 for in a foreign Received counts for nothing",
        REVIEW,
        to="",
        below=FOREIGN + "\n\tfor <1001.mycompany@in.example.com>; Mon, 3 Mar 2025 09:58:30 +0000\n",
    ),
    Case(
        "A6 for in a foreign Received adds no project",
        filed(),
        below=FOREIGN + "\n\tfor <1002.mycompany@in.example.com>; Mon, 3 Mar 2025 09:58:30 +0000\n",
    ),
    Case(
        "A6 for in a Received that only claims to be ours",
        REVIEW,
        to="",
        below=FOREIGN
        + "; Mon, 3 Mar 2025 09:58:30 +0000\n"
        + border("1001.mycompany@in.example.com").replace("192.0.2.10", "198.51.100.8"),
    ),
    Case(
        "A6 a header between our hops",
        filed(),
        to="",
        recipients="1001.mycompany",
        received=HOP + "X-Original-To: 1001.mycompany@in.example.com\n" + RECEIVED,
    ),
    Case(
        "A6 for and header name two projects",
        filed(projects=["1001", "1002"], warnings=SOME),
        to="1001.mycompany",
        received=border("1002.mycompany@in.example.com"),
        recipients="1001.mycompany 1002.mycompany",
    ),
    Case(
        "A6 a configured header",
        filed(),
        to="",
        top="X-Our-Rcpt: 1001.mycompany@in.example.com\n",
        recipients="1001.mycompany",
    ),
    Case("A6 a header that is not configured", REVIEW, to="", top="Envelope-To: 1001.mycompany@in.example.com\n"),
]

BIG = b"x" * 30_000
MANY = ", ".join(f"Person {n} <p{n}@outside.example>" for n in range(7))

# With MAX_MESSAGE_SIZE=100K, MAX_ATTACHMENT_SIZE=20K, MAX_PARTICIPANTS=3, KEEP_SOURCE=false
LIMITS = [
    Case(
        "S6 a large attachment is left out",
        content=mixed("Hi.", attachment("big.bin", BIG), attachment("a.txt", b"small")),
        expected=filed(text="Hi.", files=[stored("a.txt", b"small")], left_out=has("big.bin", "30000")),
    ),
    Case(
        "S6 all attachments are left out",
        content=mixed("Hi.", attachment("big.bin", BIG + b"y")),
        expected=filed(text="Hi.", files=[], left_out=has("big.bin", "30001")),
    ),
    Case(
        "S6 an attachment of exactly the limit is kept",
        content=mixed("Hi.", attachment("fits.bin", b"y" * 20 * 1024)),
        expected=filed(files=[stored("fits.bin", b"y" * 20 * 1024)], left_out=NOTHING),
    ),
    Case(
        "S6 a message over the limit is refused", TOO_LARGE, content=mixed("Hi.", attachment("huge.bin", b"z" * 90_000))
    ),
    Case(
        "S6 an invalid recipient before the size",
        INVALID,
        to="9999.mycompany",
        content=mixed("Hi.", attachment("huge.bin", b"z" * 90_001)),
    ),
    Case(
        "S6 the size before no user",
        Expected("rejected", "message-too-large", "any"),
        headers={"From": OLAF},
        content=mixed("Hi.", attachment("huge.bin", b"z" * 90_002)),
    ),
    Case(
        "S6 malformed before the size",
        MALFORMED,
        extra=f"From: {BERT}\n",
        content=mixed("Hi.", attachment("huge.bin", b"z" * 90_003)),
    ),
    Case(
        "S6 no filing address before the size",
        REVIEW,
        to="",
        content=mixed("Hi.", attachment("huge.bin", b"z" * 90_004)),
    ),
    Case(
        "P9 participants beyond the cap are recorded",
        headers={"To": MANY},
        expected=filed(participants=count(3), customer=None, warnings=SOME),
    ),
    Case(
        "P9 as many participants as the cap",
        headers={"To": f"{KAISA}, {LAURI}, {OLAF}"},
        expected=filed(participants=[f"contact to {KAISA}", f"contact to {LAURI}", f"external to {OLAF}"]),
    ),
    Case("S4 without KEEP_SOURCE the SHA-256 is stored", filed()),
]

# With SETTLE=flag, REJECT_ACTION=flag
FLAG = [
    Case("M3 filed mail stays, unflagged", filed()),
    Case("M3 filed mail stays, seen", filed(), seen=True),
    Case(
        "M3 a refusal stays, flagged, without a notice",
        rejected("recipient-invalid", notice="none"),
        to="9999.mycompany",
    ),
    Case("M3 a retired address", rejected("retired-address", notice="none"), to="oldcompany", seen=True),
    Case("M3 no subject", rejected("no-subject", notice="none"), headers={"Subject": None}),
    Case("M3 no user", NO_USER, headers={"From": OLAF}),
    Case("M3 no filing address", REVIEW, to=""),
    Case("M3 an automatic reply", Expected("ignored", "ignored"), headers={"Auto-Submitted": "auto-replied"}),
]

# With NOTIFY_NO_USER=true
NOTIFY = [
    Case("N1 no user may be answered", Expected("quarantined", "no-user", "suppressed"), headers={"From": OLAF}),
    Case("N1 malformed may not", quarantined("malformed"), extra=f"From: {ANNA}\n"),
    Case("N1 no filing address may not", REVIEW, to=""),
    Case("N1 a filed message needs none", filed()),
    Case("N1 an invalid number is answered as before", INVALID, to="9999.mycompany"),
    Case("A9 so is one beside a valid number", partly("recipient-invalid"), to="1001.mycompany 9999.mycompany"),
]
