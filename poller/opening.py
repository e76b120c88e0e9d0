"""The database and the files of an installation, opened; the database then knows the organizations of the settings."""

from __future__ import annotations

from errno import EDQUOT, ENOSPC

from poller.errors import ConfigurationError, Transient
from poller.settings import Settings
from poller.storage.activities import Kind
from poller.storage.database import connected, open_database
from poller.storage.directory import ensure_organization
from poller.storage.files import FileStore


def open_storage(settings: Settings) -> dict[str, Kind]:
    """Opens the database and brings the organizations in it up to the settings -> what each one files, by its key."""
    open_database(settings.database)
    kinds = {}
    with connected():
        for organization in settings.organizations:
            ids = ensure_organization(
                key=organization.key,
                prefix=organization.filing_address.prefix,
                filing_address=str(organization.filing_address),
                activity_type=organization.activity_type,
                calendar_sync=organization.calendar_sync,
            )
            kinds[organization.key] = Kind(
                organization_id=ids.organization,
                type_id=ids.activity_type,
                status=organization.activity_status,
                max_participants=settings.max_participants,
                inherit_project=settings.inherit_project,
            )
    return kinds


def open_files(settings: Settings, mailbox: str) -> FileStore:
    """The file store, for the worker of that mailbox. Raises Transient where the disk is full."""
    try:
        return FileStore(settings.files, mailbox)
    except OSError as error:
        kind = Transient if error.errno in {ENOSPC, EDQUOT} else ConfigurationError
        raise kind(f"FILES_URL: {settings.files} cannot be made: {error.strerror}") from error
