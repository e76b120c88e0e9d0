"""I: Authentication-Results of our own server. In most of these cases the DNS knows nothing: only the field passes."""

from __future__ import annotations

from tests.acceptance.authentication import shapes
from tests.acceptance.authentication.case import REFUSED, WORLD, Case, Expected, Zone, accepted
from tests.acceptance.authentication.message import Mail, evil, signed
from tests.acceptance.authentication.shapes import MX, NOON

NOTHING: Zone = dict.fromkeys(WORLD, ())
BELIEVED = {"AUTH_SOURCE": "authres", "TRUSTED_AUTHSERV_ID": MX, "AUTHRES_MTA_STAMPS_ALWAYS": "true"}
GMAIL = {"MAIL_PROVIDER": "gmail", "OUR_MTA_NAMES": "", "AUTH_SOURCE": "authres"}
DMARC = "dmarc=pass header.from=acme.fi"
FAILED_ALL = f"{MX}; spf=fail smtp.mailfrom=acme.fi; dkim=none; dmarc=fail header.from=acme.fi"
ACCEPTED = accepted("authres")
FASTMAIL = """\
Authentication-Results: phl-mx-03.messagingengine.com;
    bimi=skipped (DMARC Policy is not at enforcement)
Authentication-Results: phl-mx-03.messagingengine.com;
    dkim=pass (2048-bit rsa key sha256) header.d=acme.fi
    header.i=@acme.fi header.b=AbCdEfGh header.a=rsa-sha256
    header.s=s1 x-bits=2048;
    dmarc=pass policy.published-domain-policy=reject
    policy.applied-disposition=none policy.evaluated-disposition=none
    (p=reject,has-list-id=no,d=none,d.eval=none)
    policy.policy-from=p header.from=acme.fi;
    spf=pass smtp.mailfrom=anna@acme.fi smtp.helo=mail.acme.fi
"""


def field(*values: str) -> str:
    return "".join(f"Authentication-Results: {value}\n" for value in values)


def told(name: str, expected: Expected, *values: str, mail: Mail | None = None, **settings: str) -> Case:
    """Our server, in a mailbox of Postfix, wrote these fields above its Received field."""
    mail = mail or Mail(results=field(*values))
    return Case(name, expected, mail, NOTHING, settings=BELIEVED | settings)


def ours(name: str, expected: Expected, results: str) -> Case:
    """One field of ours with these results."""
    return told(name, expected, f"{MX}; {results}")


def forged(name: str, mail: Mail, **settings: str) -> Case:
    return Case(name, REFUSED, mail, settings=BELIEVED | settings)


