r"""What each kind of server writes into Received, as patterns that are anchored at the start of the field.

Whatever the client chose (HELO, the name of its address, ident, the names in a certificate) is matched by classes
that hold neither blanks nor parentheses, or stands in a comment whose parentheses balance, and the address is read
from where that server puts what it saw itself; between there and `by` stands only what describes the connection. So
nothing that a client says can move the address or `by`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from poller.settings.model import Provider

_SAID = r"[!#-'*-\[\]-~]++"  # printable; no blank, quote, backslash or parenthesis
_HELO = rf"(?P<helo>{_SAID})"
_NAME = r"[0-9A-Z_./-]++"  # what the DNS calls the client's address
_ADDRESS = r"(?P<client>[0-9A-F:.]{2,45})"
_SEEN = rf"\((?:{_NAME} )?\[(?:IPv6:)?{_ADDRESS}\]\)"
_COMMENT = r"\((?:[^()]++|\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*\))*\))*\)"
_OTHER = rf"(?!\(envelope-from ){_COMMENT}"
# No bracket in it: a client that gets parentheses into its HELO could turn its own address into part of one.
_SESSION = (
    rf"(?=\((?:using |version=|TLS|No client |Client |Authenticated sender: )){_COMMENT.replace('[^()]', '[^][()]')}"
)
_BY = r"by (?P<by>[0-9A-Z_](?:[0-9A-Z_.:-]*[0-9A-Z_.])?)(?=[ ;]|\Z)"
_SMTP = r"with (?P<protocol>(?:UTF8)?[AE]?SMTP(?:SA|S|A)?)(?=[ ;]|\Z)"
_LMTP = r"with (?P<protocol>(?:UTF8)?LMTP(?:SA|S|A)?)(?=[ ;]|\Z)"
_ID = r"id [!-:<-~]++"
_FOR = r"for <?(?P<recipient>[^\s<>()\[\]:;,\\\"]++)>?(?=[ ;]|\Z)"
_SENDER = r"\(envelope-from <[^\s<>()\\\"]*+>\)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way of writing the field. The groups of `pattern`, whose source is `text`, are those of Hop that it can tell.

    `local`: the message did not come over SMTP, so that the hop is passed over. `own`: the form is the provider's own
    machinery, whatever that calls itself. Such a field is read only below fields that are ours too, so nobody else can
    have written it.
    """

    text: str
    local: bool = False
    own: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        return _compiled(self.text)


@cache
def _compiled(text: str) -> re.Pattern[str]:
    """With the first field that may have that form: most providers have two."""
    return re.compile(text, re.IGNORECASE)


def _form(*parts: str, local: bool = False, own: bool = False) -> Form:
    return Form(text="".join(parts), local=local, own=own)


def _rest(*more: str) -> str:
    """Comments and whatever else may follow, then the recipient, when there is just one."""
    return rf"(?: {'| '.join((_OTHER, *more))})*(?: {_SENDER})?(?: {_ID})?(?: {_SENDER})?(?: {_FOR})?"


# smtpd/smtpd.c; a filter such as amavis writes its name and port behind `by`.
_POSTFIX = _form(rf"from {_HELO} {_SEEN}(?: {_SESSION})* {_BY}(?: {_COMMENT})* {_SMTP}", _rest())
_PICKUP = _form(rf"{_BY} \([^(),]++, from userid [0-9]++\)", _rest(), local=True)
_POSTFIX_BARE = _form(rf"{_BY} \([^()]++\)", _rest())

# Dovecot, Cyrus, Zimbra. Over a Unix socket there is no address.
_DELIVERY = _form(
    rf"from {_SAID}(?: {_SEEN}| \(\[unix socket\]\)| \(LHLO {_SAID}\) \([0-9A-F:.]++\))?(?: {_SESSION})* {_BY}",
    rf"(?: {_COMMENT})* {_LMTP}",
    _rest(),
    local=True,
)

# host.c, host_build_sender_fullhost(), and received_header_text. Without helo= it was the client's name or address.
_IDENT = rf"ident={_SAID}"
_USER = r"(?:[!#-'*-Z^-~]++|\"[^\"\\]*+\")"
_EXIM_REST = _rest(r"tls [0-9A-Z_:-]++")
_EXIM_NAMED = _form(
    rf"from (?P<name>{_NAME}) \(\[{_ADDRESS}\](?::[0-9]++)?(?: helo={_HELO})?(?: {_IDENT})?\) {_BY} {_SMTP}", _EXIM_REST
)
_EXIM_UNNAMED = _form(
    rf"from \[{_ADDRESS}\](?: \((?:port=[0-9]++(?=[ )]))? ?(?:helo={_HELO})? ?(?:{_IDENT})?\))? {_BY} {_SMTP}",
    _EXIM_REST,
)
_EXIM_LOCAL = _form(
    rf"(?:from {_USER} )?(?:\(helo={_SAID}\) )?{_BY} with (?P<protocol>local[a-z-]*+|spam-scanned) \(Exim ",
    local=True,
)

_GMAIL_INSIDE = _form(
    # 2002:a… is 10.0.0.0/8 as 6to4 writes it, and never comes from outside.
    rf"by (?P<by>2002:a[0-9a-f]{{2}}:[0-9a-f:]++|10\.[0-9.]++) with (?P<protocol>SMTP) {_ID}",
    local=True,
    own=True,
)
_GMAIL = _form(rf"from {_HELO} {_SEEN} {_BY} {_SMTP} {_ID}(?: {_FOR})?")

# A hop by MAPI is a submission: it names a link-local address in brackets, which is no client's.
_MICROSOFT = _form(
    rf"from {_HELO} \((?:{_ADDRESS}|\[[0-9A-F:.%]++\])\) {_BY}(?: \(\[?[0-9A-F:.%]++\]?\))? with ",
    r"(?P<protocol>Microsoft SMTP Server|HTTPS|mapi)(?=[ ;]|\Z)",
)

_CYRUS = _form(rf"from {_HELO} {_SEEN} {_BY} \(Cyrus [^()]++\) {_LMTP}", local=True, own=True)
_PROXY = _form(rf"from {_HELO} {_SEEN} {_BY} \(LMTPProxy\)(?=;|\Z)", local=True)

_MAILGATEWAY = _form(
    rf"from {_HELO} by (?P<by>p[0-9]++-mailgateway-[0-9a-z-]++) \(mailgateway [0-9A-Z]++\) {_SMTP} {_ID}(?: {_FOR})?",
    local=True,
    own=True,
)
_ICLOUD = _form(
    rf"from {_HELO} {_SEEN}(?: {_SESSION})* by (?P<by>p[0-9]++-icloudmta-smtpin-[0-9a-z-]++)(?: {_COMMENT})* {_SMTP}",
    _rest(),
    own=True,
)

FORMS: dict[Provider, tuple[Form, ...]] = {
    Provider.POSTFIX: (_POSTFIX, _DELIVERY, _PICKUP, _POSTFIX_BARE),
    Provider.EXIM: (_EXIM_NAMED, _EXIM_UNNAMED, _EXIM_LOCAL, _DELIVERY),
    Provider.GMAIL: (_GMAIL_INSIDE, _GMAIL),
    Provider.M365: (_MICROSOFT,),
    Provider.FASTMAIL: (_CYRUS, _PROXY, _POSTFIX, _DELIVERY),
    Provider.ICLOUD: (_MAILGATEWAY, _ICLOUD, _POSTFIX, _DELIVERY),
}
"""The kinds that have forms of their own; the first that matches is the field's."""
