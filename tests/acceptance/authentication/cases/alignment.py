"""H: which domains may speak for the author's."""

from __future__ import annotations

from tests.acceptance.authentication.case import REFUSED, Case, Zone, accepted, domain
from tests.acceptance.authentication.message import EVIL_IP, Mail, evil, signed
from tests.acceptance.authentication.signing import Sig

NO_DMARC: Zone = {"_dmarc.acme.fi TXT": []}


def keyed(*names: str) -> Zone:
    return {f"s1._domainkey.{name} TXT": ["v=DKIM1; p={rsa}"] for name in names}


def policies(**texts: str) -> Zone:
    """DMARC records; `_` stands for each dot."""
    return {f"_dmarc.{name.replace('_', '.')} TXT": [f"v=DMARC1; {text}"] for name, text in texts.items()}


def by(name: str, author: str = "anna@acme.fi") -> Mail:
    return signed(Sig(d=name), author=author)


def spf_by(name: str, author: str = "anna@acme.fi") -> Mail:
    return Mail(mail_from=f"bounce@{name}", author=author)


def spf(*names: str) -> Zone:
    return {f"{name} TXT": ["v=spf1 ip4:192.0.2.10 -all"] for name in names}


RELAXED = [
    Case("signed by a subdomain", accepted("dkim", "mail.acme.fi"), by("mail.acme.fi"), keyed("mail.acme.fi")),
    Case("signed by the parent", accepted("dkim"), by("acme.fi", "anna@sales.acme.fi")),
    Case("signed by the grandparent", accepted("dkim"), by("acme.fi", "anna@a.sales.acme.fi")),
    Case("signed by a sister", accepted("dkim", "b.acme.fi"), by("b.acme.fi", "anna@a.acme.fi"), keyed("b.acme.fi")),
    Case("sent by a subdomain", accepted("spf", "bounce.acme.fi"), spf_by("bounce.acme.fi"), spf("bounce.acme.fi")),
    Case("sent by the parent", accepted("spf"), spf_by("acme.fi", "anna@sales.acme.fi")),
    Case("relaxed in words", accepted("dkim", "mail.acme.fi"), by("mail.acme.fi"),
         keyed("mail.acme.fi") | policies(acme_fi="p=none; adkim=r; aspf=r")),
    Case("the subdomain has a policy of its own", accepted("dkim"), by("acme.fi", "anna@sales.acme.fi"),
         policies(sales_acme_fi="p=none")),
    Case("far down, by a walk of eight steps", accepted("dkim"), by("acme.fi", "anna@a.b.c.d.e.f.g.h.i.j.acme.fi")),
    Case("the suffix has a record of its own", accepted("dkim"), by("acme.fi", "anna@sales.acme.fi"),
         NO_DMARC | policies(fi="p=none; psd=y")),
    Case("no policy anywhere", accepted("dkim", "mail.acme.fi"), by("mail.acme.fi"), NO_DMARC | keyed("mail.acme.fi")),
    Case("no policy anywhere, sent by a subdomain", accepted("spf", "bounce.acme.fi"), spf_by("bounce.acme.fi"),
         NO_DMARC | spf("bounce.acme.fi")),
    Case("no policy anywhere, below co.uk", accepted("dkim", "mail.acme.co.uk"),
         by("mail.acme.co.uk", "anna@acme.co.uk"),
         keyed("mail.acme.co.uk")),
    Case("no policy anywhere, the very domain", accepted("dkim"), by("acme.fi"), NO_DMARC),
    Case("a policy of none", accepted("dkim"), by("acme.fi"), policies(acme_fi="p=none")),
    Case("a policy of quarantine for a tenth", accepted("spf"), Mail(), policies(acme_fi="p=quarantine; pct=10")),
    Case("an unreadable policy, the very domain", accepted("dkim"), by("acme.fi"),
         {"_dmarc.acme.fi TXT": ["v=DMARC9; what"]}),
    Case("a division of its own, signed by its own", accepted("dkim", "b.sales.acme.fi"),
         by("b.sales.acme.fi", "anna@a.sales.acme.fi"),
         keyed("b.sales.acme.fi") | policies(sales_acme_fi="p=none; psd=n")),
    Case("below a private suffix, the very domain", accepted("dkim", "anna.github.io"),
         by("anna.github.io", "me@anna.github.io"), keyed("anna.github.io")),
    Case("below a private suffix, signed by a subdomain", accepted("dkim", "m.anna.github.io"),
         by("m.anna.github.io", "me@anna.github.io"), keyed("m.anna.github.io")),
]  # fmt: skip

