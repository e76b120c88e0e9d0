"""What the servers of each kind write, one form a line, and what must not be read as if they had written it.

C is the client as Postfix names it, T and E what stands between it and the end; a form that is refused expects nothing.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poller.authentication.patterns import FORMS
from poller.authentication.received import Hop, parse_received
from poller.settings.model import Provider

SHORT = {
    "C": "(out.acme.fi [203.0.113.5])",
    "T": "(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519 server-signature"
    " RSA-PSS (2048 bits) server-digest SHA256)",
    "N": "(No client certificate requested)",
    "E": "(Exim 4.96) (envelope-from <anna@acme.fi>) id 1tp2Qx-000ABC-2D for a@b.fi",
    "S": "Microsoft SMTP Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8489.16",
    "X": "db9pr01mb1111.eurprd01.prod.outlook.com",
    "P": "p00-icloudmta-smtpin-us-west-2a-60-percent-12",
}

POSTFIX = [
    ("from acme C by mx (Postfix) with ESMTP id 4Z for <a@b.fi>", "mx ESMTP 203.0.113.5 acme a@b.fi"),
    ("from acme C by mx (Postfix) with ESMTP id 4Z", "mx ESMTP 203.0.113.5 acme -"),
    ("from acme C\r\n\tT\r\n\tN\r\n\tby mx (Postfix) with ESMTPS id 4Z", "mx ESMTPS 203.0.113.5 acme -"),
    ("from acme C (using TLSv1 with cipher RC4-MD5 (128/128 bits)) by mx (Postfix) with ESMTP id 4",
     "mx ESMTP 203.0.113.5 acme -"),
    ("from acme C T (Client did not present a certificate) by mx (Postfix) with ESMTPS id 4",
     "mx ESMTPS 203.0.113.5 acme -"),
    ('from acme C T (Client CN "x", Issuer "y (z)" (verified OK)) by mx (Postfix) with ESMTPS id 4',
     "mx ESMTPS 203.0.113.5 acme -"),
    ('from acme C T (Client CN "[127.0.0.1]", Issuer "(x [127.0.0.1])" (bad)) by mx (Postfix) with ESMTPS id 4', ""),
    ('from acme C (using (x [203.0.113.66]) T (Client CN ")", Issuer "y" (ok)) by mx (Postfix) with SMTP id 4', ""),
    ('from acme C T (Client CN "a" with LMTP id 1", Issuer "") by mx (Postfix) with ESMTPS id 4',
     "mx ESMTPS 203.0.113.5 acme -"),
    ("from acme C T N (Authenticated sender: anna (x)) by mx (Postfix) with ESMTPSA id 4 for <a@b.fi>",
     "mx ESMTPSA 203.0.113.5 acme a@b.fi"),
    ("from acme C by mx (Postfix) with ESMTPA id 4", "mx ESMTPA 203.0.113.5 acme -"),
    ("from acme C by mx (Postfix) with SMTP id 4", "mx SMTP 203.0.113.5 acme -"),
    ("from acme C by mx (Postfix) with SMTPS id 4", "mx SMTPS 203.0.113.5 acme -"),
    ("from acme C by mx (Postfix) with UTF8SMTP id 4", "mx UTF8SMTP 203.0.113.5 acme -"),
    ("from acme C by mx (Postfix) with UTF8SMTPS id 4 for <a@b.fi>", "mx UTF8SMTPS 203.0.113.5 acme a@b.fi"),
    ("from acme C by mx (Postfix) with UTF8SMTPSA id 4", "mx UTF8SMTPSA 203.0.113.5 acme -"),
    ("from acme C by mx.b.fi (Postfix/Debian) with ESMTPS id 4", "mx.b.fi ESMTPS 203.0.113.5 acme -"),
    ("from acme C by MX.b.FI (Mail) with ESMTPS id 4", "mx.b.fi ESMTPS 203.0.113.5 acme -"),
    ("from acme (unknown [203.0.113.5]) by mx (Postfix) with ESMTP id 4", "mx ESMTP 203.0.113.5 acme -"),
    ("from [192.168.1.2] C by mx (Postfix) with ESMTP id 4", "mx ESMTP 203.0.113.5 [192.168.1.2] -"),
    ("from [IPv6:2001:db8::5] (a.fi [IPv6:2001:db8::5]) by mx (Postfix) with ESMTP id 4",
     "mx ESMTP 2001:db8::5 [IPv6:2001:db8::5] -"),
    ("from acme (unknown [IPv6:2001:db8::5]) by mx (Postfix) with ESMTP id 4", "mx ESMTP 2001:db8::5 acme -"),
    ("from acme (a [IPv6:::ffff:203.0.113.5]) by mx (Postfix) with ESMTP id 4", "mx ESMTP 203.0.113.5 acme -"),
    ("from EC2_AMAZ-1 C by mx (Postfix) with ESMTP id 4", "mx ESMTP 203.0.113.5 EC2_AMAZ-1 -"),
    ("from a?b;c<d> C by mx (Postfix) with ESMTP id 4", "mx ESMTP 203.0.113.5 a?b;c<d> -"),
    ("from localhost (localhost [127.0.0.1]) by mx (Postfix) with ESMTP id 4", "mx ESMTP 127.0.0.1 localhost -"),
    ("from mx ([127.0.0.1]) by localhost (mx [127.0.0.1]) (amavis, port 10024) with ESMTP id 4 for <a@b.fi>",
     "localhost ESMTP 127.0.0.1 mx a@b.fi"),
    ('from acme C by mx (Postfix) with ESMTP id 4 for <"a b"@b.fi>', "mx ESMTP 203.0.113.5 acme -"),
    ('from acme C by mx (Postfix) with ESMTP id 4 for <"a> for <c@d"@b.fi>', "mx ESMTP 203.0.113.5 acme -"),
    ("by mx (Postfix, from userid 0) id 4", "mx - - - - local"),
    ("by mx (Postfix, from userid 33)\r\n\tid 4; d", "mx - - - - local"),
    ("by mx (Postfix) id 4", "mx - - - -"),
    ("from mx.b.fi ([127.0.0.1]) by mx.b.fi with LMTP id QE (envelope-from <a@b>) for <c@d.fi>",
     "mx.b.fi LMTP 127.0.0.1 - c@d.fi local"),
    ("from mx ([192.0.2.1]) T by mx with LMTPS id QE (envelope-from <>) for <c@d.fi>",
     "mx LMTPS 192.0.2.1 - c@d.fi local"),
    ("from mx ([IPv6:::1]) by mx with LMTP id QE", "mx LMTP ::1 - - local"),
    ("from mx ([127.0.0.1]) by mx (Dovecot) with LMTP id QE for <c@d.fi>", "mx LMTP 127.0.0.1 - c@d.fi local"),
    ("from mx by mx with LMTP id QE (envelope-from <a@b>) for <box>", "mx LMTP - - box local"),
    ("from mx by mx with UTF8LMTP id QE", "mx UTF8LMTP - - - local"),
    ("from mx ([unix socket]) by mx (Cyrus v2.4.17) with LMTPA", "mx LMTPA - - - local"),
    ("from mx (localhost [127.0.0.1]) by mx (Cyrus 3.6) with LMTPSA", "mx LMTPSA 127.0.0.1 - - local"),
    ("from localhost (LHLO mx.b.fi) (127.0.0.1) by mx.b.fi with LMTP", "mx.b.fi LMTP - - - local"),
    ("from x ([127.0.0.1]) C by mx (Postfix) with SMTP id 4", ""),
    ("from x(a[127.0.0.1]) C by mx (Postfix) with SMTP id 4", ""),
    ("from x ([127.0.0.1]) (using y) C by mx (Postfix) with SMTP id 4", ""),
    ("from x (y [127.0.0.1] C by mx (Postfix) with SMTP id 4", ""),
    ("from x ([127.0.0.1]) (Client y C T N by mx (Postfix) with SMTP id 4", ""),
    ("from x (unknown [unknown]) by mx (Postfix) with SMTP id 4", ""),
    ("from x (a [203.0.113.5]) y by mx (Postfix) with SMTP id 4", ""),
    ("from x C by mx (Postfix) with LMTP id 4 by mx", ""),
    ("from x y C by mx (Postfix) with SMTP id 4", ""),
    ('from "x" C by mx (Postfix) with SMTP id 4', ""),
    ("from x (y (a [203.0.113.5])) by mx (Postfix) with SMTP id 4", ""),
    ("from x (a (b) [203.0.113.5]) by mx (Postfix) with SMTP id 4", ""),
    ("from x (a[127.0.0.1] [203.0.113.5]) by mx (Postfix) with SMTP id 4", ""),
    ('from x C (Client CN "y) by mx with LMTP (z") by mx (Postfix) with SMTP id 4', ""),
    ("from x C with LMTP by mx (Postfix)", ""),
    ("from x C (with LMTP) by mx (Postfix) with QMTP id 4", ""),
    ("from x C by mx with LMTPX id 4", ""),
    ("from x (ident=y [127.0.0.1]) by mx with LMTP id 4", ""),
    ("from x (203.0.113.5) by mx (Postfix) with SMTP id 4", ""),
    ("x from x C by mx (Postfix) with SMTP id 4", ""),
    ("(x) from x C by mx (Postfix) with SMTP id 4", ""),
    ("(qmail 1 invoked by uid 89)", ""),
    ("", ""),
]  # fmt: skip

EXIM = [
    ("from out.acme.fi ([203.0.113.5]) by mx with esmtp E", "mx ESMTP 203.0.113.5 out.acme.fi a@b.fi"),
    ("from out.acme.fi ([203.0.113.5] helo=acme) by mx with esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384\r\n\tE",
     "mx ESMTPS 203.0.113.5 acme a@b.fi"),
    ("from a.fi ([203.0.113.5]:47110 helo=acme) by mx with esmtps (TLS1.2:ECDHE_RSA_AES_128:128) E",
     "mx ESMTPS 203.0.113.5 acme a@b.fi"),
    ("from a.fi ([203.0.113.5]:47110) by mx with esmtp E", "mx ESMTP 203.0.113.5 a.fi a@b.fi"),
    ("from a.fi ([203.0.113.5] helo=acme ident=anna) by mx with esmtp E", "mx ESMTP 203.0.113.5 acme a@b.fi"),
    ("from a.fi ([203.0.113.5] ident=anna) by mx with esmtp E", "mx ESMTP 203.0.113.5 a.fi a@b.fi"),
    ("from a.fi ([203.0.113.5] helo=[10.0.0.1]) by mx with esmtpsa E", "mx ESMTPSA 203.0.113.5 [10.0.0.1] a@b.fi"),
    ("from [203.0.113.5] (helo=acme) by mx with esmtp E", "mx ESMTP 203.0.113.5 acme a@b.fi"),
    ("from [203.0.113.5] (port=4711 helo=acme) by mx with esmtp E", "mx ESMTP 203.0.113.5 acme a@b.fi"),
    ("from [203.0.113.5] (port=4711 helo=acme ident=anna) by mx with esmtp E", "mx ESMTP 203.0.113.5 acme a@b.fi"),
    ("from [203.0.113.5] (port=4711) by mx with esmtp E", "mx ESMTP 203.0.113.5 - a@b.fi"),
    ("from [203.0.113.5] (ident=anna) by mx with esmtp E", "mx ESMTP 203.0.113.5 - a@b.fi"),
    ("from [203.0.113.5] (helo=[127.0.0.1]) by mx with smtp E", "mx SMTP 203.0.113.5 [127.0.0.1] a@b.fi"),
    ("from [203.0.113.5] by mx with esmtp E", "mx ESMTP 203.0.113.5 - a@b.fi"),
    ("from [2001:db8::5] (helo=acme) by mx with esmtp E", "mx ESMTP 2001:db8::5 acme a@b.fi"),
    ("from a.fi ([2001:db8::5] helo=acme) by mx with utf8esmtps E", "mx UTF8ESMTPS 2001:db8::5 acme a@b.fi"),
    ("from a.fi ([203.0.113.5]) by mx with asmtp (Exim 4.20) id 1", "mx ASMTP 203.0.113.5 a.fi -"),
    ("from a.fi ([203.0.113.5]) by mx with esmtp (Exim 4.96) id 1; d", "mx ESMTP 203.0.113.5 a.fi -"),
    ("from a.fi ([203.0.113.5]) by mx with esmtp (Exim 4.96) (envelope-from <>) id 1 for c@d.fi; d",
     "mx ESMTP 203.0.113.5 a.fi c@d.fi"),
    ('from a.fi ([203.0.113.5]) by mx with esmtp (Exim 4.96) (envelope-from <"a) for x@y (b"@c.fi>) id 1 for d@e.fi',
     "mx ESMTP 203.0.113.5 a.fi -"),
    ("from anna by mx with local (Exim 4.96) (envelope-from <a@b.fi>) id 1", "mx LOCAL - - - local"),
    ("from www-data by mx with local-smtp (Exim 4.96) id 1", "mx LOCAL-SMTP - - - local"),
    ('from "anna b" by mx with local (Exim 4.96) id 1', "mx LOCAL - - - local"),
    ("from mail (helo=x) by mx with local-esmtp (Exim 4.96) id 1", "mx LOCAL-ESMTP - - - local"),
    ("from nobody by mx with spam-scanned (Exim 4.96) id 1", "mx SPAM-SCANNED - - - local"),
    ("by mx with local (Exim 4.96) id 1", "mx LOCAL - - - local"),
    ("from mx ([127.0.0.1]) by mx with LMTP id QE (envelope-from <a@b.fi>) for <c@d.fi>",
     "mx LMTP 127.0.0.1 - c@d.fi local"),
    # HELO and ident are the client's, the words behind them the server's.
    ("from a.fi ([203.0.113.5] helo=x) by mx with local (y) by mx with esmtp E", ""),
    ("from a.fi ([203.0.113.5] helo=x ident=y) by mx with lmtp (z", ""),
    ("from a.fi ([203.0.113.5] helo=x ident=y) with lmtp by mx", ""),
    ("from a.fi ([203.0.113.5] helo=x ident=y) by mx with local (Exim 4.96) id 1", ""),
    ("from a.fi ([203.0.113.5] helo=x) by mx with LMTP id 1", ""),
    ("from [203.0.113.5] (helo=x) by mx with local (Exim 4.96) id 1", ""),
    ("from [203.0.113.5] (helo=x ([127.0.0.1])) by mx with esmtp E", ""),
    ("from a.fi ([203.0.113.5] helo=x y) by mx with esmtp E", ""),
    ("from a.fi ([203.0.113.5] [127.0.0.1]) by mx with esmtp E", ""),
    ("from a.fi ([127.0.0.1]) ([203.0.113.5]) by mx with esmtp E", ""),
    ("from x ([127.0.0.1] helo=y) by mx with esmtp (a [203.0.113.5]) by mx with esmtp E", ""),
    ("from [127.0.0.1] [203.0.113.5] by mx with esmtp E", ""),
    ("from x ([127.0.0.1] helo=y) ([203.0.113.5] helo=z) by mx with esmtp E", ""),
    ("from x ([127.0.0.1]) (helo=y ([203.0.113.5])) by mx with esmtp E", ""),
    ("from acme (a.fi [203.0.113.5]) by mx with esmtp E", ""),
    ("from anna by mx with local", ""),
]  # fmt: skip

GMAIL = [
    ("by 2002:a05:6a10:9d8b:b0:5c2:8a8b:7b6d with SMTP id t11csp1234567pxk",
     "2002:a05:6a10:9d8b:b0:5c2:8a8b:7b6d SMTP - - - local own"),
    ("by 2002:adf:ce8d:0:b0:1 with SMTP id p13csp1", "2002:adf:ce8d:0:b0:1 SMTP - - - local own"),
    ("by 10.28.5.194 with SMTP id 185csp1", "10.28.5.194 SMTP - - - local own"),
    ("from acme (out.acme.fi. [203.0.113.5]) by mx.google.com with ESMTPS id d9-2si for <a@b.fi> (version=TLS1_3)",
     "mx.google.com ESMTPS 203.0.113.5 acme a@b.fi"),
    ("from acme ([203.0.113.5]) by mx.google.com with ESMTP id d9", "mx.google.com ESMTP 203.0.113.5 acme -"),
    ("from acme (a. [2001:db8::5]) by mx.google.com with UTF8SMTPS id d9 for <a@b.fi>",
     "mx.google.com UTF8SMTPS 2001:db8::5 acme a@b.fi"),
    ("from [127.0.0.1] (a. [203.0.113.5]) by mx.google.com with ESMTPS id d9",
     "mx.google.com ESMTPS 203.0.113.5 [127.0.0.1] -"),
    ("from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41]) by mx.google.com with SMTPS id d9",
     "mx.google.com SMTPS 209.85.220.41 mail-sor-f41.google.com -"),
    ("by 2002:cb00:7105:: with SMTP id t11", ""),  # 203.0.113.5 as 6to4 writes it
    ("by 203.0.113.5 with SMTP id t11", ""),
    ("by 2002:a05:6a10:: with POP3 id t11", ""),
    ("by 2002:a05:6a10:: with HTTP", ""),
    ("by mail-lf1-f41.google.com with SMTP id t11", ""),
    ("from 4711 named unknown by gmailapi.google.com with HTTPREST", ""),
    ("from x (a. [127.0.0.1]) (b. [203.0.113.5]) by mx.google.com with SMTP id d9", ""),
    ("from x by 2002:a05:6a10:: with SMTP id t11", ""),
]  # fmt: skip

M365 = [
    ("from X (2603:10a6:10:2f1::20) by AM9.eurprd01.prod.exchangelabs.com with HTTPS",
     "am9.eurprd01.prod.exchangelabs.com HTTPS 2603:10a6:10:2f1::20 X -"),
    ("from X (::1) by AM9.prod.outlook.com with HTTPS", "am9.prod.outlook.com HTTPS ::1 X -"),
    ("from X (2603:10a6:10::20) by X (2603:10a6:10:2f1::20) with\r\n S",
     "X MICROSOFT-SMTP-SERVER 2603:10a6:10::20 X -"),
    ("from X (2603:10a6:10:3c2:cafe::1e) by A.outlook.office365.com (2603:10a6:10::5) with S via Frontend Transport",
     "a.outlook.office365.com MICROSOFT-SMTP-SERVER 2603:10a6:10:3c2:cafe::1e X -"),
    ("from acme (203.0.113.5) by\r\n DB8.mail.protection.outlook.com (10.233.238.10) with S via Frontend Transport",
     "db8.mail.protection.outlook.com MICROSOFT-SMTP-SERVER 203.0.113.5 acme -"),
    ("from acme (2001:db8::5) by DB8.mail.protection.outlook.com (10.233.238.10) with S via Frontend Transport",
     "db8.mail.protection.outlook.com MICROSOFT-SMTP-SERVER 2001:db8::5 acme -"),
    ("from [192.168.1.2] (203.0.113.5) by DB8.mail.protection.outlook.com (10.2.3.4) with S",
     "db8.mail.protection.outlook.com MICROSOFT-SMTP-SERVER 203.0.113.5 [192.168.1.2] -"),
    ("from acme (203.0.113.5) by A.outlook.com (10.2.3.4) with Microsoft SMTP Server id 15.20.7918.13 via Frontend",
     "a.outlook.com MICROSOFT-SMTP-SERVER 203.0.113.5 acme -"),
    ("from VI1-obe.outbound.protection.outlook.com (40.107.8.50) by A.mail.protection.outlook.com (10.2.3.4) with S",
     "a.mail.protection.outlook.com MICROSOFT-SMTP-SERVER 40.107.8.50 VI1-obe.outbound.protection.outlook.com -"),
    # A submission by MAPI names no client, and whatever stands below it is the sender's.
    ("from X ([fe80::abcd:1]) by X ([fe80::abcd:1%4]) with mapi id 15.20.8489.16", "X MAPI - X -"),
    ("from x (127.0.0.1) (203.0.113.5) by A.outlook.com (10.2.3.4) with S", ""),
    ("from x (10.0.0.1 203.0.113.5) by A.outlook.com (10.2.3.4) with S", ""),
    ("from x (10.0.0.1) y (203.0.113.5) by A.outlook.com (10.2.3.4) with S", ""),
    ("from x (10.0.0.1) by A.outlook.com with S (203.0.113.5) by A.outlook.com (10.2.3.4) with S", ""),
    ("from x (a [203.0.113.5]) by A.outlook.com (10.2.3.4) with S", ""),
    ("from x (203.0.113.5) by A.outlook.com (10.2.3.4) with LMTP id 1", ""),
    ("from x (203.0.113.5) by A.outlook.com (10.2.3.4) with Microsoft SMTP Serverx", ""),
]  # fmt: skip

FASTMAIL = [
    ("from phl-05.internal (phl-05.phl.internal [10.202.2.45])\r\n\t by sloti22d2t04 (Cyrus 3.13.0-a) with LMTPA",
     "sloti22d2t04 LMTPA 10.202.2.45 phl-05.internal - local own"),
    ("from a.internal ([10.202.2.45]) by phl-sloti.internal (Cyrus 3.11) with LMTPA",
     "phl-sloti.internal LMTPA 10.202.2.45 a.internal - local own"),
    ("from phl-mx-03 ([10.202.2.202])\r\n  by phl-compute-05.internal (LMTPProxy); Mon",
     "phl-compute-05.internal - 10.202.2.202 phl-mx-03 - local"),
    ("from a.messagingengine.com (localhost [127.0.0.1]) by mailmx.phl.internal (Postfix) with ESMTP id 1 for <a@b.fi>",
     "mailmx.phl.internal ESMTP 127.0.0.1 a.messagingengine.com a@b.fi"),
    ("from a.internal (localhost [127.0.0.1]) by mx.messagingengine.com (Authentication Milter) with ESMTP id 35.28",
     "mx.messagingengine.com ESMTP 127.0.0.1 a.internal -"),
    ("from acme C T N by mx3.messagingengine.com (Postfix) with ESMTPS id 7A for <a@b.fi>",
     "mx3.messagingengine.com ESMTPS 203.0.113.5 acme a@b.fi"),
    ("from acme C T N by mailmx.phl.internal (Postfix) with ESMTPS id 7A",
     "mailmx.phl.internal ESMTPS 203.0.113.5 acme -"),
    ("from mailout.nyi.internal (g1.nyi.internal [10.202.2.221]) T N by mx5.nyi.internal (Postfix) with ESMTPS id 3",
     "mx5.nyi.internal ESMTPS 10.202.2.221 mailout.nyi.internal -"),
    ("from frontend2 ([10.202.2.161]) by compute2.internal (MEProxy); Mon", ""),
    ("from x ([127.0.0.1]) (LMTPProxy) C by mx3.messagingengine.com (Postfix) with SMTP id 4",
     ""),
    ("from x (Cyrus) C by mx3.messagingengine.com (Postfix) with SMTP id 4", ""),
    ("from x C by mx3.messagingengine.com (Cyrus 3) with SMTP id 4",
     "mx3.messagingengine.com SMTP 203.0.113.5 x -"),
]  # fmt: skip

ICLOUD = [
    ("from P by p129-mailgateway-smtp-5ffd748cb-gb9dv (mailgateway 2513B25)\r\n\twith SMTP id d573-ca for <j@m.cc>",
     "p129-mailgateway-smtp-5ffd748cb-gb9dv SMTP - P j@m.cc local own"),
    ("from ci74p00im-qukt09072702.me.com by p116-mailgateway-smtp-7-6m (mailgateway 24B2) with SMTP id 4f for <j@m.cc>",
     "p116-mailgateway-smtp-7-6m SMTP - ci74p00im-qukt09072702.me.com j@m.cc local own"),
    ("from acme C by P (Postfix) with ESMTPS id 12 for <j@m.cc>", "P ESMTPS 203.0.113.5 acme j@m.cc own"),
    ("from acme C by P.p00-icloudmta-smtpin-vip.icloud.svc.us-west-2a.k8s.cloud.apple.com (Postfix) with ESMTPS id 1",
     "P.p00-icloudmta-smtpin-vip.icloud.svc.us-west-2a.k8s.cloud.apple.com ESMTPS 203.0.113.5 acme -"),
    ("from acme C by st43p00im-qukt05021701.me.com (Postfix) with ESMTPS id 12 for <j@m.cc>",
     "st43p00im-qukt05021701.me.com ESMTPS 203.0.113.5 acme j@m.cc"),
    ("from x ([127.0.0.1]) C by P (Postfix) with ESMTPS id 12 for <j@m.cc>", ""),
    ("from outbound.ci.icloud.com (unknown [127.0.0.2]) by p00-icloudmta-asmtp-us-1k-4 (Postfix) with ESMTPS id 5",
     "p00-icloudmta-asmtp-us-1k-4 ESMTPS 127.0.0.2 outbound.ci.icloud.com -"),
    ("from x y by p129-mailgateway-smtp-5 (mailgateway 2513B25) with SMTP id d5", ""),
    ("from x C by p129-mailgateway-smtp-5 (mailgateway 2513B25) with QMTP id d5", ""),
    ("from x by p129-mailgateway.evil.example (mailgateway 2513B25) with SMTP id d5", ""),
]  # fmt: skip

TABLES = {
    Provider.POSTFIX: POSTFIX,
    Provider.EXIM: EXIM,
    Provider.GMAIL: GMAIL,
    Provider.M365: M365,
    Provider.FASTMAIL: FASTMAIL,
    Provider.ICLOUD: ICLOUD,
}
ROWS = [(kind, *row) for kind, rows in TABLES.items() for row in rows]


def written_out(text: str) -> str:
    return re.sub(r"(?<![\w.-])([CTNESXP])(?=[\s.]|\Z)", lambda short: SHORT[short[1]], text)


def shown(found: Hop) -> str:
    """A hop in the words of the tables."""
    if found == Hop():
        return ""
    protocol = found.protocol.replace(" ", "-") if found.protocol else "-"
    facts = [found.by or "-", protocol, str(found.client or "-"), found.helo or "-", found.recipient or "-"]
    return " ".join([*facts, *(["local"] if found.local else []), *(["own"] if found.own else [])])


@pytest.mark.parametrize("date", ["; Mon, 3 Mar 2025 10:00:00 +0200 (EET)", ""], ids=["dated", "undated"])
@pytest.mark.parametrize(("kind", "text", "expected"), ROWS)
def test_each_kind_writes_its_forms_and_no_others(kind: Provider, text: str, expected: str, date: str) -> None:
    field = written_out(text) + ("" if ";" in text.partition("by")[2] else date)
    assert shown(parse_received(f" {field}".encode(), kind)) == written_out(expected)


def test_the_tables_have_a_hundred_forms_and_every_pattern_has_a_line() -> None:
    assert len(ROWS) > 100
    for kind, forms in FORMS.items():
        fields = [" ".join(written_out(text).split()) for text, expected in TABLES[kind] if expected]
        for form in forms:
            assert any(form.pattern.match(field) for field in fields) or form in FORMS[Provider.POSTFIX]


BORDERS = {
    Provider.POSTFIX: "from {helo} (a.fi [203.0.113.5]) by mx (Postfix) with ESMTPS id 4Z for <a@b.fi>; d",
    Provider.EXIM: "from a.fi ([203.0.113.5] helo={helo}) by mx with esmtps (Exim 4.96) id 1 for a@b.fi; d",
    Provider.GMAIL: "from {helo} (a.fi. [203.0.113.5]) by mx with ESMTPS id d9 for <a@b.fi>; d",
    Provider.M365: "from {helo} (203.0.113.5) by mx (10.2.3.4) with Microsoft SMTP Server id 15; d",
    Provider.FASTMAIL: "from {helo} (a.fi [203.0.113.5]) by mx (Postfix) with ESMTPS id 4Z for <a@b.fi>; d",
    Provider.ICLOUD: "from {helo} (a.fi [203.0.113.5]) by mx (Postfix) with ESMTPS id 4Z for <a@b.fi>; d",
    Provider.GENERIC: "from {helo} (a.fi [203.0.113.5]) by mx with ESMTPS id 4Z for <a@b.fi>; d",
}
HOSTILE = [
    "x",
    "by",
    "mx",
    "from",
    "with",
    "LMTP",
    "local",
    "(",
    ")",
    "[",
    "]",
    "127.0.0.1",
    '"',
    "\\",
    ";",
    ",",
    "helo=",
]


@pytest.mark.parametrize("kind", BORDERS)
@given(parts=st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=12))
@example(parts=["x", "[", "127.0.0.1", "]"])
@example(parts=["by", ";"])
def test_a_helo_of_one_word_never_changes_the_address_nor_who_took_the_message(
    kind: Provider, parts: list[str]
) -> None:
    helo = "".join(parts)
    found = parse_received(BORDERS[kind].format(helo=helo).encode(), kind)
    assert found == Hop() or (found.by, str(found.client), found.local) in {
        ("mx", "203.0.113.5", False),
        ("mx", "None", False),
    }


@pytest.mark.parametrize("kind", BORDERS)
@given(
    parts=st.lists(st.sampled_from([*HOSTILE, " ", " (", ") ", " ([127.0.0.1]) ", "using "]), min_size=1, max_size=14)
)
@example(parts=["x", " ([127.0.0.1]) ", "(", "using ", "x", ")"])
@example(parts=["x", " (", "127.0.0.1", ")"])
def test_a_helo_of_many_words_never_gives_the_client_another_address(kind: Provider, parts: list[str]) -> None:
    found = parse_received(BORDERS[kind].format(helo="".join(parts)).encode(), kind)
    assert found == Hop() or (str(found.client) in {"None", "203.0.113.5"} and not found.local)


@pytest.mark.parametrize("kind", [Provider.EXIM, Provider.GENERIC])
@given(parts=st.lists(st.sampled_from([*HOSTILE, " ", " (", ") "]), min_size=1, max_size=14))
@example(parts=["x", ") ", "by", " ", "mx", " ", "with", " ", "local", " (", "Exim"])
@example(parts=["x", ") ", "with", " ", "LMTP", " ", "by", " ", "mx", " ("])
def test_what_an_ident_server_answers_never_changes_it_either(kind: Provider, parts: list[str]) -> None:
    field = 'from a.fi ([203.0.113.5] helo=h ident={}) by mx with esmtp (Exim 4.96) (envelope-from <"a)"@b>) id 1; d'
    found = parse_received(field.format("".join(parts)).encode(), kind)
    assert not found.local
    assert str(found.client) in {"None", "203.0.113.5"}


@pytest.mark.parametrize("kind", [Provider.POSTFIX, Provider.FASTMAIL, Provider.GENERIC])
@given(parts=st.lists(st.sampled_from([*HOSTILE, " ", " (", ") "]), min_size=1, max_size=14))
def test_the_names_in_a_certificate_never_change_it_either(kind: Provider, parts: list[str]) -> None:
    field = (
        'from a.fi (a.fi [203.0.113.5]) T (Client CN "{}", Issuer "x" (verified OK)) by mx (Postfix) with ESMTPS id 1'
    )
    found = parse_received(written_out(field).format("".join(parts)).encode(), kind)
    assert not found.local
    assert str(found.client) in {"None", "203.0.113.5"}
