"""P1–P3: who is named in a message, and who that is."""

from tests.acceptance.case import (
    ANNA,
    BERT,
    FRIDA,
    KAISA,
    LAURI,
    NO_USER,
    OLAF,
    Case,
    filed,
)
from tests.acceptance.checks import SOME, either

DESK = "Sales Desk <frida+sales@mycompany.example>"
GUSTAV = "Gustav Grön <gustav@mycompany.example>"
PETRA = either("contact to Petra Post <petra@xn--strae-oqa.example>", "contact to Petra Post <petra@straße.example>")
PEOPLE = {"owner": BERT, "gate": "recipient"}


def met(*participants: object, customer: str | None = None, **more: object) -> object:
    """Filed with these participants; without contact persons there is no customer."""
    return filed(participants=list(participants), customer=customer, **more)


HARBOUR = "Harbour Oy"
OUT = f"external author {OLAF}"

CASES = [
    Case(
        "P1 every recipient field",
        met(f"contact to {KAISA}", f"contact cc {LAURI}", f"external bcc {OLAF}", customer=HARBOUR),
        headers={"Cc": LAURI, "Bcc": OLAF},
    ),
    Case(
        "P1 every instance of To",
        met(f"contact to {KAISA}", f"contact to {LAURI}", customer=HARBOUR),
        extra=f"To: {LAURI}\n",
    ),
    Case(
        "P1 groups",
        met(f"contact to {KAISA}", f"contact to {LAURI}", f"external to {OLAF}", customer=HARBOUR),
        headers={"To": f"Team: {KAISA}, {LAURI};, {OLAF}"},
    ),
    Case(
        "P1 folded lines",
        met(f"contact to {KAISA}", f"contact to {LAURI}", customer=HARBOUR),
        headers={"To": "Kaisa Korhonen\n <kaisa@harbour.example>,\n\tLauri\n Laine <lauri@harbour.example>"},
    ),
    Case(
        "P1 encoded words",
        met("external to Jörg Übel <jorg@outside.example>", "external to 山田 太郎 <yamada@outside.example>"),
        headers={
            "To": "=?iso-8859-1?q?J=F6rg_=DCbel?= <jorg@outside.example>,\n"
            " =?utf-8?b?5bGx55SwIOWkqumDjg==?= <yamada@outside.example>"
        },
    ),
    Case(
        "P1 an encoded comma separates nothing",
        met("external to Smith, John <john@outside.example>"),
        headers={"To": "=?utf-8?q?Smith=2C_John?= <john@outside.example>"},
    ),
    Case(
        "P1 a quoted comma separates nothing",
        met("external to Smith, John <john@outside.example>"),
        headers={"To": '"Smith, John" <john@outside.example>'},
    ),
    Case(
        "P1 a comment",
        met(f"contact to {KAISA}", customer=HARBOUR),
        headers={"To": "kaisa@harbour.example (Kaisa Korhonen)"},
    ),
    Case(
        "P1 addresses separated by semicolons",
        met(f"contact to {KAISA}", f"contact to {LAURI}", customer=HARBOUR),
        headers={"To": f"{KAISA}; {LAURI}"},
    ),
    Case(
        "P1 raw UTF-8 in a display name",
        met("external to Åsa Öst <asa@outside.example>"),
        headers={"To": "Åsa Öst <asa@outside.example>"},
    ),
    Case(
        "P1 an internationalized domain as U-label",
        met(PETRA, customer="Castle Ltd", warnings=SOME),
        headers={"To": "Petra Post <petra@straße.example>"},
    ),
    Case(
        "P1 an internationalized domain as A-label",
        met(PETRA, customer="Castle Ltd", warnings=SOME),
        headers={"To": "Petra Post <petra@XN--STRAE-OQA.example>"},
    ),
    Case(
        "P1 a delivery header recognises a user",
        met(OUT, **PEOPLE),
        top="Delivered-To: bert@mycompany.example\n",
        headers={"From": OLAF, "To": "undisclosed-recipients:;"},
    ),
    Case(
        "P1 a delivery header makes a user a participant",
        met(f"user delivered {BERT}"),
        top="Delivered-To: bert@mycompany.example\n",
        headers={"To": None},
    ),
    Case(
        "P1 a delivery header recognises users only",
        met(),
        headers={"To": None},
        top="Delivered-To: kaisa@harbour.example\nX-Envelope-To: olaf@outside.example\n",
    ),
    Case(
        "P1 Resent-To and Resent-Cc are recipients",
        headers={"To": None, "Resent-To": KAISA, "Resent-Cc": LAURI},
        expected=met(f"contact to {KAISA}", f"contact cc {LAURI}", customer=HARBOUR),
    ),
    Case("P1 Reply-To lets nobody in", NO_USER, headers={"From": OLAF, "Reply-To": ANNA}),
    Case("P1 Reply-To is no participant", met(f"contact to {KAISA}", customer=HARBOUR), headers={"Reply-To": OLAF}),
    Case(
        "P1 Sender and Resent-From let nobody in", NO_USER, headers={"From": OLAF, "Sender": ANNA, "Resent-From": ANNA}
    ),
    Case(
        "P2 our own addresses are nobody",
        met(f"contact to {KAISA}", customer=HARBOUR),
        top="Delivered-To: {login}\n",
        headers={"Cc": "mycompany@in.example.com, 1001.mycompany@in.example.com, notices@mycompany.example"},
        recipients="1001.mycompany mycompany",
    ),
    Case(
        "P2 an address named twice is one participant",
        met(f"contact to {KAISA}", customer=HARBOUR),
        headers={"To": f"{KAISA}, kaisa@harbour.example", "Cc": "KAISA@Harbour.Example"},
    ),
    Case(
        "P2 an external address named twice",
        met(f"external to {OLAF}"),
        headers={"To": OLAF, "Cc": "OLAF@outside.EXAMPLE"},
    ),
    Case("P2 undisclosed-recipients yields none", met(), headers={"To": "undisclosed-recipients:;"}),
    Case("P3 the author's address in another case", filed(), headers={"From": "anna@MYCOMPANY.example"}),
    Case("P3 a local part in another case", filed(), headers={"From": "ANNA@mycompany.example"}),
    Case("P3 never by the display name", NO_USER, headers={"From": "Anna Andersson <anna@evil.example>"}),
    Case(
        "P3 a user's address as display name", NO_USER, headers={"From": '"anna@mycompany.example" <anna@evil.example>'}
    ),
    Case(
        "P3 a user's second address",
        headers={"From": "anna.andersson@mycompany.example"},
        # "shown by the first of them": the first in the directory, or the first named in the message
        expected=filed(owner=either(ANNA, "Anna Andersson <anna.andersson@mycompany.example>")),
    ),
    Case(
        "P3 a person with two addresses is one participant",
        met(f"contact to {KAISA}", customer=HARBOUR),
        headers={"Cc": "kaisa.korhonen@harbour.example"},
    ),
    Case(
        "P3 an author also named by a second address",
        met(f"contact to {KAISA}", customer=HARBOUR),
        headers={"Cc": "anna.andersson@mycompany.example"},
    ),
    Case(
        "P3 a U-label user by the A-label",
        filed(owner=either("Edit Bok <edit@bücher.example>", "Edit Bok <edit@xn--bcher-kva.example>")),
        headers={"From": "edit@xn--bcher-kva.example"},
    ),
    Case("P3 the subaddress is stripped", filed(), headers={"From": "anna+projects@mycompany.example"}),
    Case(
        "P3 a contact's subaddress is stripped",
        headers={"To": "Kaisa Korhonen <kaisa+x@harbour.example>"},
        expected=met(
            either(f"contact to {KAISA}", "contact to Kaisa Korhonen <kaisa+x@harbour.example>"), customer=HARBOUR
        ),
    ),
    Case("P3 exact match before the subaddress", filed(owner=DESK), headers={"From": "frida+sales@mycompany.example"}),
    Case("P3 the subaddress after exact match", filed(owner=FRIDA), headers={"From": "frida+other@mycompany.example"}),
    Case("P3 dots are not folded", NO_USER, headers={"From": "an.na@mycompany.example"}),
    Case(
        "P3 user and contact in one is the user, as author",
        met(f"contact to {KAISA}", customer=HARBOUR, owner=GUSTAV),
        headers={"From": GUSTAV},
    ),
    Case(
        "P3 user and contact in one is the user, as recipient",
        met(f"user to {GUSTAV}"),
        headers={"To": "gustav@mycompany.example"},
    ),
    Case("P3 an inactive user is no user", NO_USER, headers={"From": "Cleo Former <cleo@mycompany.example>"}),
    Case(
        "P3 an inactive user is an external participant",
        met("external to Cleo Former <cleo@mycompany.example>"),
        headers={"To": "Cleo Former <cleo@mycompany.example>"},
    ),
]
