"""Whole traces as the mailboxes of each kind have them, top to bottom, our own text in the servers' words."""

from __future__ import annotations

from typing import NamedTuple

from poller.settings.model import Provider


class Shape(NamedTuple):
    """`expected` is what the trace tells: client, HELO and position of the border, hops of ours, envelope sender."""

    provider: Provider
    expected: str
    header: str


SHAPES = {
    "postfix, dovecot by LMTP": Shape(
        Provider.POSTFIX,
        "203.0.113.5 acme 4 2 anna@acme.fi",
        """\
Return-Path: <anna@acme.fi>
Delivered-To: box@in.example.com
Received: from mx.example.com ([127.0.0.1])
    by mx.example.com with LMTP
    id 0HN1
    (envelope-from <anna@acme.fi>)
    for <box@in.example.com>; d
X-Original-To: 1001.m@in.example.com
Received: from acme (out.acme.fi [203.0.113.5])
    (using TLSv1.3 with cipher X (256/256 bits)
     key-exchange X25519)
    (No client certificate requested)
    by mx.example.com (Postfix) with ESMTPS id 4Z
    for <1001.m@in.example.com>; d
Received: from a (a [198.51.100.7]) by mx.example.com (Postfix) with ESMTP id 1 for <9.m@in.example.com>; d
Return-Path: <ceo@acme.fi>
""",
    ),
    "postfix, recipient and return path above LMTP": Shape(
        Provider.POSTFIX,
        "2001:db8::5 acme 4 2 anna@acme.fi",
        """\
X-Original-To: 1001.m@in.example.com
Delivered-To: box@in.example.com
Return-Path: <anna@acme.fi>
Received: from mx.example.com by mx.example.com with LMTP id QE; d
Received: from acme (unknown [IPv6:2001:db8::5]) by mx.example.com (Postfix) with ESMTP id 4Z; d
Received: from a (a [198.51.100.7]) by mx.example.com (Postfix) with ESMTP id 1 for <9.m@in.example.com>; d
""",
    ),
    "postfix, a filter in between": Shape(
        Provider.POSTFIX,
        "203.0.113.5 acme 4 4 anna@acme.fi",
        """\
Return-Path: <anna@acme.fi>
Received: from localhost (localhost [127.0.0.1]) by mx.example.com (Postfix) with ESMTP id 5Z; d
Received: from mx.example.com ([127.0.0.1])
 by relay.example.com (mx.example.com [127.0.0.1]) (amavis, port 10024)
 with ESMTP id 1; d
Received: by mx.example.com (Postfix, from userid 65534) id 4Y; d
Received: from acme (a [203.0.113.5]) by mx.example.com (Postfix) with ESMTP id 4Z; d
Received: from a (a [198.51.100.7]) by mx.example.com (Postfix) with ESMTP id 1 for <9.m@in.example.com>; d
""",
    ),
    "exim": Shape(
        Provider.EXIM,
        "203.0.113.5 acme 3 1 anna@acme.fi",
        """\
Return-path: <anna@acme.fi>
Envelope-to: 1001.m@in.example.com
Delivery-date: Mon, 3 Mar 2025 10:00:00 +0000
Received: from out.acme.fi ([203.0.113.5] helo=acme)
    by mx.example.com with esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384
    (Exim 4.96)
    (envelope-from <anna@acme.fi>)
    id 1tp; d
Received: from a (a [198.51.100.7]) by mx.example.com (Postfix) with ESMTP id 1 for <9.m@in.example.com>; d
""",
    ),
    "exim, then its own local delivery": Shape(
        Provider.EXIM,
        "203.0.113.5 acme 2 2 anna@acme.fi",
        """\
Return-path: <anna@acme.fi>
Received: from mail by mx.example.com with local (Exim 4.96) id 2; d
Received: from [203.0.113.5] (helo=acme) by mx.example.com with esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384
    (Exim 4.96)
    (envelope-from <anna@acme.fi>) id 1tp; d
""",
    ),
    "gmail": Shape(
        Provider.GMAIL,
        "203.0.113.5 acme 5 2 anna@acme.fi",
        """\
Delivered-To: box@in.example.com
Received: by 2002:a05:6a10:9d8b:b0:5c2:8a8b:7b6d with SMTP id t11csp1;
        d
X-Received: by 2002:a05:600c:3c8f:b0:439:8a44:1e65 with SMTP id 5b1f.1; d
ARC-Seal: i=1; a=rsa-sha256; cv=none; d=google.com; s=arc; b=AAAA
Return-Path: <anna@acme.fi>
Received: from acme (out.acme.fi. [203.0.113.5])
        by mx.google.com with ESMTPS id 5b1f
        for <m+1001@in.example.com>
        (version=TLS1_3 cipher=X bits=256/256);
        d
Received-SPF: pass (google.com: domain of anna@acme.fi designates 203.0.113.5)
Received: from a (a. [198.51.100.7]) by mx.google.com with ESMTPS id 1; d
""",
    ),
    "gmail, from gmail": Shape(
        Provider.GMAIL,
        "209.85.220.41 mail-sor-f41.google.com 2 2 anna@gmail.example",
        """\
Received: by 2002:a05:6a10:9d8b:b0:5c2:8a8b:7b6d with SMTP id t11csp1; d
Return-Path: <anna@gmail.example>
Received: from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41]) by mx.google.com with
  SMTPS id d9 for <a@b.fi> (Google Transport Security); d
Received: by 2002:a05:6a10:9d8b:b0:5c2:8a8b:7b6d with SMTP id t11csp1; d
""",
    ),
    "gmail, to oneself": Shape(
        Provider.GMAIL,
        "- - - 1 -",
        """\
Received: by 2002:a05:6a10:9d8b:b0:5c2:8a8b:7b6d with SMTP id t11csp1; d
Return-Path: <anna@gmail.example>
Received: from [192.168.1.2] (a. [203.0.113.5]) by smtp.gmail.com with ESMTPSA id d9 for <a@b.fi>; d
""",
    ),
    "microsoft": Shape(
        Provider.M365,
        "203.0.113.5 acme 4 4 -",
        """\
Received: from DB9.eurprd01.prod.exchangelabs.com
 (2603:10a6:10:2f1::20) by AM9.eurprd01.prod.exchangelabs.com with
 HTTPS; d
Received: from DUZ.eurprd01.prod.outlook.com
 (2603:10a6:10:3c2::5) by DB9.eurprd01.prod.outlook.com
 (2603:10a6:10:2f1::20) with Microsoft SMTP
 Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16; d
Received: from DB8EUR05FT045.eop-eur05.prod.protection.outlook.com
 (2603:10a6:10:3c2:cafe::1e) by DUZ.outlook.office365.com
 (2603:10a6:10:3c2::5) with Microsoft SMTP
 Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16 via Frontend Transport; d
Authentication-Results: spf=pass (sender IP is 203.0.113.5) smtp.mailfrom=acme.fi
Received: from acme (203.0.113.5) by
 DB8EUR05FT045.mail.protection.outlook.com (10.233.238.10) with Microsoft SMTP
 Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16 via
 Frontend Transport; d
Received: from a (198.51.100.7) by DB8.mail.protection.outlook.com (10.2.3.4) with Microsoft SMTP
 Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16; d
Return-Path: anna@acme.fi
""",
    ),
    "microsoft, another tenant": Shape(
        Provider.M365,
        "40.107.8.50 VI1-obe.outbound.protection.outlook.com 1 2 -",
        """\
Received: from A.prod.outlook.com (::1) by B.prod.outlook.com with HTTPS; d
Received: from VI1-obe.outbound.protection.outlook.com (40.107.8.50) by AM4.mail.protection.outlook.com
  (10.167.16.89) with Microsoft SMTP
 Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16 via Frontend Transport; d
Received: from a (198.51.100.7) by AM4.mail.protection.outlook.com (10.2.3.4) with Microsoft SMTP
 Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16; d
""",
    ),
    "microsoft, submitted inside": Shape(
        Provider.M365,
        "- - - 2 -",
        """\
Received: from A.prod.outlook.com (2603:10a6:10::1) by B.prod.outlook.com (2603:10a6:10::2) with
  Microsoft SMTP
 Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16; d
Received: from A.prod.outlook.com ([fe80::1]) by A.prod.outlook.com ([fe80::1%4]) with mapi id 15.20; d
Received: from a (198.51.100.7) by AM4.mail.protection.outlook.com (10.2.3.4) with Microsoft SMTP
 Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16; d
""",
    ),
    "microsoft, a machine at Azure": Shape(
        Provider.M365,
        "2603:1020:201:10::10f acme 0 1 -",
        """\
Received: from acme (2603:1020:201:10::10f) by AM4.mail.protection.outlook.com (2603:10a6:10::2) with
  Microsoft SMTP
 Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16 via Frontend Transport; d
Received: from a (198.51.100.7) by AM4.mail.protection.outlook.com (10.2.3.4) with Microsoft SMTP
 Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16; d
""",
    ),
    "fastmail": Shape(
        Provider.FASTMAIL,
        "203.0.113.5 acme 8 5 anna@acme.fi",
        """\
Return-Path: <anna@acme.fi>
Received: from phl-compute-05.internal (phl-compute-05.phl.internal [10.202.2.45])
     by sloti22d2t04 (Cyrus 3.13.0-alpha0-2061-gd44d7e4b4) with LMTPA;
     d
X-Delivered-to: 1001.m@in.example.com
X-Mail-from: anna@acme.fi
Received: from phl-mx-03 ([10.202.2.202])
  by phl-compute-05.internal (LMTPProxy); d
Received: from phl-mx-03.messagingengine.com (localhost [127.0.0.1])
    by mailmx.phl.internal (Postfix) with ESMTP id 1A
    for <1001.m@in.example.com>; d
Received: from mailmx.phl.internal (localhost [127.0.0.1])
    by phl-mx-03.messagingengine.com (Authentication Milter) with ESMTP
    id 6F.7A; d
Authentication-Results: phl-mx-03.messagingengine.com; spf=pass smtp.mailfrom=anna@acme.fi
Received: from acme (out.acme.fi [203.0.113.5])
    (using TLSv1.3 with cipher X (256/256 bits))
    (No client certificate requested)
    by mailmx.phl.internal (Postfix) with ESMTPS id 7
    for <a@b>; d
Received: from a (a [198.51.100.7]) by mx1.messagingengine.com (Postfix) with ESMTP id 1 for
  <9.m@in.example.com>; d
X-Mail-from: ceo@acme.fi
""",
    ),
    "fastmail, another customer": Shape(
        Provider.FASTMAIL,
        "10.202.2.221 mailout.phl.internal 2 2 anna@acme.fi",
        """\
X-Mail-from: anna@acme.fi
Received: from phl-mx-03 ([10.202.2.202]) by phl-compute-05.internal (LMTPProxy); d
Received: from mailout.phl.internal (g1.phl.internal [10.202.2.221]) by mx5.phl.internal (Postfix) with
  ESMTPS id 3; d
Received: from a (a [198.51.100.7]) by mx1.messagingengine.com (Postfix) with ESMTP id 1 for
  <9.m@in.example.com>; d
""",
    ),
    "icloud": Shape(
        Provider.ICLOUD,
        "203.0.113.5 acme 4 2 anna@acme.fi",
        """\
Return-path: <anna@acme.fi>
Original-recipient: rfc822;box@in.example.com
Received: from p00-icloudmta-smtpin-us-west-2a-60-percent-12 by p129-mailgateway-smtpin-yoxpo
  (mailgateway 2513B25)
    with SMTP id d573
    for <box@in.example.com>; d
X-Apple-UUID: d573
Received: from acme (out.acme.fi [203.0.113.5])
    by p00-icloudmta-smtpin-us-west-2a-60-percent-12 (Postfix) with ESMTPS id 56
    for <1001.m@in.example.com>; d
Authentication-Results: bimi.icloud.com; bimi=none
Received: from a (a [198.51.100.7]) by p00-icloudmta-smtpin-us-west-2a-60-percent-12 (Postfix) with
  ESMTP id 1 for <9.m@in.example.com>; d
""",
    ),
    "icloud, another customer": Shape(
        Provider.ICLOUD,
        "- - - 1 -",
        """\
Return-path: <anna@acme.fi>
Received: from p00-icloudmta-asmtp-us-4 by p142-mailgateway-smtp-5f (mailgateway 2544B) with SMTP id 8; d
Received: from outbound.ci.icloud.com (unknown [127.0.0.2]) by p00-icloudmta-asmtp-us-4 (Postfix) with
  ESMTPS id 55; d
Received: from a (a [198.51.100.7]) by p00-icloudmta-smtpin-us-west-2a-60-percent-12 (Postfix) with
  ESMTP id 1 for <9.m@in.example.com>; d
""",
    ),
}
