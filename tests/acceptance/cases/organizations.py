"""O, and A2 with prefixes that have dots: three more organizations in `organizations/*.env`."""

from tests.acceptance.case import ANNA, INVALID, KAISA, NO_USER, RETIRED, Case, filed
from tests.acceptance.checks import either

GLOBEX = {"organization": either("globex", "globex@in.example.com"), "type": "Mail (Globex)", "status": "New"}
HANK = "Hank Globex <hank@globex.example>"
KNOWN = "Harbour as Globex knows it"
DOTTED = {
    "organization": either("my.company", "my.company@in.example.com"),
    "type": "Dotted",
    "status": "Open",
    "owner": "Irma Dotted <irma@dotted.example>",
    "participants": [f"external to {KAISA}"],
    "customer": None,
}
IRMA = {"From": "Irma Dotted <irma@dotted.example>"}
BOTH = {
    "From": KAISA,
    "To": f"{ANNA}, {HANK}",
    "Cc": "1001.mycompany@in.example.com, 1001.globex@in.example.com",
    "Message-ID": "<both@harbour.example>",
    "Subject": "For both",
}

SECOND = GLOBEX | {"owner": HANK, "gate": "recipient", "customer": KNOWN, "projects": ["1001", "3001"]}

CASES = [
    Case("O the first organization", filed()),
    Case(
        "O the second organization",
        to="1001.globex",
        headers={"From": HANK},
        expected=filed(**GLOBEX, owner=HANK, customer=KNOWN),
    ),
    Case(
        "O the second organization with a plus",
        to="globex+3001",
        headers={"From": HANK},
        expected=filed(**GLOBEX, owner=HANK, customer=KNOWN, projects=["3001"]),
    ),
    Case("O a number of the second is unknown in the first", INVALID, to="3001.mycompany"),
    Case("O a number of the first is unknown in the second", INVALID, to="1002.globex", headers={"From": HANK}),
    Case("O a user of the first is nobody in the second", NO_USER, to="1001.globex"),
    Case("O a user of the second is nobody in the first", NO_USER, headers={"From": HANK}),
    Case(
        "O a user of the second is external in the first",
        filed(participants=[f"external to {HANK}"], customer=None),
        headers={"To": HANK},
    ),
    Case("O a retired address of the second", RETIRED, to="oldglobex", headers={"From": HANK}),
    Case("O another prefix than all", INVALID, to="initech"),
    Case(
        "O the best-evidenced address decides",
        to="1001.globex",
        recipients="any",
        headers={"From": HANK, "Cc": "1001.mycompany@in.example.com"},
        expected=filed(**GLOBEX, owner=HANK, customer=KNOWN),
    ),
    Case(
        "O an unknown number of the other is left to its own copy",
        headers={"Cc": "9999.globex@in.example.com"},
        expected=filed(),
        recipients="any",
    ),
    Case(
        "O the trusted header before the sender's",
        to="1001.globex",
        recipients="any",
        headers={"From": HANK},
        below="X-Original-To: 1001.mycompany@in.example.com\n",
        expected=filed(**GLOBEX, owner=HANK, customer=KNOWN),
    ),
    Case(
        "O a copy for the first",
        headers=BOTH,
        content="\nOne text.\n",
        recipients="any",
        one="first",
        expected=filed(
            gate="recipient", customer="Harbour Oy", participants=[f"contact author {KAISA}", f"external to {HANK}"]
        ),
    ),
    Case(
        "O a copy for the second",
        headers=BOTH,
        content="\nOne text.\n",
        recipients="any",
        to="1001.globex",
        one="second",
        expected=filed(**SECOND, participants=[f"contact author {KAISA}", f"external to {ANNA}"]),
    ),
    Case(
        "O a second copy for the second",
        headers=BOTH,
        content="\nOne text.\n",
        recipients="any",
        to="3001.globex",
        one="second",
        expected=filed(**SECOND, participants=[f"contact author {KAISA}", f"external to {ANNA}"]),
    ),
    Case("A2 a prefix with a dot", filed(**DOTTED, projects=[]), to="my.company", headers=IRMA),
    Case("A2 a prefix with a dot and a number", filed(**DOTTED, projects=["77"]), to="77.my.company", headers=IRMA),
    Case(
        "A2 a prefix with a dot and a number with one",
        filed(**DOTTED, projects=["2026.014"]),
        to="2026.014.my.company",
        headers=IRMA,
    ),
    Case("A2 a prefix with a dot and a plus", filed(**DOTTED, projects=["77"]), to="My.Company+77", headers=IRMA),
    Case("A2 the longest prefix wins", filed(**DOTTED, projects=["78"]), to="78.my.company", headers=IRMA),
]
