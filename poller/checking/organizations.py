"""Whether every organization that has something in the database is still in the settings."""

from __future__ import annotations

from collections.abc import Iterator

from poller.checking.finding import Checked, Finding, doubtful
from poller.storage.database import reading
from poller.storage.known import filing_addresses


def check_organizations(checked: Checked) -> Iterator[Finding]:
    """One whose file is gone keeps what it has; nobody else would say that its mail is refused."""
    if not checked.database_usable:
        return
    with reading(checked.settings.database) as is_there:
        stored = filing_addresses() if is_there else {}
    for key in sorted(stored.keys() - {one.key for one in checked.settings.organizations}):
        yield doubtful(
            "organizations",
            f"{stored[key]} is in the database, and organizations/{key}.env is not there: its mail is refused",
            f"restore organizations/{key}.env with FILING_ADDRESS={stored[key]}, unless that is over for ever",
        )