BELIEVABLE = [
    ours("DMARC passes", ACCEPTED, DMARC),
    ours("DMARC passes, with its reasons", ACCEPTED, "dmarc=pass (p=reject dis=none) header.from=acme.fi"),
    ours("DKIM passes by its domain", ACCEPTED, "dkim=pass header.d=acme.fi"),
    ours("DKIM passes by its identity", ACCEPTED,
         "dkim=pass (2048-bit key) header.i=@acme.fi header.s=s1 header.b=AbCdEfGh"),
    ours("DKIM passes for the second of two", ACCEPTED, "dkim=pass header.d=relay.example; dkim=pass header.d=acme.fi"),
    ours("DKIM fails once and passes once", ACCEPTED, "dkim=fail header.d=acme.fi; dkim=pass header.d=acme.fi"),
    ours("SPF passes by its domain", ACCEPTED, "spf=pass smtp.mailfrom=acme.fi"),
    ours("SPF passes by its address", ACCEPTED,
         "spf=pass (sender SPF authorized) smtp.mailfrom=anna@acme.fi smtp.helo=mail.acme.fi"),
    ours("everything at once, in capitals and folded", ACCEPTED,
         'DKIM=Pass\n\treason="good" header.D=ACME.FI;\n'
         '\tSPF=pass smtp.mailfrom=ACME.FI;\n\tDMARC=PASS header.From=ACME.FI'),
    ours("methods that nobody knows beside", ACCEPTED, f"iprev=pass policy.iprev=192.0.2.10; x-tls=pass; {DMARC}"),
    told("a version behind the id", ACCEPTED, f"{MX} 1; {DMARC}"),
    told("the id in capitals", ACCEPTED, f"MX.IN.EXAMPLE.COM; {DMARC}"),
    told("three fields, as three milters write them", ACCEPTED,
         f"{MX}; dmarc=none header.from=acme.fi", f"{MX}; spf=softfail smtp.mailfrom=acme.fi",
         f"{MX}; dkim=pass header.d=acme.fi"),
    told("below a field of somebody else's", ACCEPTED, f"mx.other.example; {DMARC.replace('pass', 'fail')}",
         f"{MX}; {DMARC}"),
    told("an id by its suffix", ACCEPTED, f"mx7.in.example.com; {DMARC}", TRUSTED_AUTHSERV_ID=".in.example.com"),
    Case("Gmail writes it below its border", ACCEPTED,
         Mail(shape=shapes.gmail,
         results=field("mx.google.com;\n       dkim=pass header.i=@acme.fi header.s=s1 header.b=AbCdEfGh;\n"
              "       spf=pass (google.com: domain of anna@acme.fi designates 192.0.2.10 as permitted sender) "
              "smtp.mailfrom=anna@acme.fi;\n       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=acme.fi")),
         NOTHING, settings=GMAIL),
    Case("Fastmail writes it above its border", ACCEPTED,
         Mail(shape=shapes.fastmail, results=FASTMAIL),
         NOTHING, settings={"MAIL_PROVIDER": "fastmail", "OUR_MTA_NAMES": "", "AUTH_SOURCE": "authres"}),
    Case("both: it fails, and DKIM passes", accepted("dkim"), signed(results=field(FAILED_ALL)),
         settings=BELIEVED | {"AUTH_SOURCE": "both"}),
    Case("both: it passes, and nothing can be computed", ACCEPTED, Mail(results=field(f"{MX}; {DMARC}")), NOTHING,
         settings=BELIEVED | {"AUTH_SOURCE": "both"}),
]  # fmt: skip

UNBELIEVABLE = [
    ours("nothing was found", REFUSED, "none"),
    ours("everything failed", REFUSED,
         "spf=fail smtp.mailfrom=acme.fi; dkim=fail header.d=acme.fi; dmarc=fail header.from=acme.fi"),
    ours("everything was neutral", REFUSED,
         "spf=neutral smtp.mailfrom=acme.fi; dkim=neutral header.d=acme.fi; dmarc=none header.from=acme.fi"),
    ours("DMARC passes for somebody else", REFUSED, "dmarc=pass header.from=evil.example"),
    ours("DMARC passes for nobody", REFUSED, "dmarc=pass"),
    ours("DKIM passes for somebody else", REFUSED, "dkim=pass header.d=evil.example; dmarc=fail header.from=acme.fi"),
    ours("DKIM passes for nobody", REFUSED, "dkim=pass"),
    ours("SPF passes for somebody else", REFUSED,
         "spf=pass smtp.mailfrom=x@evil.example; dmarc=fail header.from=acme.fi"),
    ours("DKIM passes for a domain that ends alike", REFUSED, "dkim=pass header.d=evilacme.fi"),
    ours("a result in a comment", REFUSED, f"spf=fail (x; {DMARC} ) smtp.mailfrom=acme.fi"),
    ours("a result in a comment of a comment", REFUSED, f"spf=fail (a (b) ; {DMARC} ) smtp.mailfrom=acme.fi"),
    ours("a result behind an escaped bracket", REFUSED, rf"spf=fail (a \) ; {DMARC} ) smtp.mailfrom=acme.fi"),
    ours("a comment that does not end", REFUSED, f"{DMARC}; spf=fail (a smtp.mailfrom=acme.fi"),
    ours("a bracket too many", REFUSED, f"spf=fail a) smtp.mailfrom=acme.fi; {DMARC}"),
    ours("a result in the quoted local part of MAIL FROM", REFUSED,
         f'spf=pass smtp.mailfrom="x; {DMARC}; x="@evil.example'),
    ours("a quoted local part that is unquoted", REFUSED, f"spf=pass smtp.mailfrom=x; {DMARC}; x=@evil.example"),
    ours("a local part in quotes", REFUSED, f'{DMARC}; spf=pass smtp.mailfrom="a b"@acme.fi'),
    ours("quotes that do not end", REFUSED, f'{DMARC}; spf=fail smtp.mailfrom="x'),
    ours("words that are no result", REFUSED, f"{DMARC}; what is this"),
    ours("DMARC twice", REFUSED, f"dmarc=fail header.from=acme.fi; {DMARC}"),
    ours("DMARC twice, the good one first", REFUSED, f"{DMARC}; dmarc=fail header.from=acme.fi"),
    ours("SPF twice", REFUSED, "spf=fail smtp.mailfrom=acme.fi; spf=pass smtp.mailfrom=acme.fi"),
    told("DMARC twice in two fields", REFUSED, f"{MX}; dmarc=fail header.from=acme.fi", f"{MX}; {DMARC}"),
    told("another id", REFUSED, f"mx.other.example; {DMARC}"),
    told("an id that begins like ours", REFUSED, f"{MX}.evil.example; {DMARC}"),
    told("an id that ends like ours", REFUSED, f"evil{MX}; {DMARC}"),
    told("a suffix matches whole labels only", REFUSED, f"evilin.example.com; {DMARC}",
         TRUSTED_AUTHSERV_ID=".in.example.com"),
    told("no id", REFUSED, DMARC),
    told("the id in a comment", REFUSED, f"mx.other.example ({MX}); {DMARC}"),
    told("our second run does not count", REFUSED,
         mail=Mail(results=field(FAILED_ALL) + "X-Spam: no\n" + field(f"{MX}; {DMARC}"))),
    Case("not believed when computing", REFUSED, Mail(results=field(f"{MX}; {DMARC}")), NOTHING,
         settings={"TRUSTED_AUTHSERV_ID": MX}),
    Case("nothing is computed when only it is believed", REFUSED, signed(results=field(FAILED_ALL)), settings=BELIEVED),
    Case("DKIM passes only for our eyes, and the field is missing", REFUSED, signed(), settings=BELIEVED),
]  # fmt: skip

