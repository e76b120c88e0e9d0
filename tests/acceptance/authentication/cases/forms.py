"""D: the forms in which servers write the border field. All but the last table are of acme.fi's own server."""

from __future__ import annotations

from tests.acceptance.authentication import shapes
from tests.acceptance.authentication.case import REFUSED, Case, Zone, accepted
from tests.acceptance.authentication.message import EVIL_IP, Mail, spoofed
from tests.acceptance.authentication.shapes import MX, NOON, TO

V6: Zone = {"acme.fi TXT": ["v=spf1 ip4:192.0.2.10 ip6:2001:db8::/48 -all"]}
TLS = "\n\t(using TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits))"
NEW_TLS = (
    "\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n\t key-exchange X25519 server-signature "
    "ECDSA (P-256) server-digest SHA256\n\t client-signature RSA-PSS (2048 bits) client-digest SHA256)"
)
ANNA = "mail.acme.fi (mail.acme.fi [192.0.2.10])"
GENERIC = {"MAIL_PROVIDER": "generic"}
ACCEPTED = accepted("spf")


def postfix(name: str, client: str, by: str = "(Postfix) with ESMTPS id 1", **settings: str) -> Case:
    border = f"Received: from {client}\n\tby {MX} {by}\n\tfor <{TO}>; {NOON}\n"
    return Case(f"Postfix: {name}", ACCEPTED, Mail(border=border), V6, settings=settings)


def other(name: str, by: str) -> Case:
    border = f"Received: from {ANNA}\n\tby {MX} {by};\n\t{NOON}\n"
    return Case(f"generic: {name}", ACCEPTED, Mail(border=border), settings=GENERIC)


def exim(name: str, client: str, by: str = "esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384\n\t(Exim 4.96)") -> Case:
    border = (
        f"Received: from {client}\n\tby {MX} with {by}\n\t(envelope-from <anna@acme.fi>)\n\tid 1tp2Qx-000ABC-2D\n"
        f"\tfor {TO};\n\t{NOON}\n"
    )
    return Case(
        f"Exim: {name}", ACCEPTED, Mail(shape=shapes.exim, border=border), V6, settings={"MAIL_PROVIDER": "exim"}
    )


def gmail(name: str, client: str) -> Case:
    by = f"by mx.google.com with ESMTPS id a1si2.3\n        for <{TO}>;\n        {NOON}\n"
    border = f"Received: from {client}\n        {by}"
    mail = Mail(shape=shapes.gmail, border=border)
    return Case(f"Gmail: {name}", ACCEPTED, mail, V6, settings={"MAIL_PROVIDER": "gmail", "OUR_MTA_NAMES": ""})


def mimicry(name: str, client: str) -> Case:
    border = f"Received: from {client}\n\tby {MX} (Postfix) with ESMTPS id 1\n\tfor <{TO}>; {NOON}\n"
    return Case(f"HELO, {name}", REFUSED, spoofed(border=border))


CASES = [
    postfix("a client certificate", f'{ANNA}{TLS}\n\t(Client CN "mail.acme.fi", Issuer "R3" (verified OK))'),
    postfix("a client certificate not verified",
            f'{ANNA}{NEW_TLS}\n\t(Client CN "*.acme.fi", Issuer "R3" (not verified))'),
    postfix("no client certificate", f"{ANNA}{TLS}\n\t(Client did not present a certificate)"),
    postfix("an authenticated client",
            f"{ANNA}{TLS}\n\t(No client certificate requested)\n\t(Authenticated sender: anna)",
            "(Postfix) with ESMTPSA id 1"),
    postfix("another name of the software", ANNA, "(Postfix/Debian) with ESMTP id 1"),
    postfix("UTF8SMTPS", ANNA, "(Postfix) with UTF8SMTPS id 1"),
    postfix("SMTP", ANNA, "(Postfix) with SMTP id 1"),
    postfix("HELO with an underscore", "DESKTOP_1 (mail.acme.fi [192.0.2.10])"),
    postfix("HELO that Postfix made harmless", "a?b?c?? (unknown [192.0.2.10])"),
    postfix("IPv6", "mail.acme.fi (unknown [IPv6:2001:db8::10])"),
    other("sendmail",
          "(8.17.1/8.17.1) with ESMTPS id 523A\n\t(version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NO)"),
    other("OpenSMTPD", "(OpenSMTPD) with ESMTPS id 523a (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO)"),
    exim("IPv6", "mail.acme.fi ([2001:db8::10])"),
    exim("IPv6, two names", "r.isp.example ([2001:db8::10] helo=mail.acme.fi)"),
    exim("IPv6, no name", "[2001:db8::10] (helo=mail.acme.fi)"),
    exim("the port, no name", "[192.0.2.10] (port=51234 helo=mail.acme.fi)"),
    exim("the port, one name", "mail.acme.fi ([192.0.2.10]:51234)"),
    exim("ident", "r.isp.example ([192.0.2.10] helo=mail.acme.fi ident=root)"),
    exim("HELO is the client's address literal", "[192.0.2.10] (helo=[192.0.2.10])"),
    exim("no HELO", "[192.0.2.10]"),
    exim("an older one", "mail.acme.fi ([192.0.2.10])",
         "esmtps (TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256)\n\t(Exim 4.89)"),
    gmail("IPv6", "mail.acme.fi (mail.acme.fi. [2001:db8::10])"),
    gmail("no client name", "mail.acme.fi ([192.0.2.10])"),
    gmail("HELO is the client's address literal", "[192.0.2.10] (mail.acme.fi. [192.0.2.10])"),
    mimicry("a client certificate", f'{ANNA} (Client CN "x", Issuer "y" (verified OK)) (unknown [{EVIL_IP}])'),
    mimicry("an authenticated client", f"{ANNA} (Authenticated sender: x) (unknown [{EVIL_IP}])"),
    mimicry("a comment that does not end", f"{ANNA} (using TLSv1.3 with cipher x (unknown [{EVIL_IP}])"),
    mimicry("a comment around the client, closed by the name in a certificate",
            f'{ANNA} (using (unknown [{EVIL_IP}])\n\t(using TLSv1.3 with cipher x (256/256 bits))\n'
            '\t(Client CN ")", Issuer "y" (not verified))'),
    mimicry("a comment around the client, closed by nobody",
            f"{ANNA} (using (unknown [{EVIL_IP}])\n\t(using TLSv1.3 with cipher x (256/256 bits))"),
    mimicry("a comment in quotes", f'{ANNA} (Client CN "x (unknown [{EVIL_IP}])'),
    mimicry("a tab and IPv6", f"mail.acme.fi\t(mail.acme.fi\t[IPv6:::ffff:192.0.2.10])\t(unknown [{EVIL_IP}])"),
]  # fmt: skip
