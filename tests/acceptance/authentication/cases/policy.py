"""Settings: what an administrator may ask for more, and what he may let pass."""

from __future__ import annotations

from tests.acceptance.authentication import shapes
from tests.acceptance.authentication.case import MALFORMED, REFUSED, Case, Expected, accepted
from tests.acceptance.authentication.message import Mail, evil, signed, spoofed
from tests.acceptance.authentication.signing import Sig
from tests.servers.dns import Trouble

PRINTER_IP = "192.0.2.77"
PRINTER = Mail(author="scanner@acme.fi", ip=PRINTER_IP, helo="printer", rdns="unknown", mail_from="scanner@acme.fi")
OK = {"UNAUTHENTICATED_OK": f"acme.fi@{PRINTER_IP}"}
EXCEPTION = accepted("exception")
GLOBEX = {"ip": "192.0.2.20", "helo": "mail.globex.example", "mail_from": "gus@globex.example"}


def with_policy(policy: str, name: str, expected: Expected, mail: Mail) -> Case:
    return Case(f"{policy}: {name}", expected, mail, settings={"AUTH_POLICY": policy})


def required(name: str, expected: Expected, mail: Mail, domains: str = "acme.fi") -> Case:
    return Case(f"required: {name}", expected, mail, settings={"REQUIRE_DKIM_DOMAINS": domains})


POLICY = [
    with_policy("dkim", "SPF alone", REFUSED, Mail()),
    with_policy("dkim", "SPF and somebody else's signature", REFUSED, Mail(sign=(Sig(d="evil.example", key="evil"),))),
    with_policy("dkim", "DKIM", accepted("dkim"), signed()),
    with_policy("dkim", "both", accepted("dkim"), Mail(sign=(Sig(),))),
    with_policy("monitor", "nothing", Expected("filed", (None,), ("none",)), spoofed()),
    with_policy("monitor", "an attacker with his own of both", Expected("filed", (None,), ("none",)), evil()),
    with_policy("monitor", "DKIM", accepted("dkim"), signed()),
    with_policy("monitor", "SPF", accepted("spf"), Mail()),
    with_policy("monitor", "two authors", MALFORMED, Mail(above="From: ceo@acme.fi\n")),
    required("SPF alone", REFUSED, Mail()),
    required("DKIM", accepted("dkim"), signed()),
    required("both", accepted("dkim"), Mail(sign=(Sig(),))),
    required("SPF alone of another domain", accepted("spf", "globex.example"),
             Mail(author="gus@globex.example", **GLOBEX)),
    required("several domains", REFUSED, Mail(author="gus@globex.example", **GLOBEX), "acme.fi globex.example"),
    required("in capitals", REFUSED, Mail(author="anna@ACME.fi"), "ACME.FI"),
]  # fmt: skip

EXCEPTIONS = [
    Case("the printer without an exception", REFUSED, PRINTER),
    Case("the printer", EXCEPTION, PRINTER, settings=OK),
    Case("the printer with no MAIL FROM", EXCEPTION,
         Mail(author="scanner@acme.fi", ip=PRINTER_IP, helo="printer", rdns="unknown", mail_from=""),
         settings=OK),
    Case("the printer in a range", EXCEPTION, PRINTER, settings={"UNAUTHENTICATED_OK": "acme.fi@192.0.2.64/28"}),
    Case("the printer in one of two exceptions", EXCEPTION, PRINTER,
         settings={"UNAUTHENTICATED_OK": f"globex.example@192.0.2.1 acme.fi@{PRINTER_IP}"}),
    Case("the printer while the DNS is down", EXCEPTION, PRINTER, troubles={"*": Trouble.SERVFAIL}, settings=OK),
    Case("another address than the printer's", REFUSED, spoofed(author="scanner@acme.fi"), settings=OK),
    Case("just outside the range", REFUSED, Mail(author="scanner@acme.fi", ip="192.0.2.80"),
         settings={"UNAUTHENTICATED_OK": "acme.fi@192.0.2.64/28"}),
    Case("the printer with another domain", REFUSED,
         Mail(author="gus@globex.example", ip=PRINTER_IP, mail_from="x@globex.example"), settings=OK),
    Case("the printer with a domain that ends alike", REFUSED, Mail(author="a@evilacme.fi", ip=PRINTER_IP),
         settings=OK),
    Case("the printer's hop forged below the border", REFUSED,
         spoofed(above=shapes.postfix_border(PRINTER)), settings=OK),
    Case("the printer's address in HELO", REFUSED, spoofed(helo=f"[{PRINTER_IP}]", rdns="unknown"), settings=OK),
    Case("the printer's server is not ours", REFUSED,
         Mail(author="scanner@acme.fi", border=shapes.postfix_border(PRINTER, by="mx.other.example")), settings=OK),
    Case("the printer with two authors", MALFORMED,
         Mail(author="scanner@acme.fi", ip=PRINTER_IP, above="From: ceo@acme.fi\n"), settings=OK),
]  # fmt: skip
