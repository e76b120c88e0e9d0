"""What was found out about the author's right to the address, as `explain` shows it."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from poller.authentication.findings import (
    ArcFinding,
    DkimFinding,
    DmarcFinding,
    Identifier,
    ResultsFinding,
    SpfFinding,
)
from poller.explaining.proof import authentication_document
from poller.settings import AuthPolicy, AuthSource
from tests.authentication.making import auth, delivered, written
from tests.authentication.signing import Key, sign
from tests.authentication.test_authenticate import proven

KEY = Key.rsa(1024)


def proof(octets: bytes, records: dict | None = None, **settings: object) -> dict:
    document = authentication_document(proven(octets, records or {}, **settings), auth(**settings))
    return json.loads(json.dumps(document))


def test_a_signature_has_its_field_domain_selector_and_reason():
    document = proof(delivered(sign(written(), KEY)), KEY.zone())
    (signature,) = document["dkim"]
    assert (signature["field"], signature["domain"], signature["selector"]) == (5, "acme.fi", "s1")
    assert signature["result"] == "pass"
    assert signature["why"] == "the message is as acme.fi signed it with s1"
    assert (document["accepted"], document["evidence"], document["domain"]) == (True, "dkim", "acme.fi")


def test_spf_says_of_which_identity_it_speaks_and_whether_it_counts():
    records = {"acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all"]}
    spf = proof(delivered(written()), records)["spf"]
    assert (spf["result"], spf["identity"], spf["domain"], spf["counts"]) == ("pass", "mailfrom", "acme.fi", True)
    spf = proof(delivered(written()), {"acme.fi TXT": ["v=spf1 +all"]})["spf"]
    assert (spf["result"], spf["counts"]) == ("pass", False)


@pytest.mark.parametrize(("domain", "aligned"), [("acme.fi", True), ("mail.acme.fi", True), ("esp.example", None)])
def test_an_identifier_says_whether_it_speaks_for_the_author(domain, aligned):
    document = proof(delivered(sign(written(), KEY, domain=domain), mail_from=""), KEY.zone(domain))
    found = [one for one in document["identifiers"] if one["method"] == "dkim"]
    # What can never speak for the author is not even verified.
    assert [one["aligned"] for one in found] == ([aligned] if aligned else [])


def test_what_the_settings_leave_out_is_null():
    document = proof(delivered(written()))
    assert document["authentication_results"] is document["arc"] is None
    settings = {"source": AuthSource.AUTHRES, "authserv_ids": ("mx.example.com",)}
    document = proof(delivered(written()), **settings)
    assert document["spf"] is None
    assert document["authentication_results"]["found"] is False
    assert document["authentication_results"]["why"]


def test_what_asks_for_more_than_spf_is_told():
    assert proof(delivered(written()), policy=AuthPolicy.DKIM)["policy"] == "dkim"
    assert proof(delivered(written()), require_dkim_domains=("acme.fi",))["require_dkim"] is True
    assert proof(delivered(written()))["require_dkim"] is False


KEYS = {
    "spf": "result identity domain counts why",
    "dkim": "result domain selector field why",
    "dmarc": "result domain strict_dkim strict_spf why",
    "authentication_results": "found dkim mail_from header_from why",
    "arc": "result sealers results why",
    "identifiers": "mechanism method domain selector aligned why",
}


def test_each_mechanism_has_exactly_these_keys():
    """Programs rely on them, whatever the facts are called in the code."""
    stamp = b"Authentication-Results: mx.example.com; dkim=pass header.d=acme.fi\r\n"
    settings = {"source": AuthSource.BOTH, "authserv_ids": ("mx.example.com",), "arc_sealers": ("lists.example",)}
    document = proof(stamp + delivered(sign(written(), KEY)), KEY.zone(), **settings)
    first = {name: document[name][0] if isinstance(document[name], list) else document[name] for name in KEYS}
    assert {name: " ".join(found) for name, found in first.items()} == KEYS
    assert document["authentication_results"]["dkim"] == [{"domain": "acme.fi", "selector": None}]


@pytest.mark.parametrize("kind", [SpfFinding, DkimFinding, DmarcFinding, ResultsFinding, ArcFinding, Identifier])
def test_the_keys_of_every_finding_are_documented(kind):
    text = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    told = set(re.findall(r"\w+", text.partition("- `authentication`, null")[2].partition("\n- ")[0]))
    assert {one.name for one in fields(kind)} - {"position"} <= told  # which is `field` there