STRICT = [
    Case("strict DKIM, a subdomain", REFUSED, by("mail.acme.fi"),
         keyed("mail.acme.fi") | policies(acme_fi="p=reject; adkim=s")),
    Case("strict DKIM, the parent", REFUSED, by("acme.fi", "anna@sales.acme.fi"),
         policies(acme_fi="p=reject; adkim=s")),
    Case("strict SPF, a subdomain", REFUSED, spf_by("bounce.acme.fi"),
         spf("bounce.acme.fi") | policies(acme_fi="p=reject; aspf=s")),
    Case("strict SPF, a subdomain in HELO", REFUSED, Mail(mail_from=""), policies(acme_fi="p=none; aspf=s")),
    Case("strict with odd spelling", REFUSED, by("mail.acme.fi"),
         keyed("mail.acme.fi") | {"_dmarc.acme.fi TXT": ["v=DMARC1 ;p=none;  adkim = S ;"]}),
    Case("strict by the subdomain's own policy", REFUSED, by("acme.fi", "anna@sales.acme.fi"),
         policies(sales_acme_fi="p=none; adkim=s")),
    Case("strict DKIM, the very domain", accepted("dkim"), by("acme.fi"),
         policies(acme_fi="p=reject; adkim=s; aspf=s")),
    Case("strict SPF, the very domain", accepted("spf"), Mail(), policies(acme_fi="p=reject; adkim=s; aspf=s")),
    Case("strict DKIM only, a subdomain in MAIL FROM", accepted("spf", "bounce.acme.fi"), spf_by("bounce.acme.fi"),
         spf("bounce.acme.fi") | policies(acme_fi="p=reject; adkim=s")),
    Case("strict SPF only, signed by a subdomain", accepted("dkim", "mail.acme.fi"), by("mail.acme.fi"),
         keyed("mail.acme.fi") | policies(acme_fi="p=reject; aspf=s")),
]  # fmt: skip

FOREIGN = [
    Case("another domain that ends alike", REFUSED, by("evilacme.fi"), keyed("evilacme.fi")),
    Case("another domain that begins alike", REFUSED, by("acme.fi.evil.example"), keyed("acme.fi.evil.example")),
    Case("another top-level domain", REFUSED, by("acme.example"), keyed("acme.example")),
    Case("sent by a domain that ends alike", REFUSED, spf_by("evilacme.fi"), spf("evilacme.fi")),
    Case("the attacker's author ends like ours", accepted("dkim", "evilacme.fi"), by("evilacme.fi", "anna@evilacme.fi"),
         domain("evilacme.fi", "rsa", EVIL_IP)),
    Case("a neighbour below co.uk", REFUSED, by("evil.co.uk", "anna@acme.co.uk"), keyed("evil.co.uk")),
    Case("a neighbour below co.uk, which has a policy", REFUSED, by("evil.co.uk", "anna@acme.co.uk"),
         keyed("evil.co.uk") | policies(co_uk="p=none")),
    Case("signed by co.uk", REFUSED, by("co.uk", "anna@acme.co.uk"), keyed("co.uk")),
    Case("signed by co.uk, which has a policy", REFUSED, by("co.uk", "anna@acme.co.uk"),
         keyed("co.uk") | policies(co_uk="p=none; psd=n")),
    Case("sent by co.uk", REFUSED, spf_by("co.uk", "anna@acme.co.uk"), spf("co.uk")),
    Case("signed by the top-level domain, which has a policy", REFUSED, by("fi"),
         NO_DMARC | keyed("fi") | policies(fi="p=none")),
    Case("a neighbour below a private suffix", REFUSED, by("evil.github.io", "me@anna.github.io"),
         keyed("evil.github.io")),
    Case("a neighbour below a private suffix with a policy", REFUSED, by("evil.github.io", "me@anna.github.io"),
         keyed("evil.github.io") | policies(github_io="p=none")),
    Case("signed by a private suffix", REFUSED, by("github.io", "me@anna.github.io"),
         keyed("github.io") | policies(github_io="p=none")),
    Case("signed by the owner of a division", REFUSED, by("acme.fi", "anna@sales.acme.fi"),
         policies(sales_acme_fi="p=none; psd=n")),
    Case("an author in a subdomain that is not there", REFUSED, evil("ceo@nobody.acme.fi")),
    Case("an author in a subdomain that is not there, with it in MAIL FROM", REFUSED,
         evil("ceo@nobody.acme.fi", mail_from="ceo@nobody.acme.fi")),
    Case("a policy of none, and nothing aligns", REFUSED, evil(), policies(acme_fi="p=none")),
    Case("no policy at all, and nothing aligns", REFUSED, evil(), NO_DMARC),
    Case("an author whose domain is a suffix", REFUSED, by("mail.co.uk", "anna@co.uk"), keyed("mail.co.uk")),
]  # fmt: skip
