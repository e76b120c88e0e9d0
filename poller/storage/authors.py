"""The domains that users write from, most users first."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections import Counter

from models.people import User, UserAddress
from poller.storage.database import connected
from poller.storage.rows import tuples


def author_domains(most: int) -> list[str]:
    """Of active users, all organizations together, in A-labels."""
    with connected():
        keys = tuples(UserAddress.select(UserAddress.address_key).join(User).where(User.active))
        found = Counter(key.rpartition("@")[2] for (key,) in keys)
    return [domain for domain, _ in found.most_common(most)]
