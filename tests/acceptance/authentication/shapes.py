"""What the receiving servers put on top of a message: Received, Return-Path and their kin, as found in real mailboxes.

Lines end with LF here. The border is the field that names the client's address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

TO = "1001.mycompany@in.example.com"
LOGIN = "catchall@in.example.com"
MX = "mx.in.example.com"
NOON = "Mon, 03 Mar 2025 10:00:00 +0000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the border server saw."""

    ip: str = "192.0.2.10"
    helo: str = "mail.acme.fi"
    mail_from: str | None = "anna@acme.fi"
    """Empty for the null sender; None where the server did not note it."""
    rdns: str | None = None
    """The client's name; None: as in HELO where that is a name."""
    border: str = ""
    """The whole border field (LF) instead of the usual one."""
    results: str = ""
    """Lines (LF) of our own server with Authentication-Results, where that kind of server writes them."""
    return_path: str = ""
    """The whole Return-Path line(s) (LF) instead of the usual one."""

    @property
    def name(self) -> str:
        return self.rdns if self.rdns is not None else self.helo

    @property
    def literal(self) -> str:
        return f"IPv6:{self.ip}" if ip_address(self.ip).version == 6 else self.ip

    @property
    def path(self) -> str:
        return self.return_path or ("" if self.mail_from is None else f"Return-Path: <{self.mail_from}>\n")


Shape = Callable[[Envelope], str]


def postfix(envelope: Envelope) -> str:
    """Postfix, and Dovecot by LMTP with flags=O. A milter's results stand above the border."""
    return (
        f"{envelope.path}Delivered-To: {LOGIN}\n"
        f"Received: from {MX} ([127.0.0.1])\n\tby {MX} with LMTP\n\tid 0HN1GPa5xGeZBAAAK4ZLmA\n"
        f"\t(envelope-from <{envelope.mail_from or ''}>)\n\tfor <{LOGIN}>; {NOON}\n"
        f"X-Original-To: {TO}\n{envelope.results}"
    ) + (envelope.border or postfix_border(envelope))


def postfix_border(envelope: Envelope, by: str = MX) -> str:
    return (
        f"Received: from {envelope.helo} ({envelope.name} [{envelope.literal}])\n"
        "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
        "\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)\n"
        f"\t(No client certificate requested)\n\tby {by} (Postfix) with ESMTPS id 4Z5xJk0Yq7z9sT\n"
        f"\tfor <{TO}>; Mon,  3 Mar 2025 09:59:59 +0000 (UTC)\n"
    )


def plain_postfix(envelope: Envelope) -> str:
    """Postfix without TLS that delivers into a maildir itself."""
    border = envelope.border or (
        f"Received: from {envelope.helo} ({envelope.name} [{envelope.literal}])\n"
        f"\tby {MX} (Postfix) with ESMTP id 4Z5xJk0Yq7z9sT\n\tfor <{TO}>; {NOON}\n"
    )
    return f"{envelope.path}X-Original-To: {TO}\nDelivered-To: {LOGIN}\n{envelope.results}{border}"


def exim(envelope: Envelope) -> str:
    """Exim with its own maildir delivery; `from host ([IP] helo=…)`, shorter where both names are one."""
    if envelope.rdns == "unknown":
        client = f"[{envelope.ip}] (helo={envelope.helo})"
    elif envelope.name == envelope.helo:
        client = f"{envelope.helo} ([{envelope.ip}])"
    else:
        client = f"{envelope.name} ([{envelope.ip}] helo={envelope.helo})"
    border = envelope.border or (
        f"Received: from {client}\n\tby {MX} with esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384\n\t(Exim 4.96)\n"
        f"\t(envelope-from <{envelope.mail_from or ''}>)\n\tid 1tp2Qx-000ABC-2D\n\tfor {TO};\n\t{NOON}\n"
    )
    path = envelope.path.replace("Return-Path", "Return-path")
    return f"{path}Envelope-to: {TO}\nDelivery-date: {NOON}\n{border}{envelope.results}"


def gmail(envelope: Envelope) -> str:
    border = envelope.border or (
        f"Received: from {envelope.helo} ({envelope.name}. [{envelope.ip}])\n"
        "        by mx.google.com with ESMTPS id 5b1f17b1804b1-43ab6c8a1b2si123456f8f.123.2025.03.03.01.59.59\n"
        f"        for <{TO}>\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\n"
        "        Mon, 03 Mar 2025 01:59:59 -0800 (PST)\n"
    )
    return (
        f"Delivered-To: {LOGIN}\n"
        "Received: by 2002:a05:6a10:9d8b:b0:5c2:8a8b:7b6d with SMTP id t11csp1234567pxk;\n"
        "        Mon, 3 Mar 2025 02:00:00 -0800 (PST)\n"
        f"X-Gm-Original-To: {TO}\n"
        "X-Google-Smtp-Source: AGHT+IFabcdefghijklmnopqrstuvwxyz0123456789\n"
        "X-Received: by 2002:a05:600c:3c8f:b0:439:8a44:1e65 with SMTP id 5b1f17b1804b1-43ab6c8a1b2mr1234567.1;\n"
        "        Mon, 03 Mar 2025 01:59:59 -0800 (PST)\n"
        "ARC-Seal: i=1; a=rsa-sha256; t=1740995999; cv=none;\n        d=google.com; s=arc-20240605;\n        b=AAAA\n"
        "ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=google.com; s=arc-20240605;\n"
        "        h=message-id:subject:from; bh=AAAA; b=AAAA\n"
        "ARC-Authentication-Results: i=1; mx.google.com; spf=none smtp.mailfrom=example.org\n"
        f"{envelope.path}{border}"
        f"Received-SPF: none (google.com: best guess) client-ip={envelope.ip};\n{envelope.results}"
    )


