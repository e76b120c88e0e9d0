"""Whether organizations that share the mailbox are complete, and not named to each other's correspondents."""

from __future__ import annotations

from collections.abc import Iterator

from poller.checking.finding import Checked, Finding, doubtful
from poller.settings import Settings
from poller.storage.database import reading
from poller.storage.known import filing_addresses


def check_organizations(checked: Checked) -> Iterator[Finding]:
    yield from _author_of_notices(checked.settings)
    if checked.database_usable:
        yield from _gone(checked.settings)


def _author_of_notices(settings: Settings) -> Iterator[Finding]:
    first, *others = (one.filing_address.domain for one in settings.organizations)
    author = settings.notices.author
    elsewhere = next((domain for domain in others if domain != first), None)
    if elsewhere and author.rpartition("@")[2] == first:
        yield doubtful(
            "organizations",
            f"notices about mail to {elsewhere} come from {author}, and so name another organization's domain",
            "NOTICE_FROM=an address at a domain that is no organization's",
        )


def _gone(settings: Settings) -> Iterator[Finding]:
    """One whose file is gone keeps what it has; nobody else would say that its mail is refused."""
    with reading(settings.database) as is_there:
        stored = filing_addresses() if is_there else {}
    for key in sorted(stored.keys() - {one.key for one in settings.organizations}):
        yield doubtful(
            "organizations",
            f"{stored[key]} is in the database, and organizations/{key}.env is not there: its mail is refused",
            f"restore organizations/{key}.env with FILING_ADDRESS={stored[key]}, unless that is over for ever",
        )
