"""The same databases as those of the storage room."""

from tests.storage.conftest import database, kind, make_organization, organization

__all__ = ["database", "kind", "make_organization", "organization"]