def m365(envelope: Envelope) -> str:
    """Exchange Online. Return-Path comes below the sender's fields there, and so is worth nothing."""
    border = envelope.border or (
        f"Received: from {envelope.helo} ({envelope.ip}) by\n"
        " DB8EUR05FT045.mail.protection.outlook.com (10.233.238.10) with Microsoft SMTP\n"
        " Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16 via\n"
        " Frontend Transport; Mon, 3 Mar 2025 09:59:59 +0000\n"
    )
    return (
        "Received: from DB9PR01MB1111.eurprd01.prod.exchangelabs.com\n"
        " (2603:10a6:10:2f1::20) by AM9PR01MB2222.eurprd01.prod.exchangelabs.com with\n"
        f" HTTPS; {NOON}\n"
        "Received: from DUZPR01CA0001.eurprd01.prod.exchangelabs.com\n"
        " (2603:10a6:10:3c2::5) by DB9PR01MB1111.eurprd01.prod.exchangelabs.com\n"
        " (2603:10a6:10:2f1::20) with Microsoft SMTP Server (version=TLS1_2,\n"
        f" cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.8489.25; {NOON}\n"
        "Received: from DB8EUR05FT045.eop-eur05.prod.protection.outlook.com\n"
        " (2603:10a6:10:3c2:cafe::1e) by DUZPR01CA0001.outlook.office365.com\n"
        " (2603:10a6:10:3c2::5) with Microsoft SMTP Server (version=TLS1_3,\n"
        " cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.28 via Frontend Transport; Mon,\n"
        " 3 Mar 2025 10:00:00 +0000\n"
        f"{envelope.results}"
        f"Received-SPF: None (protection.outlook.com: {envelope.helo} does not designate\n"
        " permitted sender hosts)\n"
        f"{border}"
    )


def fastmail(envelope: Envelope) -> str:
    host = "phl-mx-03.messagingengine.com"
    noted = "" if envelope.mail_from is None else f"X-Mail-from: {envelope.mail_from}\n"
    return (
        f"{envelope.path}"
        "Received: from phl-compute-05.internal (phl-compute-05.phl.internal [10.202.2.45])\n"
        "\t by sloti22d2t04 (Cyrus 3.13.0-alpha0-2061-gd44d7e4b4-fm-20250222.001-gd44d7e4b) with LMTPA;\n"
        "\t Mon, 03 Mar 2025 05:00:00 -0500\n"
        "X-Cyrus-Session-Id: sloti22d2t04-1740996000-123456-2-1234567890123456789\nX-Sieve: CMU Sieve 3.0\n"
        f"X-Resolved-to: {LOGIN}\nX-Delivered-to: {TO}\n{noted}"
        "Received: from phl-mx-03 ([10.202.2.202])\n  by phl-compute-05.internal (LMTPProxy); "
        "Mon, 03 Mar 2025 05:00:00 -0500\n"
        f"Received: from {host} (localhost [127.0.0.1])\n\tby mailmx.phl.internal (Postfix) with ESMTP id 1A2B3C4D5E\n"
        f"\tfor <{TO}>; Mon,  3 Mar 2025 05:00:00 -0500 (EST)\n"
        f"Received: from {host} (localhost [127.0.0.1])\n    by {host} (Authentication Milter) with ESMTP\n"
        "    id 6F7A8B9C0D1;\n    Mon, 3 Mar 2025 05:00:00 -0500\n"
        f"{envelope.results}"
        f"Received-SPF: none ({envelope.mail_from or ''}: No applicable sender policy available)\n"
        f"    receiver={host}; identity=mailfrom; client-ip={envelope.ip}\n"
        + (envelope.border or postfix_border(envelope, by=host))
    )


def icloud(envelope: Envelope) -> str:
    """The border server writes like Postfix; before it comes a hop without an address."""
    host = "p00-icloudmta-smtpin-us-central-1k-10-percent-3.p00-icloudmta-smtpin-vip.icloud.com"
    return (
        "Received: from p00-icloudmta-asmtp-us-central-1k-20.p00-icloudmta-vip.icloud.com by "
        "p136-mailgateway.icloud.com\n  with LMTP id 1-2-3-4; " + NOON + "\n"
        f"X-Delivered-To: {TO}\n{envelope.path}{envelope.results}"
        f"Received: from {envelope.helo} ({envelope.name} [{envelope.ip}])\n"
        f"\tby {host} (Postfix) with ESMTPS id 12345678\n\tfor <{TO}>; {NOON}\n"
    )
