"""What a refusal is about: the null sender, which some submission servers do not take, or a login that is missing."""

from __future__ import annotations

import re

from poller.submission.reply import Reply

# RFC 4954, 6: authentication required, too weak, or needing encryption.
_LOGIN_CODES = frozenset({530, 534, 535, 538})

# RFC 3463: 5.1.7 bad sender's syntax, 5.1.8 bad sender's system; Microsoft's 5.7.60 "not allowed to send as".
_SENDER_STATUS = re.compile(r"\b5\.(1\.[78]|7\.60)\b")
_SENDER_WORDS = re.compile(
    r"<>|\bsender|\bmail from\b|\bfrom( this)? (address|header)|\benvelope.?from|\breturn.?path|\bnull\b|\bsend.?as",
    re.IGNORECASE,
)
# 552 and 5.3.4: too large, whoever sends it.
_SIZE = re.compile(r"5\.(2\.3|3\.4)\b")


def wants_login(reply: Reply) -> bool:
    return reply.code in _LOGIN_CODES


def is_about_sender(reply: Reply, stage: str) -> bool:
    """A refusal for good -> whether another envelope sender may help.

    At MAIL nothing but the sender has been named. Postfix, among others, says what it thinks of it only at RCPT, and
    Exchange only after the message.
    """
    if not reply.is_final or _SIZE.match(reply.text) or reply.code == 552:  # noqa: PLR2004 - as above
        return False
    return stage == "MAIL" or bool(_SENDER_STATUS.search(reply.text) or _SENDER_WORDS.search(reply.text))
