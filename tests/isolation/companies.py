"""Three companies that have as much alike as can be. Every name of one has a word that no name of another has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """`word` stands in every name in its directory; `tables` are CSV files by kind."""

    prefix: str
    word: str
    language: str
    retired: str
    tables: dict[str, str]

    @property
    def settings(self) -> dict[str, str]:
        return {
            "FILING_ADDRESS": f"{self.prefix}@in.example.com",
            "ACTIVITY_TYPE": f"{self.word} mail",
            "ACTIVITY_STATUS": f"{self.word} done",
            "NOTICE_LANGUAGE": self.language,
            "RETIRED_ADDRESSES": self.retired,
        }


def table(header: str, *rows: str) -> str:
    return "\n".join((header, *rows, ""))


ACME: Final = Company(
    prefix="acme",
    word="Azure",
    language="en",
    retired="oldacme@in.example.com",
    tables={
        "users": table(
            "key,name,addresses",
            "anna,Anna Azure,anna@acme.example",
            "sam,Sam Azure,sam@shared.example",
            "bert,Bert Azure,bert@acme.example",
        ),
        "customers": table("key,name", "harbour,Harbour Azure", "island,Island Azure"),
        "contacts": table(
            "key,customer,name,addresses",
            "kaisa,harbour,Kaisa Azure,kaisa@harbour.example",
            "hank,island,Hank Azure,hank@globex.example",
        ),
        "projects": table(
            "number,name,kind,customer,state",
            "1001,Azure renewal,project,harbour,open",
            "1002,Azure bridge,project,island,open",
            "1004,Azure pier,project,,archived",
            "7300,Azure quay,project,,open",
        ),
    },
)
GLOBEX: Final = Company(
    prefix="globex",
    word="Gamboge",
    language="fi",
    retired="oldglobex@in.example.com",
    tables={
        "users": table(
            "key,name,addresses",
            "hank,Hank Gamboge,hank@globex.example",
            "sam,Sam Gamboge,sam@shared.example",
            "anna,Gina Gamboge,gina@globex.example",
        ),
        "customers": table("key,name", "harbour,Harbour Gamboge", "castle,Castle Gamboge"),
        "contacts": table(
            "key,customer,name,addresses",
            "kaisa,harbour,Kaisa Gamboge,kaisa@harbour.example",
            "anna,castle,Anna Gamboge,anna@acme.example",
        ),
        "projects": table(
            "number,name,kind,customer,state",
            "1001,Gamboge renewal,sales-case,harbour,open",
            "3001,Gamboge tower,project,castle,open",
            "1004,Gamboge mill,project,,open",
            "8400,Gamboge dam,project,,open",
        ),
    },
)
DOTTED: Final = Company(
    prefix="my.acme",
    word="Damask",
    language="en",
    retired="",
    tables={
        "users": table("key,name,addresses", "irma,Irma Damask,irma@dotted.example"),
        "projects": table(
            "number,name,kind,customer,state", "77,Damask mill,project,,open", "1001,Damask,project,,open"
        ),
    },
)
COMPANIES: Final = (ACME, GLOBEX, DOTTED)
