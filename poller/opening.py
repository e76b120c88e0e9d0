"""The database of an installation, opened: it knows the organizations of the settings from then on."""

from __future__ import annotations

from poller.settings import Settings
from poller.storage.activities import Kind
from poller.storage.database import connected, open_database
from poller.storage.directory import ensure_organization


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
