"""The main settings file and `organizations/*.env` beside it -> what each organization chose."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from poller.settings import values
from poller.settings.keys import ORGANIZATION_NAMES
from poller.settings.model import OrganizationSettings
from poller.settings.reader import Reader
from poller.settings.source import read_env_file, unusable


def organizations_of(main: Reader, folder: Path) -> tuple[OrganizationSettings, ...]:
    """The one of the main file, then those of the files, in the order of their names; mistakes go to the problems."""
    readers = {"": main}
    for file in organization_files(folder, main.problems):
        texts = read_env_file(file, ORGANIZATION_NAMES, main.problems)
        readers[file.stem] = Reader(file, texts, main.problems)
    found = {key: _organization(key, reader) for key, reader in readers.items()}
    for key, organization in found.items():
        _refuse_what_others_use(organization, found.values(), readers[key])
    return tuple(found.values())


def organization_files(folder: Path, problems: list[str]) -> list[Path]:
    """`organizations/*.env` in the folder, hidden ones left out.

    Where they cannot be looked at, that is a problem: mail for organizations that nobody sees would be refused.
    """
    there = folder / "organizations"
    if not os.path.lexists(there):
        return []
    try:
        files = sorted(one for one in there.iterdir() if one.name.endswith(".env") and not one.name.startswith("."))
    except OSError as error:
        problems.append(f"{there}: cannot be read ({error.strerror})")
        return []
    problems += [f"{there}: the name of a file {why}" for file in files if (why := unusable(file.stem))]
    folded = [file.stem.casefold() for file in files]
    problems += [
        f"{file}: there is another file with this name but for the case of its letters; rename one"
        for file in files
        if folded.count(file.stem.casefold()) > 1
    ]
    return files


def _organization(key: str, reader: Reader) -> OrganizationSettings:
    return OrganizationSettings(
        key=key,
        filing_address=reader.get("FILING_ADDRESS", values.required_filing_address),
        activity_type=reader.get("ACTIVITY_TYPE", values.required),
        activity_status=reader.get("ACTIVITY_STATUS", values.required),
        calendar_sync=reader.get("ACTIVITY_TYPE_CALENDAR_SYNC", values.boolean),
        retired=reader.get("RETIRED_ADDRESSES", values.filing_addresses),
        notice_language=reader.get("NOTICE_LANGUAGE", values.one_of("en", "fi")),
    )


def _refuse_what_others_use(
    organization: OrganizationSettings, all_of_them: Collection[OrganizationSettings], reader: Reader
) -> None:
    """A prefix means one organization, and an address in use is not retired. Values that are wrong are None here."""
    active = [one.filing_address for one in all_of_them if one.filing_address]
    retired_by_others = {old for one in all_of_them if one is not organization for old in one.retired or ()}
    address = organization.filing_address
    if address and [other.prefix for other in active].count(address.prefix) > 1:
        reader.refuse("FILING_ADDRESS", f"{address} has a prefix that two organizations share")
    for retired in organization.retired or ():
        if retired in active:
            reader.refuse("RETIRED_ADDRESSES", f"names {retired}, which is in use")
        elif retired in retired_by_others:
            reader.refuse("RETIRED_ADDRESSES", f"names {retired}, which another organization names, too")
