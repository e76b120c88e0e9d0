"""Clauses of a field of an unknown kind of server. Whole fields are in test_received."""

from __future__ import annotations

import pytest

from poller.authentication.clauses import Clauses, clauses_of


def clauses(**found: object) -> Clauses:
    plain = {"by": "mx", "protocol": None, "recipient": None, "helo": None, "clients": (), "submitted": False}
    return Clauses(**{**plain, **found})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("by mx", clauses()),
        ("by mx (Postfix, from userid 0)", clauses(submitted=True)),
        ("by mx (from userid 0)", clauses(submitted=True)),
        ("by mx with SMTP id 1 for <a@b.fi>; d", clauses(protocol="SMTP", recipient="a@b.fi")),
        ("by mx for a@b.fi", clauses(recipient="a@b.fi")),
        ("from a (b [192.0.2.1]) by mx", clauses(helo="a", clients=("192.0.2.1",))),
        ("from a (b [IPv6:2001:db8::1]) by mx", clauses(helo="a", clients=("2001:db8::1",))),
        ("from a (192.0.2.1) by mx", clauses(helo="a", clients=("192.0.2.1",))),
        ("from a (b [192.0.2.1]) (c [192.0.2.2]) by mx", clauses(helo="a", clients=("192.0.2.1", "192.0.2.2"))),
        ("from a (HELO b) (192.0.2.1) by mx", clauses(helo="b", clients=("192.0.2.1",))),
        ("from a (helo=b ehlo=c [192.0.2.1]) by mx", clauses(clients=("192.0.2.1",))),
        ("from [192.0.2.1] (helo=b) by mx", clauses(helo="b", clients=("192.0.2.1",))),
        ("from [192.0.2.1] by mx", clauses(helo="[192.0.2.1]")),
        ("from a b (c [192.0.2.1]) by mx", clauses(helo="a")),
    ],
)
def test_each_clause_is_found_where_servers_put_it(text: str, expected: Clauses) -> None:
    assert clauses_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "from a",
        "from a by",
        "by mx by mx",
        "by mx from a",
        "with SMTP by mx",
        "by mx for a@b.fi with SMTP",
        "id 1 by mx",
        "by mx (",
        "by mx )",
        'by mx "',
        'by "mx"',
        'from "a" by mx',
        r"from a\b by mx",
    ],
)
def test_what_is_not_balanced_or_out_of_order_has_none(text: str) -> None:
    assert clauses_of(text) is None
