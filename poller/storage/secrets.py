"""What the installation made up for itself at first use, kept in the database: all its workers share it."""

from __future__ import annotations

import secrets
from typing import Final

from models.secret import Secret
from poller.storage.database import database_errors

_NOTICE_KEY: Final = "notice-key"
_OCTETS: Final = 32


@database_errors()
def stored_notice_key() -> bytes | None:
    """The key, where it was made already."""
    found = Secret.get_or_none(name=_NOTICE_KEY)
    return bytes(found.value) if found else None


@database_errors()
def notice_key() -> bytes:
    """The HMAC key of our notices' Message-IDs: 32 random octets, the same for ever."""
    key = stored_notice_key()
    if key is None:
        # Another worker may be doing so just now: the first one's stays.
        made = Secret.insert(name=_NOTICE_KEY, value=secrets.token_bytes(_OCTETS))
        made.on_conflict_ignore().as_rowcount().execute()
        key = bytes(Secret.get(name=_NOTICE_KEY).value)
    return key