BELOW = f"Received: from laptop ([10.0.0.7]) by mail.evil.example; {NOON}\n"
FORGED = [
    forged("below the border, and ours says fail", evil(results=field(FAILED_ALL), above=field(f"{MX}; {DMARC}"))),
    forged("below the sender's Received", evil(above=BELOW + field(f"{MX}; {DMARC}"))),
    forged("below our forged border", evil(above=shapes.postfix_border(Mail()) + field(f"{MX}; {DMARC}"))),
    forged("among the sender's fields", evil(results=field(FAILED_ALL), below=field(f"{MX}; {DMARC}"))),
    forged("below the border when computing", evil(above=field(f"{MX}; {DMARC}")), AUTH_SOURCE="compute"),
    forged("below the border with both", evil(results=field(FAILED_ALL), above=field(f"{MX}; {DMARC}")),
           AUTH_SOURCE="both"),
    forged("ARC-Authentication-Results alone", evil(above=f"ARC-Authentication-Results: i=1; {MX}; {DMARC}\n")),
    forged("X-Original-Authentication-Results", evil(above=f"X-Original-Authentication-Results: {MX}; {DMARC}\n")),
    Case("Gmail: forged right below Gmail's own, DMARC", REFUSED,
         evil(shape=shapes.gmail,
         results=field("mx.google.com; spf=pass smtp.mailfrom=x@evil.example; dmarc=fail header.from=acme.fi"),
              above=field(f"mx.google.com; {DMARC}")), settings=GMAIL),
    Case("Gmail: forged right below Gmail's own, DKIM", REFUSED,
         evil(shape=shapes.gmail,
         results=field("mx.google.com; spf=pass smtp.mailfrom=x@evil.example; dmarc=fail header.from=acme.fi"),
              above=field("mx.google.com; dkim=pass header.d=acme.fi")), settings=GMAIL),
    Case("Gmail: forged below the sender's Received", REFUSED,
         evil(shape=shapes.gmail,
         results=field("mx.google.com; spf=pass smtp.mailfrom=x@evil.example; dmarc=fail header.from=acme.fi"),
              above=BELOW + field(f"mx.google.com; {DMARC}")), settings=GMAIL),
    Case("Gmail: X-Google-Original field", REFUSED,
         evil(shape=shapes.gmail,
         above=f"X-Google-DKIM-Signature: v=1\nX-Authentication-Results: mx.google.com; {DMARC}\n"), settings=GMAIL),
]  # fmt: skip
