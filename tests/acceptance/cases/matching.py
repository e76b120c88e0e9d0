"""P4–P10: who lets a message in, who owns it, and whose customer it is."""

from tests.acceptance.case import (
    ANNA,
    BERT,
    DORA,
    KAISA,
    LAURI,
    MALFORMED,
    MARIA,
    NO_USER,
    OLAF,
    SAM,
    Case,
    filed,
)
from tests.acceptance.cases.people import HARBOUR, OUT, PEOPLE, met
from tests.acceptance.checks import NOTHING, SOME

CASES = [
    Case("P4 the author is a user", filed(gate="author")),
    Case("P4 both are users", met(f"user to {BERT}", gate="author"), headers={"To": BERT}),
    Case("P4 a recipient is a user", met(OUT, **PEOPLE), headers={"From": OLAF, "To": BERT}),
    Case("P4 nobody is a user", NO_USER, headers={"From": OLAF}),
    Case("P4 a contact is no user", NO_USER, headers={"From": KAISA, "To": LAURI}),
    Case("P5 two From fields", MALFORMED, extra=f"From: {BERT}\n"),
    Case("P5 two From mailboxes", MALFORMED, headers={"From": f"{ANNA}, {BERT}", "Sender": ANNA}),
    Case("P5 the same From field twice", MALFORMED, extra=f"From: {ANNA}\n"),
    Case(
        "P6 the first user in To owns it",
        met(OUT, f"user to {DORA}", **PEOPLE),
        headers={"From": OLAF, "To": f"{BERT}, {DORA}"},
    ),
    Case(
        "P6 To before Cc whatever the order of fields",
        met(OUT, f"user cc {DORA}", **PEOPLE),
        headers={"From": OLAF, "To": None, "Cc": DORA},
        extra=f"To: {BERT}\n",
    ),
    Case(
        "P6 Cc before Bcc",
        met(OUT, f"user bcc {DORA}", **PEOPLE),
        headers={"From": OLAF, "To": None, "Bcc": DORA, "Cc": BERT},
    ),
    Case(
        "P6 Bcc before delivery headers",
        met(OUT, f"user delivered {DORA}", **PEOPLE),
        top="Delivered-To: dora@mycompany.example\n",
        headers={"From": OLAF, "To": None, "Bcc": BERT},
    ),
    Case(
        "P6 an external before the user in To",
        met(OUT, "external to Nils Next <nils@outside.example>", **PEOPLE),
        headers={"From": OLAF, "To": f"Nils Next <nils@outside.example>, {BERT}"},
    ),
    Case(
        "P6 an author who is a user owns it before recipients",
        met(f"user to {BERT}", f"user cc {DORA}"),
        headers={"To": BERT, "Cc": DORA},
    ),
    Case("P6 the owner is not repeated", met(f"contact to {KAISA}", customer=HARBOUR), headers={"Cc": ANNA}),
    Case(
        "P6 a recipient owner named twice is not repeated",
        met(OUT, **PEOPLE),
        headers={"From": OLAF, "To": BERT, "Cc": BERT},
    ),
    Case(
        "P7 contacts of one customer",
        met(f"contact to {KAISA}", f"contact to {LAURI}", customer=HARBOUR),
        headers={"To": f"{KAISA}, {LAURI}"},
    ),
    Case(
        "P7 an author who is a contact",
        met(f"contact author {KAISA}", customer=HARBOUR, **PEOPLE),
        headers={"From": KAISA, "To": BERT},
    ),
    Case(
        "P7 a contact among externals",
        met(f"external to {OLAF}", f"contact cc {LAURI}", customer=HARBOUR),
        headers={"To": OLAF, "Cc": LAURI},
    ),
    Case(
        "P7 contacts of two customers",
        met(f"external to {KAISA}", f"external to {MARIA}", candidates=SOME),
        headers={"To": f"{KAISA}, {MARIA}"},
    ),
    Case(
        "P7 contacts of two customers in the other order",
        met(f"external to {KAISA}", f"external to {MARIA}", candidates=SOME),
        headers={"To": f"{MARIA}, {KAISA}"},
    ),
    Case(
        "P7 contacts of two customers, all become external",
        headers={"To": f"{KAISA}, {LAURI}", "Cc": MARIA},
        expected=met(f"external to {KAISA}", f"external to {LAURI}", f"external cc {MARIA}", candidates=SOME),
    ),
    Case(
        "P7 author and recipient of two customers",
        headers={"From": MARIA, "To": BERT, "Cc": KAISA},
        expected=met(f"external author {MARIA}", f"external cc {KAISA}", candidates=SOME, **PEOPLE),
    ),
    Case("P7 one address known under two customers", met(f"external to {SAM}", candidates=SOME), headers={"To": SAM}),
    Case(
        "P7 the shared address beside a contact of one of them",
        headers={"To": f"{KAISA}, {SAM}"},
        expected=met(f"external to {KAISA}", f"external to {SAM}", candidates=SOME),
    ),
    Case(
        "P7 an inactive contact is external",
        met("external to Olga Former <olga@harbour.example>"),
        headers={"To": "Olga Former <olga@harbour.example>"},
    ),
    Case("P8 an external with a name", met(f"external to {OLAF}", candidates=NOTHING), headers={"To": OLAF}),
    Case(
        "P8 an external without a name",
        met("external to  <nameless@outside.example>"),
        headers={"To": "nameless@outside.example"},
    ),
    Case("P8 no contact was created of an external", met(f"external to {OLAF}"), headers={"To": OLAF}),
    Case(
        "P8 an external author",
        met(OUT, f"contact cc {KAISA}", customer=HARBOUR, **PEOPLE),
        headers={"From": OLAF, "To": BERT, "Cc": KAISA},
    ),
    Case(
        "P10 the customer comes from contacts",
        met(f"contact to {KAISA}", customer=HARBOUR, projects=["1002"], warnings=SOME),
        to="1002.mycompany",
    ),
    Case("P10 never from the project", met(f"external to {OLAF}"), headers={"To": OLAF}),
    Case("P10 the same customer is no mismatch", filed(warnings=NOTHING)),
    Case("P10 a project without a customer", filed(projects=["1005"], warnings=NOTHING), to="1005.mycompany"),
]
