"""What is said where nothing proves the author's right: words that an administrator can pass on."""

from __future__ import annotations

import pytest

from poller.settings import AuthPolicy, AuthSource
from tests.authentication.making import delivered, written
from tests.authentication.signing import Key, sign
from tests.authentication.test_authenticate import proven

KEY = Key.rsa(1024)
OTHER_KEY = Key.rsa(1024, name="other")
ESP = {"mail_from": "b@esp.example"}
STRICT = {"_dmarc.acme.fi TXT": ["v=DMARC1; p=none; adkim=s; aspf=s"]}
STRICT_SPF = STRICT | {"b.acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all"]}


@pytest.mark.parametrize(
    ("source", "records", "settings", "words"),
    [
        (
            delivered(written()),
            {},
            {},
            (
                "acme.fi publishes no SPF record that names 203.0.113.7, and the message carries no DKIM signature of "
                "acme.fi: acme.fi should sign its mail with DKIM in its own name, or name 203.0.113.7 in the "
                "SPF record of acme.fi if that server is its own"
            ),
        ),
        (delivered(written()), {}, {"policy": AuthPolicy.DKIM}, "the message carries no DKIM signature of acme.fi: "),
        (delivered(written(), **ESP), {}, {}, "the envelope sender's domain is esp.example, which does not speak for"),
        (
            delivered(written()),
            {"acme.fi TXT": ["v=spf1 +all"]},
            {},
            "only among half the world (mechanism +all), which proves nothing",
        ),
        (delivered(written()), {"acme.fi TXT": ["v=spf1 nonsense"]}, {}, "the SPF record of acme.fi cannot be used: "),
        (delivered(written(), mail_from=None), {}, {}, "our server noted no envelope sender beyond doubt"),
        (written(), {}, {}, "no Received field shows which client our server took it from"),
        (
            delivered(sign(written(), KEY)),
            OTHER_KEY.zone(),
            {},
            "the DKIM signature of acme.fi proves nothing: d=acme.fi, s=s1: ",
        ),
        (
            delivered(sign(written(), KEY, domain="esp.example")),
            {},
            {},
            "no DKIM signature of acme.fi, only of esp.",
        ),
        (
            delivered(sign(written(), KEY)),
            OTHER_KEY.zone(),
            {},
            "should have its DKIM signature mended, or find out who",
        ),
        (delivered(written(), mail_from="b@b.acme.fi"), {}, {}, "in the SPF record of b.acme.fi if that server is"),
        (delivered(sign(written(), KEY, domain="s.acme.fi")), KEY.zone("s.acme.fi") | STRICT, {}, "DKIM as d=acme.fi"),
        (delivered(written(), mail_from="b@b.acme.fi"), STRICT_SPF, {}, "(aspf=s) lets no other domain speak for"),
        (delivered(b"DKIM-Signature: nonsense\r\n" + written()), {}, {}, "DKIM signature of acme.fi that can be read"),
    ],
    ids=range(14),
)
def test_the_sentence_says_what_is_missing_and_who_can_add_it(source, records, settings, words):
    assert words in proven(source, records, **settings).why


@pytest.mark.parametrize("source", [delivered(written()), delivered(sign(written(), KEY), mail_from="")])
def test_it_is_one_printable_line_without_a_full_stop(source):
    why = proven(source).why
    assert why.isprintable()
    assert not why.endswith(".")


def test_of_many_signatures_a_few_are_named():
    message = written()
    for number in range(6):
        message = sign(message, KEY, domain=f"esp{number}.example")
    assert "only of esp0.example, esp1.example, esp2.example and 3 more" in proven(delivered(message)).why


@pytest.mark.parametrize(
    ("stamp", "words"),
    [("dkim=none", "should sign its mail with DKIM"), ("", "should sign its mail with DKIM")],
)
def test_where_our_server_is_believed_its_word_is_what_is_told_of(stamp, words):
    stamped = f"Authentication-Results: mx.example.com; {stamp}\r\n".encode() if stamp else b""
    believed = {"source": AuthSource.AUTHRES, "authserv_ids": ("mx.example.com",)}
    why = proven(stamped + delivered(sign(written(), KEY)), **believed).why
    assert words in why
    assert "carries no DKIM signature" not in why
