"""Messages that want to cost more than they are worth: each must be over in the time that its entry says."""

from __future__ import annotations

import base64
import hashlib

from tests.acceptance.authentication import shapes
from tests.acceptance.authentication.case import DEFERRED, DROP, MALFORMED, REFUSED, Case, Zone, accepted
from tests.acceptance.authentication.message import Mail, evil, signed, spoofed
from tests.acceptance.authentication.shapes import MX, NOON
from tests.acceptance.authentication.signing import Sig

KEY = "s1._domainkey.acme.fi TXT"
JUNK = b"DKIM-Signature: v=1; a=rsa-sha256; d=%s.example; s=s1; h=from; bh=AAAA; b=AAAA\r\n"
JUNK_SET = (
    b"ARC-Seal: i=%d; cv=pass; a=rsa-sha256; d=list.example; s=s1; b=AAAA\r\n"
    b"ARC-Message-Signature: i=%d; a=rsa-sha256; d=list.example; s=s1; h=from; bh=AAAA; b=AAAA\r\n"
    b"ARC-Authentication-Results: i=%d; list.example; dmarc=pass header.from=acme.fi\r\n"
)


def copies(number: int, line: bytes = b"") -> Mail:
    """One good signature of the attacker's, or a line, that many times; nothing of it aligns or verifies."""

    def grown(part: bytes) -> bytes:
        field = line or part[: part.index(b"From:")]
        return field * (number - 1) + part

    return evil(tamper=grown)


def spaces(number: int, then: bytes) -> Mail:
    """A body of blanks, for which dkimpy takes minutes; relaxed, they are one blank."""
    bh = base64.b64encode(hashlib.sha256(b" " + then).digest()).decode()
    return signed(Sig(tags={"bh": bh}), body=b" " * number + then)


def aligned(number: int) -> tuple[Sig, ...]:
    """Signatures of the right domain with the wrong key, each with a selector of its own."""
    return tuple(Sig(s=f"x{n}", key="other") for n in range(number))


KEYS_X: Zone = {f"x{n}._domainkey.acme.fi TXT": ["v=DKIM1; p={rsa}"] for n in range(20)}
SLOW: Zone = {
    "acme.fi TXT": ["v=spf1 " + " ".join(f"include:i{n}.acme.fi" for n in range(10)) + " -all"],
    **{f"i{n}.acme.fi TXT": ["v=spf1 ip4:198.51.100.200 -all"] for n in range(10)},
}

CASES = [
    Case("200 signatures of the attacker's", REFUSED, copies(200)),
    Case("200 signatures without sense", REFUSED, copies(200, b"DKIM-Signature: v=1; d=acme.fi; s=s1\r\n")),
    Case("200 signatures of others, and SPF passes", accepted("spf"),
         Mail(sign=(Sig(d="other.example", key="other"),),
         tamper=lambda part: part[: part.index(b"From:")] * 199 + part)),
    Case("200 signatures of others above the good one", accepted("dkim"),
         signed(tamper=lambda part: JUNK % b"other" * 200 + part)),
    Case("20 signatures of the right domain with the wrong key", REFUSED, signed(*aligned(20)), KEYS_X),
    Case("1,000 signatures", MALFORMED, copies(1_001, b"DKIM-Signature: v=1; d=acme.fi; s=s1\r\n")),
    Case("900 signatures, each another domain", REFUSED, evil(tamper=lambda part: b"".join(
         JUNK % (b"d%d" % n) for n in range(900)) + part)),
    Case("300 kB of blanks in the body", accepted("dkim"), spaces(300_000, b"x\r\n")),
    Case("10 MB of blanks in the body", accepted("dkim"), spaces(10_000_000, b"x\r\n"), seconds=3),
    Case("10 MB of blanks in the body, signed simply", accepted("dkim"),
         signed(Sig(c="relaxed/simple"), body=b" " * 10_000_000 + b"x\r\n"), seconds=3),
    Case("a million empty lines at the end of the body", accepted("dkim"),
         signed(tamper=lambda part: part + b"\r\n" * 1_000_000), seconds=3),
    Case("24 kB of folds in a signature", REFUSED,
         signed(tamper=lambda part: part.replace(b"\tb=", b"\tb=" + b"\r\n " * 8_000, 1))),
    Case("200 kB of folds in a signature", REFUSED,
         signed(tamper=lambda part: part.replace(b"; bh=", b";" + b" \r\n\t" * 50_000 + b"bh=", 1))),
    Case("10,000 tags in a signature", REFUSED, signed(Sig(raw="a=;" * 10_000))),
    Case("a key with a giant exponent", REFUSED, signed(Sig(key="giant")), {KEY: ["v=DKIM1; p={giant}"]}),
    Case("a key of 16,384 bits", REFUSED, signed(Sig(key="rsa16384")), {KEY: ["v=DKIM1; p={rsa16384}"]}),
    Case("100 kB of brackets in From", REFUSED, evil("(" * 100_000 + "ceo@acme.fi")),
    Case("100 kB of phrase in From", REFUSED, evil("a " * 50_000 + "ceo@acme.fi")),
    Case("100 kB of commas in From", REFUSED, evil("," * 100_000 + "ceo@acme.fi")),
    Case("100 kB of labels in From", REFUSED, evil("ceo@" + "a." * 50_000 + "acme.fi")),
    Case("100 kB of brackets in our Received", REFUSED,
         spoofed(border=f"Received: from x {'(' * 100_000} by {MX} (Postfix); {NOON}\n")),
    Case("100 kB of blanks in our Received", REFUSED,
         spoofed(border=f"Received: from x{' ' * 100_000}y by {MX} with ESMTP; {NOON}\n")),
    Case("100 kB of a client name", REFUSED, spoofed(rdns="a." * 50_000 + "example")),
    Case("100 kB of MAIL FROM", REFUSED, spoofed(mail_from="a" * 100_000 + "@acme.fi")),
    Case("900 fields of the sender's Received", accepted("spf"), Mail(above=shapes.postfix_border(Mail()) * 900)),
    Case("100 kB of brackets in a believed field", REFUSED,
         spoofed(results=f"Authentication-Results: {MX}; spf=pass {'(' * 100_000} smtp.mailfrom=acme.fi\n"),
         settings={"AUTH_SOURCE": "authres", "TRUSTED_AUTHSERV_ID": MX, "AUTHRES_MTA_STAMPS_ALWAYS": "true"}),
    Case("100 kB of results in a believed field", REFUSED,
         spoofed(results=f"Authentication-Results: {MX}; {'dkim=fail; ' * 10_000} dkim=\n"),
         settings={"AUTH_SOURCE": "authres", "TRUSTED_AUTHSERV_ID": MX, "AUTHRES_MTA_STAMPS_ALWAYS": "true"}),
    Case("50 ARC sets without sense", REFUSED, evil(tamper=lambda part: b"".join(
         JUNK_SET % (n, n, n) for n in range(50, 0, -1)) + part),
         settings={"TRUSTED_ARC_SEALERS": "list.example"}),
    Case("ten look-ups, each just in time, are more than all may take", DEFERRED, Mail(), SLOW,
         delays={f"i{n}.acme.fi": 0.15 for n in range(10)}, quick=True, seconds=2),
    Case("eight keys that never answer", DEFERRED, signed(*aligned(8)), KEYS_X,
         dict.fromkeys((f"x{n}._domainkey.acme.fi" for n in range(8)), DROP), quick=True, seconds=2),
]  # fmt: skip
